"""AUC then and now, the figure behind gate PD-P1: "then" is the calibrate part, "now" the later test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.base.data import Part
from models.validation.battery import then_and_now
from models.validation.scored import Scored

PERFECT = ([0.9, 0.8, 0.2, 0.1], [True, True, False, False])
# one of four pairs is out of order: AUC 0.75; DeLong's error of these four rows is 0.353553 (see `auc`)
WORSE = ([0.9, 0.4, 0.6, 0.1], [True, True, False, False])


def scored(answers: tuple[list[float], list[bool]]) -> Scored:
    """One row a customer."""
    pd_, defaulted = np.array(answers[0]), np.array(answers[1])
    n = len(pd_)
    part = Part(
        np.array([f"C{number}" for number in range(n)], dtype=object),
        np.full(n, np.datetime64("2024-01-31")),
        defaulted,
        np.zeros(n, dtype=bool),
        pd.DataFrame(index=range(n)),
    )
    return Scored(part, np.log(pd_ / (1 - pd_)), pd_, np.full(n, 0.5))


def test_lost_discrimination_is_a_positive_statistic() -> None:
    """S = (1.00 - 0.75) / 0.353553 = 0.7071; then and now swapped there would be no error and no S at all."""
    found = then_and_now({"calibrate": scored(PERFECT), "test": scored(WORSE)})
    assert found is not None
    assert found.statistic == pytest.approx(0.707107, abs=1e-5)
    assert found.p_value == pytest.approx(0.23975, abs=1e-4)  # 1 - Phi(0.7071)
    assert found.n == 4


def test_a_gain_is_a_negative_one_and_no_alarm() -> None:
    """Then 0.75, now 5 of 6: S is below 0 and p above a half."""
    better = ([0.9, 0.5, 0.6, 0.1, 0.2], [True, True, False, False, False])
    found = then_and_now({"calibrate": scored(WORSE), "test": scored(better)})
    assert found is not None
    assert found.statistic < 0
    assert found.p_value > 0.5
    assert found.n == 5


def test_the_model_that_is_asked_is_the_one_judged() -> None:
    """The scorecard gives everybody 0.5: AUC 0.5 then and now, whatever LightGBM does."""
    found = then_and_now({"calibrate": scored(PERFECT), "test": scored(WORSE)}, "scorecard")
    assert found is None or found.statistic == 0


def test_without_one_of_the_two_it_declines() -> None:
    only_good = scored(([0.5, 0.6], [False, False]))
    assert then_and_now({"test": scored(WORSE)}) is None
    assert then_and_now({"calibrate": scored(PERFECT)}) is None
    assert then_and_now({"calibrate": only_good, "test": scored(WORSE)}) is None
    assert then_and_now({"calibrate": scored(WORSE), "test": only_good}) is None
