"""The stated card on a portfolio, and what outcomes do to it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit

from contracts.config.expert import ExpertConfig
from contracts.errors import ConfigError
from models.scorecard.expert import absent, at_long_run, spelt, stated
from models.scorecard.shrinkage import Beliefs, precisions, shrink
from tests.models_books import lineage


def expert(**changed: Any) -> ExpertConfig:
    """Two pillars, three inputs; 20 points double the odds."""
    values = {
        "race_until": 50,
        "long_run_rate": 0.03,
        "level_weight": 5,
        "points_weight": 30,
        "most_restated": 1.5,
        "features": {
            "credit_record": {
                "late": {"cuts": [0, 1], "points": [-20, 0, 20], "missing": 5},
                "returned": {"cuts": [0], "points": [0, 10]},
            },
            "financial_health": {"equity": {"cuts": [0], "points": [20, -20]}},
        },
    }
    return ExpertConfig.model_validate(values | changed)


def test_points_become_log_odds_and_a_lacking_input_is_restated() -> None:
    whole = stated(expert(), lineage(late=1, returned=1, equity=-1))
    late, returned, equity = whole.bands
    assert late.odds == pytest.approx([-np.log(2), 0, np.log(2)])  # 20 points double the odds
    assert late.missing == pytest.approx(np.log(2) / 4)
    assert returned.odds == pytest.approx([0, np.log(2) / 2])
    assert equity.odds == pytest.approx([np.log(2), -np.log(2)])
    # spreads 40 and 10: without `returned` the pillar's 50 points lie on 40, times 1.25
    lacking = stated(expert(), lineage(late=1, equity=-1))
    assert lacking.bands[0].odds == pytest.approx([-1.25 * np.log(2), 0, 1.25 * np.log(2)])
    # without `late` it would be times 5, of which 1.5 are granted
    assert stated(expert(), lineage(returned=1, equity=-1)).bands[0].odds[1] == pytest.approx(
        0.75 * np.log(2)
    )
    assert absent(expert(), lineage(late=1)) == ("returned", "equity")


def test_every_run_against_a_direction_is_told_at_once() -> None:
    with pytest.raises(ConfigError) as told:
        stated(expert(), lineage(late=-1, returned=1, equity=1))
    text = str(told.value)
    assert "2 mistakes" in text
    assert "features > credit_record > late" in text
    assert "features > financial_health > equity" in text
    assert "less of it is more risk" in text


def test_a_category_and_a_book_without_any_input_are_refused() -> None:
    bands = {"business_context": {"industry": {"cuts": [0], "points": [0, 1]}}}
    with pytest.raises(ConfigError, match="category"):
        stated(expert(features=bands), lineage(late=1))
    with pytest.raises(ConfigError, match="none of the portfolio's inputs"):
        stated(expert(), lineage(other=1))


@pytest.mark.parametrize("months", [6, 12, 24])
def test_the_level_is_the_stated_rate_of_the_horizon(months: int) -> None:
    table = stated(expert(), lineage(late=1, returned=1, equity=-1))
    codes = np.random.default_rng(1).normal(size=(400, 3))
    mean = expit(at_long_run(table, codes, expert(), months).margin(codes)).mean()
    assert mean == pytest.approx(1 - 0.97 ** (months / 12), abs=1e-9)


def test_the_level_follows_the_industries_of_the_book() -> None:
    rated = expert(industry_rates={"food": 0.06})
    declared = pd.concat(
        [
            lineage(late=1).iloc[:1],
            pd.DataFrame(
                {"feature": ["customer_industry"], "dtype": ["category"], "direction": [0]}
            ),
        ]
    )
    table = stated(rated, declared)
    codes = np.column_stack([np.full(4, 0.5), [0.0, 0.0, np.nan, np.nan]])  # half of them food
    found = expit(at_long_run(table, codes, rated, 12).margin(codes))
    assert found.mean() == pytest.approx(0.045)
    assert logit(found[0]) - logit(found[2]) == pytest.approx(logit(0.06) - logit(0.03))
    # an industry of the book without a rate of its own is known, and is rated as all are
    known = stated(rated, declared, ["retail", "food"]).bands[-1]
    assert known.feature.levels == ("food", "retail")
    assert known.odds == pytest.approx([logit(0.06) - logit(0.03), 0.0])


def sample(n: int, level: float, weights: tuple[float, float], seed: int = 5) -> tuple[Any, ...]:
    random = np.random.default_rng(seed)
    added = random.normal(size=(n, 2))
    stated_odds = np.full(n, -2.5)
    chance = expit(stated_odds + level + added @ np.array(weights))
    return stated_odds, added, random.random(n) < chance


def test_with_very_many_defaults_it_is_the_maximum_likelihood_fit() -> None:
    odds, added, bad = sample(40_000, 0.8, (1.6, 0.4))
    found = shrink(odds, added, bad, np.ones(len(bad)), Beliefs.stated(np.array([5.0, 30.0, 30.0])))
    oracle = sm.Logit(bad.astype(float), sm.add_constant(added)).fit(disp=False).params
    assert found.level - 2.5 == pytest.approx(oracle[0], abs=0.01)
    assert found.weights == pytest.approx(oracle[1:], abs=0.02)
    assert found.share > 0.97


def test_the_share_of_the_level_is_that_of_the_defaults_against_its_weight() -> None:
    # one parameter, rare defaults: information D; share D / (D + n) = 20 / 25
    n = 20_000
    bad = np.arange(n) < 20
    odds = np.full(n, logit(20 / n))
    found = shrink(odds, np.zeros((n, 0)), bad, np.ones(n), Beliefs.stated(np.array([5.0])))
    assert found.level == pytest.approx(0.0, abs=1e-6)
    assert found.level_share == pytest.approx(20 / 25, abs=1e-3)


def test_as_many_defaults_as_the_points_weigh_have_an_equal_say_in_them() -> None:
    # an input of variance v: belief 30 v, data 30 v where 30 defaulted: half
    random = np.random.default_rng(2)
    n = 60_000
    added = 0.3 * random.normal(size=(n, 1))
    odds = np.full(n, logit(30 / n))
    # outcomes of weight one, their expectation in place of a draw: rows count for their chance
    beliefs = Beliefs.stated(precisions(odds + added[:, 0], added, (5.0, 30.0)))
    chance = expit(odds + added[:, 0])
    twice = np.r_[np.ones(n, bool), np.zeros(n, bool)]
    found = shrink(
        np.r_[odds, odds], np.r_[added, added], twice, np.r_[chance, 1 - chance], beliefs
    )
    assert found.weights[0] == pytest.approx(1.0, abs=1e-3)  # the card is right, and stays
    assert found.weight_shares[0] == pytest.approx(0.5, abs=0.02)


def test_a_row_twice_is_a_row_of_weight_two_and_no_weight_turns_round() -> None:
    odds, added, bad = sample(300, 0.0, (-1.0, 1.0))
    beliefs = Beliefs.stated(np.array([5.0, 0.1, 0.1]))
    once = shrink(odds, added, bad, np.full(300, 2.0), beliefs)
    twice = shrink(np.r_[odds, odds], np.r_[added, added], np.r_[bad, bad], np.ones(600), beliefs)
    assert once.weights == pytest.approx(twice.weights, abs=1e-5)
    assert once.level == pytest.approx(twice.level, abs=1e-5)
    # outcomes say that more of the first is less risk; its promise is kept: no weight at all
    assert once.weights[0] == 0.0


def test_survivors_lower_the_level() -> None:
    odds, added, _ = sample(300, 0.0, (1.0, 1.0))
    none = np.zeros(300, dtype=bool)
    found = shrink(odds, added, none, np.ones(300), Beliefs.stated(np.array([5.0, 30.0, 30.0])))
    assert found.level < -0.5


@pytest.mark.parametrize(
    ("rates", "book", "near"),
    [
        ({"Construction": 0.05}, ["construction", "retail"], "construction"),
        ({"constuction": 0.05}, ["construction"], "construction"),
        ({"transport": 0.05}, ["transports", "retail"], "transports"),
    ],
)
def test_an_industry_that_is_nearly_one_of_the_book_is_refused(
    rates: dict[str, float], book: list[str], near: str
) -> None:
    with pytest.raises(ConfigError, match="No customer of the book") as told:
        spelt(expert(industry_rates=rates), book)
    assert f"near: {near}" in str(told.value)
    assert "industry_rates" in str(told.value)


def test_two_misspelt_industries_are_told_at_once_and_others_do_no_harm() -> None:
    two = {"Construction": 0.05, "Retial": 0.02, "utilities": 0.01}
    with pytest.raises(ConfigError, match="2 mistakes"):
        spelt(expert(industry_rates=two), ["construction", "retail"])
    for book in ([], ["41.20", "47.11"], ["construction", "Construction"], ["mining"]):
        stated_rates = expert(industry_rates={"Construction": 0.05, "construction": 0.04})
        assert spelt(stated_rates, book) is stated_rates
