"""The scorecard: scored from JSON as optbinning and scikit-learn score it, in the promised directions."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from models.base.data import ModelContract, Part, learn_contract
from models.scorecard import scorecard as module
from models.scorecard.scorecard import Scorecard, Term, coarse_iv, fit_scorecard
from tests.models_books import INDUSTRIES, lineage, part_of


def book(n: int = 6000, seed: int = 3) -> tuple[Part, ModelContract]:
    random = np.random.default_rng(seed)
    late, equity, free = random.normal(size=(3, n))
    industry = random.integers(0, 3, n)
    odds = -2.5 + late - 0.7 * equity + 0.8 * (industry == 2) + 0.5 * np.abs(free)
    features = pd.DataFrame(
        {
            "late": np.where(random.random(n) < 0.1, np.nan, late),
            "equity": equity,
            "free": free,
            "industry": pd.Series(np.asarray(INDUSTRIES, dtype=object)[industry]).where(
                pd.Series(random.random(n) > 0.05), None
            ),
        }
    )
    part = part_of(features, random.random(n) < 1 / (1 + np.exp(-odds)))
    return part, learn_contract(part, lineage(late=1, equity=-1, free=0), "book", 12)[0]


PART, CONTRACT = book()
CARD = fit_scorecard(PART, CONTRACT)


def test_our_json_scores_as_optbinning_and_scikit_learn_do() -> None:
    features = [f for f in CONTRACT.features if f.name in {term.feature for term in CARD.terms}]
    frame = pd.DataFrame({f.name: module._column(PART.features[f.name], f) for f in features})
    process = module.binning(features)
    with pytest.warns(Warning, match="Setting an item of incompatible dtype"):
        process.fit(frame, PART.defaulted.astype(int))
    woe = process.transform(frame, metric="woe", metric_missing="empirical").to_numpy(np.float64)
    model = LogisticRegression(C=1e3, max_iter=1000, tol=1e-8).fit(woe, PART.defaulted)
    ours = Scorecard.from_json(json.loads(json.dumps(CARD.to_json()))).pd(PART.features)
    np.testing.assert_allclose(ours, model.predict_proba(woe)[:, 1], rtol=0, atol=1e-9)


def test_no_clock_decides_which_bins_there_are() -> None:
    """At a tenth of a second the solver gives up and says so to nobody; at five it did on a machine whose cores were shared by twelve."""
    features = [f for f in CONTRACT.features if f.levels is None]
    frame = pd.DataFrame({f.name: module._column(PART.features[f.name], f) for f in features})
    hurried = module.binning(features)
    for given in hurried.binning_fit_params.values():
        assert given["time_limit"] >= 600
        given["time_limit"] = 0.01
    with pytest.warns(Warning, match="Setting an item of incompatible dtype"):
        hurried.fit(frame, PART.defaulted.astype(int))
    assert {len(hurried.get_binned_variable(f.name).splits) for f in features} == {0}


def test_every_signal_is_used() -> None:
    assert {term.feature for term in CARD.terms} == {"late", "equity", "free", "industry"}
    assert all(term.coefficient < 0 for term in CARD.terms)


@pytest.mark.parametrize(("name", "sign"), [("late", 1), ("equity", -1)])
def test_directions_are_kept(name: str, sign: int) -> None:
    term = next(term for term in CARD.terms if term.feature == name)
    risk = -np.asarray(term.woe)
    assert (np.diff(risk) * sign >= 0).all()
    assert np.ptp(risk) > 1


def test_by_hand() -> None:
    number = Term("x", (1.0, 2.0), None, (0.5, 0.0, -1.0), 0.25, -2.0, 0.1)
    category = Term("k", None, (("a", "b"), ("c",)), (0.3, -0.3), 0.0, -1.0, 0.1)
    rows = pd.DataFrame({"x": [0.9, 1.0, 2.0, None], "k": ["a", "c", "new", None]})
    # -3 - 2 woe(x) - woe(k); an edge belongs to the bin above it; an unseen level is missing
    expected = [-3 - 1.0 - 0.3, -3 - 0.0 + 0.3, -3 + 2.0 - 0.0, -3 - 0.5 - 0.0]
    np.testing.assert_allclose(Scorecard(-3.0, (number, category)).margin(rows), expected)


def test_the_mean_pd_is_the_default_rate() -> None:
    assert CARD.pd(PART.features).mean() == pytest.approx(PART.defaulted.mean(), abs=1e-4)


@pytest.mark.filterwarnings("error")
def test_a_column_of_one_value_is_left_without_a_word_of_numpy() -> None:
    """What is the same in every row has no correlation; a user of train would read a RuntimeWarning."""
    moves = np.array([0.0, 1.0, 0.5, 0.2])
    woe = np.column_stack([np.full(4, 0.3), moves, 2 * moves, moves[::-1]])
    # in order of IV: the first of the twins, not what says the same of all, nor the weak one
    assert module._without_twins(woe, [0.5, 0.9, 0.4, 0.01]) == [1]


def test_a_twin_speaks_once() -> None:
    twin = PART.features.assign(twin=PART.features["equity"] * 2 + 1)
    part = Part(PART.customer_id, PART.as_of, PART.defaulted, PART.is_held_out, twin)
    contract = learn_contract(part, lineage(late=1, equity=-1, twin=-1), "book", 12)[0]
    names = {term.feature for term in fit_scorecard(part, contract).terms}
    assert len(names & {"equity", "twin"}) == 1


def test_without_a_signal_it_is_the_base_rate() -> None:
    random = np.random.default_rng(0)
    part = part_of(pd.DataFrame({"x": random.normal(size=3000)}), random.random(3000) < 0.1)
    card = fit_scorecard(part, learn_contract(part, lineage(x=1).head(1), "book", 12)[0])
    assert card.terms == ()
    np.testing.assert_allclose(card.pd(part.features), part.defaulted.mean())


def test_coarse_iv_knows_a_hump_and_a_missing_value() -> None:
    random = np.random.default_rng(1)
    x = random.normal(size=20_000)
    hump = random.random(20_000) < np.where(np.abs(x) < 0.5, 0.3, 0.05)
    assert coarse_iv(x, hump) > 0.5
    assert coarse_iv(random.normal(size=20_000), hump) < 0.02
    assert coarse_iv(np.where(hump, np.nan, x), hump) > 5


def test_a_bin_of_one_class_has_its_weight() -> None:
    """100 of 100 defaulted, 100 of the other 1,000; and 200 of 200 survived."""
    random = np.random.default_rng(4)
    state = np.repeat(["closed", "open", "listed"], [100, 1000, 200]).astype(object)
    bad = np.concatenate([np.ones(100), random.permutation(np.arange(1000) < 100), np.zeros(200)])
    part = part_of(pd.DataFrame({"industry": state}), bad.astype(bool))
    card = fit_scorecard(part, learn_contract(part, lineage(), "book", 12)[0])
    (term,) = card.terms
    # 200 defaults and 1,100 survivors in all: ln(0.5 / 1100) - ln(100.5 / 200), ln(200.5 / 1100) - ln(0.5 / 200)
    closed, listed = np.log(0.5 / 1100 / (100.5 / 200)), np.log(200.5 / 1100 / (0.5 / 200))
    found = term.woe_of(pd.Series(["closed", "listed", "open"]))
    np.testing.assert_allclose(found, [closed, listed, np.log(900 / 1100 / (100 / 200))])
    chance = card.pd(pd.DataFrame({"industry": ["closed", "open", "listed"]}))
    assert chance[0] > 0.95
    assert chance[1] == pytest.approx(0.10, abs=0.01)
    assert chance[2] < 0.01
