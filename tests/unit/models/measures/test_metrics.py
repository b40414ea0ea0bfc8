"""Measures by hand arithmetic and by identity."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from models.measures.metrics import (
    additivity_error,
    brier_skill,
    cox,
    expected_calibration_error,
    measure,
    stability,
)

IDS = np.array([f"C{number}" for number in range(8)], dtype=object)
PD = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
DEFAULTED = np.array([0, 0, 1, 0, 0, 1, 1, 0], dtype=bool)


def test_eight_customers_by_hand() -> None:
    found = measure(PD, DEFAULTED, IDS, 0.95)
    assert (found.n, found.defaults) == (8, 3)
    # the defaults outrank 2, 4 and 4 of the 5 survivors
    assert found.roc_auc == pytest.approx(10 / 15)
    # precision when each default is met from the top: 1/2, 2/3, 3/6
    assert found.average_precision == pytest.approx((1 / 2 + 2 / 3 + 3 / 6) / 3)
    # at 0.6 and above: 2 of 3 defaults, 1 of 5 survivors; at 0.3: 3 of 3 and 3 of 5, a gap of 0.4 only
    assert found.ks == pytest.approx(2 / 3 - 1 / 5)
    squares = [0.01, 0.04, 0.49, 0.16, 0.25, 0.16, 0.09, 0.64]
    assert found.brier == pytest.approx(sum(squares) / 8)
    assert found.brier_skill == pytest.approx(1 - (1.84 / 8) / (3 / 8 * 5 / 8))
    hits = [0.9, 0.8, 0.3, 0.6, 0.5, 0.6, 0.7, 0.2]
    assert found.log_loss == pytest.approx(-np.mean(np.log(hits)))
    assert found.mean_pd == pytest.approx(0.45)
    assert found.roc_auc_ci[0] < found.roc_auc < found.roc_auc_ci[1]


def test_ece_by_hand() -> None:
    # two bins of four: |1.0 - 1| and |2.6 - 2|, over 8 rows
    assert expected_calibration_error(PD, DEFAULTED, bins=2) == pytest.approx(0.6 / 8)


def test_the_base_rate_has_no_skill() -> None:
    assert brier_skill(0.02 * 0.98, 0.02) == pytest.approx(0.0)


def stretched(slope: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """PDs whose outcomes hit their rate exactly: at each of three PDs, the share of defaults is known."""
    rates = np.array([0.1, 0.2, 0.5])
    outcome = np.concatenate([np.arange(100) < 100 * rate for rate in rates])
    return np.repeat(expit((logit(rates) - shift) / slope), 100), outcome


@pytest.mark.parametrize(("slope", "shift"), [(1.0, 0.0), (0.5, 0.3), (2.0, -0.4)])
def test_cox_finds_the_line_exactly_where_the_data_lie_on_it(slope: float, shift: float) -> None:
    pd, outcome = stretched(slope, shift)
    found = cox(pd, outcome, np.arange(300))
    assert found is not None
    assert found.slope == pytest.approx(slope, abs=1e-6)
    assert found.intercept == pytest.approx(shift, abs=1e-6)


def test_the_level_is_the_shift_at_slope_one() -> None:
    pd, outcome = stretched(1.0, 0.3)
    found = cox(pd, outcome, np.arange(300))
    assert found is not None
    assert found.level == pytest.approx(0.3, abs=1e-6)
    assert expit(logit(pd) + found.level).mean() == pytest.approx(outcome.mean())


def test_errors_count_customers_not_rows() -> None:
    pd, outcome = stretched(1.0, 0.0)
    once = cox(pd, outcome, np.arange(300))
    twice = cox(np.tile(pd, 2), np.tile(outcome, 2), np.tile(np.arange(300), 2))
    assert once is not None
    assert twice is not None
    assert twice.slope_error == pytest.approx(once.slope_error, rel=0.01)


def test_equal_pds_have_no_line() -> None:
    assert cox(np.full(8, 0.2), DEFAULTED, IDS) is None
    assert measure(np.full(8, 0.2), DEFAULTED, IDS, 0.95).cox_slope is None


def test_stability_is_zero_on_itself_and_grows_with_a_shift() -> None:
    random = np.random.default_rng(0)
    before = random.normal(size=4000)
    same = stability(before, before, (4000, 4000))
    moved = stability(before, before + 0.5, (4000, 4000))
    assert same is not None
    assert moved is not None
    assert same.psi == pytest.approx(0.0, abs=1e-12)
    # two normals d apart have a PSI of d^2 = 0.25 in the continuous limit; ten bins keep most of it
    assert 0.18 < moved.psi < 0.26
    assert moved.psi > moved.critical
    assert stability(np.ones(5), before, (5, 5)) is None


def test_additivity_error_by_hand() -> None:
    phi = np.array([[0.5, -0.2, -3.0], [0.1, 0.0, -3.0]])
    assert additivity_error(phi, np.array([-2.7, -2.8])) == pytest.approx(0.1)
