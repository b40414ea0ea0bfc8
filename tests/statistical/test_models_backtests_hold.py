"""Tests err as often as they say when the PDs are right, and intervals hold what they promise."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from models.measures.backtests import hosmer_lemeshow, jeffreys, spiegelhalter
from models.validation.figures import from_gaps, rate_figure
from models.validation.resample import resample

RUNS = 400
# a share of 0.05 in 400 runs has a standard error of 0.0109
FEWEST, MOST = 0.05 - 3 * 0.0109, 0.05 + 3 * 0.0109


def months_of(random: np.random.Generator, customers: int) -> tuple[np.ndarray, ...]:
    """Six rows a customer with one outcome, drawn with the customer's PD: marginally right, fully dependent."""
    chance = expit(random.normal(-2.5, 1.0, customers))
    bad = random.random(customers) < chance
    return np.repeat(chance, 6), np.repeat(bad, 6), np.repeat(np.arange(customers), 6)


def test_spiegelhalter_by_customer_errs_as_often_as_it_says() -> None:
    random = np.random.default_rng(4)
    clustered = independent = 0
    for _ in range(RUNS):
        pd, bad, ids = months_of(random, 400)
        found, wrong = spiegelhalter(pd, bad, ids), spiegelhalter(pd, bad, np.arange(len(pd)))
        assert found is not None
        assert wrong is not None
        clustered += found.p_value < 0.05
        independent += wrong.p_value < 0.05
    assert FEWEST < clustered / RUNS < MOST
    # what it would miss: rows taken as independent reject a right model four times in ten
    assert independent / RUNS > 0.3


def test_tests_on_rows_that_count_once_err_as_often_as_they_say() -> None:
    random = np.random.default_rng(5)
    level = groups = missed = 0
    for _ in range(RUNS):
        pd = expit(random.normal(-2.0, 0.8, 1500))
        bad = random.random(1500) < pd
        level += jeffreys(int(bad.sum()), 1500, float(pd.mean())) < 0.05
        found = hosmer_lemeshow(pd, bad)
        assert found is not None
        groups += found.p_value < 0.05
        low = hosmer_lemeshow(pd / 2, bad)
        assert low is not None
        missed += low.p_value >= 0.05
    # different PDs make the sum vary less than one binomial: Jeffreys errs a little less often
    assert 0.01 < level / RUNS < MOST
    assert FEWEST < groups / RUNS < MOST
    assert missed == 0  # PDs at half their size are always seen


def test_the_rate_of_dependent_rows_is_covered_as_often_as_promised() -> None:
    random = np.random.default_rng(6)
    right = naive = 0
    for _ in range(RUNS):
        bad, ids = np.repeat(random.random(300) < 0.04, 6), np.repeat(np.arange(300), 6)
        for name, whose in (("right", ids), ("naive", np.arange(1800))):
            found = rate_figure(bad, whose, 0.95)
            assert found.low is not None
            assert found.high is not None
            held = found.low <= 0.04 <= found.high
            right, naive = right + (held and name == "right"), naive + (held and name == "naive")
    assert 0.95 - 3 * 0.0109 < right / RUNS <= 1.0
    assert naive / RUNS < 0.70  # rows taken as independent


def test_the_calibration_error_of_right_pds_may_be_nothing() -> None:
    """An ECE is above 0 even where the PDs are right; its interval holds 0 at least as often as promised."""
    random = np.random.default_rng(7)
    held, wide, runs = 0, 0, 60
    for run in range(runs):
        pd, bad, ids = months_of(random, 400)
        gaps = resample({"m": pd, "wrong": expit(np.log(pd / (1 - pd)) + 1.2)}, bad, ids, 100, run)
        off = {name: _ece(chance, bad) for name, chance in (("m", pd), ("wrong", expit(np.log(pd / (1 - pd)) + 1.2)))}  # fmt: skip
        held += from_gaps(off["m"], gaps["m"]["ece_gap"], 0.95).low == 0.0
        low = from_gaps(off["wrong"], gaps["wrong"]["ece_gap"], 0.95).low
        assert low is not None
        wide += low == 0.0
    assert held / runs >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / runs)
    assert wide == 0  # PDs at three times their odds are not taken for right


def _ece(pd: np.ndarray, bad: np.ndarray) -> float:
    rows = np.array_split(np.argsort(pd, kind="stable"), 10)
    return sum(abs(pd[one].sum() - bad[one].sum()) for one in rows) / len(pd)
