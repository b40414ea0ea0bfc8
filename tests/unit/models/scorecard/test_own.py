"""A book's own inputs under a shrunk logistic: the columns, the points table of their weights, and what holds them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from contracts.arrays import Bools, Floats
from models.base.data import Feature, ModelContract
from models.scorecard.own import SPREAD, OwnInputs
from models.scorecard.shrinkage import shrink

CONTRACT = ModelContract(
    "p", 12,
    (
        Feature("debt", "number", 1),
        Feature("size", "number", -1),
        Feature("visits", "number", 0),
        Feature("region", "category", 0, ("east", "north", "west")),
    ),
)  # fmt: skip


def rows(n: int, seed: int) -> tuple[Floats, Bools]:
    """Encoded rows, some values missing, and outcomes that follow debt, size, region and a missing number of visits."""
    random = np.random.default_rng(seed)
    codes = np.column_stack([random.exponential(size=n), random.normal(size=n), random.poisson(3, n), random.integers(0, 3, n)]).astype(float)  # fmt: skip
    codes[random.random(n) < 0.1, 2] = np.nan
    odds = -2.5 + 0.8 * norm.ppf(expit(codes[:, 0])) - codes[:, 1] + 1.5 * np.isnan(codes[:, 2]) + (codes[:, 3] == 1)  # fmt: skip
    return codes, random.random(n) < expit(odds)


def test_the_points_table_says_what_the_columns_weigh() -> None:
    codes, _ = rows(500, 1)
    own = OwnInputs.learned(codes, CONTRACT)
    weights = np.random.default_rng(2).normal(size=len(own.columns))
    unseen, _ = rows(200, 3)
    unseen[::7, 3] = np.nan  # a level that the book did not have
    told = own.table(-3.0, weights).margin(unseen)
    np.testing.assert_allclose(told, -3.0 + own.matrix(unseen) @ weights, atol=1e-12)
    np.testing.assert_allclose(own.matrix(codes).mean(axis=0), 0.0, atol=1e-12)


def test_weights_are_those_of_a_penalised_logistic_regression() -> None:
    codes, bad = rows(4_000, 4)
    own = OwnInputs.learned(codes, ModelContract("p", 12, tuple(Feature(one.name, one.dtype, 0, one.levels) for one in CONTRACT.features)))  # fmt: skip
    beliefs = own.beliefs(1e-9)
    x = own.matrix(codes)
    found = shrink(np.zeros(len(x)), x, bad, np.ones(len(x)), beliefs)
    peer = LogisticRegression(C=1.0 / beliefs.precision[1], tol=1e-10, max_iter=10_000).fit(x, bad)
    np.testing.assert_allclose(found.weights, peer.coef_[0], atol=2e-4)
    assert found.level == pytest.approx(peer.intercept_[0], abs=2e-4)


def test_the_whole_score_is_believed_to_spread_as_much_whatever_the_number_of_inputs() -> None:
    codes, _ = rows(2_000, 5)
    for times in (1, 6):
        features = tuple(Feature(f"{one.name}{number}", one.dtype, one.direction, one.levels) for number in range(times) for one in CONTRACT.features)  # fmt: skip
        own = OwnInputs.learned(np.tile(codes, times), ModelContract("p", 12, features))
        variance = sum(one.variance for one in own.columns) / own.beliefs(5.0).precision[1]
        assert variance == pytest.approx(SPREAD**2)


def test_a_promised_direction_is_kept_where_the_defaults_run_against_it() -> None:
    codes, bad = rows(3_000, 6)
    codes[:, 0] = -codes[:, 0]  # more of it is now less risk, and more risk is what is promised
    own = OwnInputs.learned(codes, CONTRACT)
    x = own.matrix(codes)
    found = shrink(np.full(len(x), -2.5), x, bad, np.ones(len(x)), own.beliefs(5.0))
    table = own.table(-2.5 + found.level, found.weights)
    assert all(one.is_monotone for one in table.bands if one.feature.direction)
    assert table.bands[0].spread == 0.0  # no weight turns round
    assert table.bands[1].odds[0] > table.bands[1].odds[-1]


def test_ten_defaults_rank_others_and_none_ranks_nobody() -> None:
    later, outcome = rows(5_000, 99)
    aucs = []
    for seed in range(10):
        codes, bad = rows(120, 100 + seed)
        own = OwnInputs.learned(codes, CONTRACT)
        x, belief = own.matrix(codes), own.beliefs(5.0)
        found = shrink(np.full(len(x), logit(0.03)), x, bad, np.ones(len(x)), belief)
        aucs.append(roc_auc_score(outcome, own.table(0.0, found.weights).margin(later)))
        nobody = shrink(np.full(len(x), logit(0.03)), x, np.zeros_like(bad), np.ones(len(x)), belief)  # fmt: skip
        assert np.abs(nobody.weights).max() < 0.1  # survivors alone hardly tell one from another
    assert np.mean(aucs) > 0.7
    assert min(aucs) > 0.6


def test_an_input_that_varies_by_missing_alone_has_one_column() -> None:
    codes = np.array([[1.0], [1.0], [np.nan], [1.0]])
    own = OwnInputs.learned(codes, ModelContract("p", 12, (Feature("x", "number", 0),)))
    assert [own.named(one) for one in own.columns] == ["missing"]
    assert own.table(-3.0, np.array([1.0])).margin(codes).tolist() == pytest.approx([-3.25, -3.25, -2.25, -3.25])  # fmt: skip
