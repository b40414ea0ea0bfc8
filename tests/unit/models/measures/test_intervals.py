"""AUC and its error against definitions computed the slow way."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from models.measures.intervals import Auc, Ranking, auc, complexity_premium, customer_weights

RANDOM = np.random.default_rng(4)
DEFAULTED = RANDOM.random(300) < 0.2
SCORE = np.round(RANDOM.normal(size=300) + DEFAULTED, 1)  # rounded: many ties
IDS = np.array([f"C{number}" for number in range(300)], dtype=object)


def delong_by_definition(score: np.ndarray, defaulted: np.ndarray) -> tuple[float, float]:
    """Every pair looked at: psi = 1, 1/2 or 0; variance of its row and column means (DeLong 1988)."""
    bad, good = score[defaulted], score[~defaulted]
    psi = (bad[:, None] > good[None, :]) + 0.5 * (bad[:, None] == good[None, :])
    variance = psi.mean(axis=1).var(ddof=1) / len(bad) + psi.mean(axis=0).var(ddof=1) / len(good)
    return float(psi.mean()), float(np.sqrt(variance))


def test_one_row_a_customer_is_delong() -> None:
    value, error = delong_by_definition(SCORE, DEFAULTED)
    found = auc(SCORE, DEFAULTED, IDS)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.standard_error == pytest.approx(error, abs=1e-12)
    assert found.value == pytest.approx(roc_auc_score(DEFAULTED, SCORE), abs=1e-12)


def test_the_same_rows_twice_are_no_new_evidence() -> None:
    once = auc(SCORE, DEFAULTED, IDS)
    twice = auc(np.tile(SCORE, 2), np.tile(DEFAULTED, 2), np.tile(IDS, 2))
    assert twice.value == pytest.approx(once.value)
    assert twice.standard_error == pytest.approx(once.standard_error)
    independent = auc(np.tile(SCORE, 2), np.tile(DEFAULTED, 2), np.arange(600))
    assert independent.standard_error < 0.75 * (once.standard_error or 0)


def test_one_customer_in_a_class_gives_no_error_and_the_widest_interval() -> None:
    found = auc(np.array([3.0, 1.0, 2.0]), np.array([True, False, False]), IDS[:3])
    assert found == Auc(1.0, None)
    assert found.interval(0.95) == (0.0, 1.0)


def test_a_weighted_auc_is_scikit_learns() -> None:
    ranking = Ranking.of(SCORE, DEFAULTED)
    for weight in customer_weights(IDS, 5, seed=1):
        expected = roc_auc_score(DEFAULTED, SCORE, sample_weight=weight)
        assert ranking.auc(weight) == pytest.approx(expected, abs=1e-12)
    assert np.isnan(ranking.auc((~DEFAULTED).astype(np.int64)))


def test_a_draw_takes_whole_customers_and_as_many_as_there_are() -> None:
    ids = np.array(["A", "A", "B", "C", "C", "C"], dtype=object)
    for weight in customer_weights(ids, 20, seed=2):
        assert weight[0] == weight[1]
        assert weight[3] == weight[4] == weight[5]
        assert weight[0] + weight[2] + weight[3] == 3


def test_the_premium_is_the_difference_of_ginis_and_its_interval_holds_it() -> None:
    noisy = SCORE + RANDOM.normal(size=300)
    premium = complexity_premium((SCORE, noisy), DEFAULTED, IDS, confidence=0.95, draws=300, seed=1)
    expected = 2 * (roc_auc_score(DEFAULTED, SCORE) - roc_auc_score(DEFAULTED, noisy))
    assert premium.gini == pytest.approx(expected)
    low, high = premium.gini_ci
    assert low < premium.gini < high
    assert 0.02 < high - low < 0.6


def test_a_model_has_no_premium_over_itself() -> None:
    premium = complexity_premium(
        (SCORE, SCORE * 2), DEFAULTED, IDS, confidence=0.9, draws=50, seed=1
    )
    assert premium.gini == 0
    assert premium.gini_ci == (0, 0)
