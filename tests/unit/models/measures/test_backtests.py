"""Backtests against hand arithmetic, published tables, and the same thing computed another way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln
from scipy.stats import beta, binomtest, chi2, norm

from models.measures.backtests import (
    CLOPPER_PEARSON,
    auc_then_and_now,
    binomial,
    hosmer_lemeshow,
    jeffreys,
    jeffreys_interval,
    spiegelhalter,
    upper_bound,
    upper_bounds,
)
from models.measures.intervals import Auc, auc

RANDOM = np.random.default_rng(3)
PD = np.round(RANDOM.uniform(0.01, 0.4, 500), 2)  # rounded: many ties
BAD = RANDOM.random(500) < PD
ONE_EACH = np.arange(500)


@pytest.mark.parametrize(("defaults", "rows", "chance"), [(0, 40, 0.02), (5, 100, 0.02), (30, 400, 0.09)])  # fmt: skip
def test_jeffreys_is_the_integral_of_its_density(defaults: int, rows: int, chance: float) -> None:
    a, b = defaults + 0.5, rows - defaults + 0.5
    # x = t^2 takes the pole at 0 of Beta(1/2, .) away: x^(a - 1) dx = 2 t^(2 a - 1) dt
    area, _ = quad(
        lambda t: 2.0 * t ** (2 * a - 1) * (1 - t * t) ** (b - 1), 0.0, chance**0.5, epsabs=1e-16
    )
    assert jeffreys(defaults, rows, chance) == pytest.approx(area / np.exp(betaln(a, b)), abs=1e-9)


def test_the_binomial_test_is_scipys() -> None:
    for defaults, rows, chance in [(0, 50, 0.02), (4, 60, 0.03), (12, 90, 0.1)]:
        exact = binomtest(defaults, rows, chance, alternative="greater").pvalue
        assert binomial(defaults, rows, chance) == pytest.approx(exact, abs=1e-12)


def test_jeffreys_interval_is_statsmodels() -> None:
    from statsmodels.stats.proportion import proportion_confint  # noqa: PLC0415 - this test alone

    found = jeffreys_interval(7, 90, 0.9)
    assert found == pytest.approx(proportion_confint(7, 90, alpha=0.1, method="jeffreys"), abs=1e-9)
    assert jeffreys_interval(0, 90, 0.9)[0] == 0.0
    assert jeffreys_interval(90, 90, 0.9)[1] == 1.0


def test_the_table_of_pluto_and_tasche() -> None:
    """100, 400 and 300 obligors, no default: upper bounds in per cent, by confidence (their table 2)."""
    published = {
        0.50: (0.09, 0.10, 0.23),
        0.75: (0.17, 0.20, 0.46),
        0.90: (0.29, 0.33, 0.76),
        0.95: (0.37, 0.43, 0.99),
        0.99: (0.57, 0.66, 1.52),
        0.999: (0.86, 0.98, 2.28),
    }
    none, rows = np.zeros(3, dtype=np.int64), np.array([100, 400, 300])
    for confidence, wanted in published.items():
        found = upper_bounds(none, rows, confidence, added=CLOPPER_PEARSON)
        assert [round(100 * (one or 0), 2) for one in found] == list(wanted)
        # without a default the exact bound is 1 - (1 - confidence)^(1 / N), N pooled from the riskiest grade
        exact = [1 - (1 - confidence) ** (1 / n) for n in (800, 700, 300)]
        assert found == pytest.approx(exact, abs=1e-12)


def test_a_grade_is_pooled_with_riskier_ones_and_with_no_other() -> None:
    found = upper_bounds(np.array([0, 1, 2, 0]), np.array([50, 60, 20, 0]), 0.95)
    assert found[0] == pytest.approx(beta.ppf(0.95, 3.5, 127.5), abs=1e-12)
    assert found[1] == pytest.approx(beta.ppf(0.95, 3.5, 77.5), abs=1e-12)
    assert found[2] == pytest.approx(upper_bound(2, 20, 0.95), abs=1e-12)
    assert found[3] is None


def test_hosmer_lemeshow_by_hand() -> None:
    """Three groups of two: expected 0.3, 0.75, 1.25; seen 1, 0, 2."""
    pd = np.array([0.1, 0.2, 0.3, 0.45, 0.55, 0.7])
    bad = np.array([1, 0, 0, 0, 1, 1], dtype=bool)
    found = hosmer_lemeshow(pd, bad, groups=3)
    assert found is not None
    by_hand = 0.7**2 / (0.3 * 0.85) + 0.75**2 / (0.75 * 0.625) + 0.75**2 / (1.25 * 0.375)
    assert found.statistic == pytest.approx(by_hand, abs=1e-12)
    assert found.p_value == pytest.approx(chi2.sf(by_hand, 3), abs=1e-12)
    assert hosmer_lemeshow(np.zeros(6), bad) is None
    assert hosmer_lemeshow(np.empty(0), np.empty(0, dtype=bool)) is None


def test_spiegelhalter_is_the_standardised_brier_score() -> None:
    """E and variance of the Brier score under right PDs, summed row by row over both outcomes."""
    mean = spread = 0.0
    for p in PD:
        outcomes = ((1 - p) ** 2, p), (p**2, 1 - p)
        first = sum(score * chance for score, chance in outcomes)
        mean += first
        spread += sum(score**2 * chance for score, chance in outcomes) - first**2
    z = (float(np.sum((PD - BAD) ** 2)) - mean) / np.sqrt(spread)
    found = spiegelhalter(PD, BAD, ONE_EACH)
    assert found is not None
    assert found.statistic == pytest.approx(z, abs=1e-9)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(z)), abs=1e-9)


def test_the_same_rows_twelve_times_do_not_move_spiegelhalters_p_value() -> None:
    """z sums within a customer: n copies multiply sum and spread alike."""
    twice = spiegelhalter(np.tile(PD, 2), np.tile(BAD, 2), np.tile(ONE_EACH, 2))
    twelve = spiegelhalter(np.tile(PD, 12), np.tile(BAD, 12), np.tile(ONE_EACH, 12))
    independent = spiegelhalter(np.tile(PD, 12), np.tile(BAD, 12), np.arange(6000))
    assert twice is not None
    assert twelve is not None
    assert independent is not None
    assert twelve.statistic == pytest.approx(twice.statistic, abs=1e-9)
    assert abs(independent.statistic) > 2 * abs(twelve.statistic)


def test_pds_of_one_half_and_no_rows_have_no_spiegelhalter() -> None:
    assert (
        spiegelhalter(np.full(4, 0.5), np.array([True, False, True, False]), np.arange(4)) is None
    )
    assert spiegelhalter(np.empty(0), np.empty(0, dtype=bool), np.empty(0)) is None


def test_then_and_now_uses_the_error_of_now() -> None:
    now = auc(PD, BAD, ONE_EACH)
    assert now.standard_error is not None
    found = auc_then_and_now(now.value + 2 * now.standard_error, now, 500)
    assert found is not None
    assert found.statistic == pytest.approx(2.0, abs=1e-9)
    assert found.p_value == pytest.approx(norm.sf(2.0), abs=1e-9)
    better = auc_then_and_now(now.value - 0.1, now, 500)
    assert better is not None
    assert better.p_value > 0.5  # a better score now is no finding
    assert auc_then_and_now(0.8, Auc(0.7, None), 3) is None
