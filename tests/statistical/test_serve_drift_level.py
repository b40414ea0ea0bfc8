"""The drift test keeps its level on customer-months, where the textbook one does not, and finds a real shift."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.base.binning import cut, inner_edges
from models.measures.drift import shift

pytestmark = pytest.mark.long

RUNS = 300
MONTHS = 12


def months_of(draw: np.random.Generator, customers: int, moved: float = 0.0) -> pd.DataFrame:
    """A year of one feature: a customer's level (sd 1) stays, its months scatter around it (sd 0.5)."""
    level = np.repeat(draw.normal(moved, 1.0, customers), MONTHS)
    return pd.DataFrame({"x": level + draw.normal(0, 0.5, customers * MONTHS)})


def rejections(customers: int, moved: float, *, by_rows: bool = False) -> float:
    alarms = 0
    for run in range(RUNS):
        draw = np.random.default_rng(run)
        before, now = months_of(draw, customers), months_of(draw, customers, moved)
        values = before["x"].to_numpy()
        edges = inner_edges(values, 10)
        n = len(before) if by_rows else customers
        found = shift(cut(values, edges), cut(now["x"].to_numpy(), edges), customers=(n, n))
        alarms += found.p_value < 0.05
    return alarms / RUNS


def test_the_level_holds_for_new_customers_each_year() -> None:
    """At most 5 % + 3 standard errors (0.05 + 3 x 0.0126). A test that counts rows would alarm far more often."""
    assert rejections(150, 0.0) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / RUNS)
    assert rejections(150, 0.0, by_rows=True) > 0.5


def test_a_shift_of_half_a_standard_deviation_is_found() -> None:
    """500 against 500 customers: missed less than once in ten. With 150 it would be missed two times in three."""
    assert rejections(500, 0.5) > 0.9
    assert rejections(150, 0.5) < 0.5


def test_independent_rows_give_the_nominal_level() -> None:
    """One row per customer, multinomial counts: the chi-square is then near exact, so the level is two-sided near 5 %."""
    alarms = 0
    for run in range(2000):
        draw = np.random.default_rng(10_000 + run)
        before, now = draw.multinomial(400, [0.1] * 10), draw.multinomial(250, [0.1] * 10)
        alarms += shift(before, now, customers=(400, 250)).p_value < 0.05
    assert abs(alarms / 2000 - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 2000)
