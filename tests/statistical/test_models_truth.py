"""Planted truths are recovered, and intervals hold what they promise."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from models.calibration.forms.beta import fit_beta
from models.calibration.forms.offset import fit_offset
from models.calibration.forms.platt import fit_platt
from models.measures.intervals import Ranking, auc, customer_weights
from models.measures.metrics import cox, measure


def clustered(
    random: np.random.Generator, customers: int, rows: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of one customer share the outcome and most of the score: population AUC = Phi(1 / sqrt(2)) = 0.760."""
    bad = random.random(customers) < 0.2
    score = np.repeat(bad + 0.9 * random.normal(size=customers), rows)
    score = score + np.sqrt(1 - 0.81) * random.normal(size=len(score))
    return score, np.repeat(bad, rows), np.repeat(np.arange(customers), rows)


def test_the_interval_of_the_auc_covers_the_truth_as_often_as_it_says() -> None:
    random = np.random.default_rng(11)
    true_auc, runs = 0.7602, 400
    covered = independent = 0
    for _ in range(runs):
        score, bad, ids = clustered(random, 150, 6)
        low, high = auc(score, bad, ids).interval(0.95)
        covered += low <= true_auc <= high
        low, high = auc(score, bad, np.arange(len(score))).interval(0.95)
        independent += low <= true_auc <= high
    # 0.95 +/- 3 standard errors of 400 draws is 0.917 .. 0.983; an error 15 % too small covers 0.904
    assert 0.917 < covered / runs <= 0.983
    # what it would miss: rows taken as independent cover about 0.6
    assert independent / runs < 0.8


def test_the_error_of_the_auc_is_the_bootstraps() -> None:
    score, bad, ids = clustered(np.random.default_rng(5), 400, 4)
    ranking = Ranking.of(score, bad)
    draws = np.array([ranking.auc(weight) for weight in customer_weights(ids, 800, seed=3)])
    # the bootstrap's own standard error is 1 / sqrt(2 x 800) = 2.5 %; 10 % is four of them
    error = auc(score, bad, ids).standard_error
    assert error is not None
    assert abs(error / draws.std(ddof=1) - 1) < 0.10


def test_calibrators_recover_a_planted_line() -> None:
    random = np.random.default_rng(2)
    margin = random.normal(-2.0, 1.3, 40_000)
    bad = random.random(len(margin)) < expit(0.6 * margin - 0.5)
    found = fit_platt(margin, bad)
    assert found is not None
    line = cox(expit(margin), bad, np.arange(len(margin)))
    assert line is not None
    assert abs(found.slope - 0.6) < 3 * line.slope_error < 0.06
    assert abs(found.intercept + 0.5) < 3 * line.intercept_error < 0.15
    shifted = random.random(len(margin)) < expit(margin + 0.4)
    assert abs(fit_offset(margin, shifted).intercept - 0.4) < 0.06  # 3 standard errors


def test_beta_recovers_a_planted_shape() -> None:
    random = np.random.default_rng(2)
    margin = random.normal(-0.5, 2.0, 60_000)
    p = expit(margin)
    bad = random.random(len(margin)) < expit(0.3 + 0.7 * np.log(p) - 1.4 * np.log1p(-p))
    found = fit_beta(margin, bad)
    assert found is not None
    np.testing.assert_allclose([found.a, found.b, found.c], [0.7, 1.4, 0.3], atol=0.12)


def test_true_pds_are_measured_as_calibrated() -> None:
    random = np.random.default_rng(8)
    slopes, levels = [], []
    for _ in range(60):
        pd = expit(random.normal(-3, 1, 3000))
        line = cox(pd, random.random(3000) < pd, np.arange(3000))
        assert line is not None
        slopes.append((line.slope - 1) / line.slope_error)
        levels.append(line.level / line.level_error)
    # standardised errors are standard normal: mean within 3 / sqrt(60), spread within 3 / sqrt(120)
    for errors in (slopes, levels):
        assert abs(np.mean(errors)) < 0.39
        assert 0.72 < np.std(errors) < 1.28


def test_a_base_rate_at_half_its_size_has_the_skill_that_arithmetic_says() -> None:
    random = np.random.default_rng(9)
    bad = random.random(20_000) < 0.02
    found = measure(np.full(20_000, 0.01), bad, np.arange(20_000), 0.95)
    rate = bad.mean()
    # the Brier score of a constant p is r (1 - r) + (r - p)^2
    assert abs(found.brier_skill + (rate - 0.01) ** 2 / (rate * (1 - rate))) < 1e-12
    assert abs(found.ece - (rate - 0.01)) < 1e-12
