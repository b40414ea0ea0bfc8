"""What overlapping outcome windows are worth, by hand and by drawing."""

from __future__ import annotations

import numpy as np
import pytest

from models.measures.overlap import design_effect, effective

DAYS = np.array([f"2024-{month:02d}-01" for month in range(1, 13)], dtype="datetime64[D]")


def test_rows_of_different_customers_or_years_are_worth_themselves() -> None:
    pd_ = np.full(3, 0.02)
    assert design_effect(pd_, np.array(["a", "b", "c"]), DAYS[[0, 0, 5]], 12) == pytest.approx(1.0)
    years = np.array(["2022-01-01", "2023-01-01", "2024-01-01"], dtype="datetime64[D]")
    assert design_effect(pd_, np.array(["a"] * 3), years, 12) == pytest.approx(
        1.0, abs=0.003
    )  # 365 days of 365.25


def test_twelve_months_by_hand() -> None:
    """1 + 2 / 12 x sum of (12 - k)(1 - k / 12) = 1 + 2 x 506 / 144 = 8.03: windows k months apart share 1 - k / 12."""
    found = design_effect(np.full(12, 0.01), np.array(["a"] * 12), DAYS, 12)
    assert found == pytest.approx(1 + 2 * 506 / 144, rel=0.005)


def test_the_same_rows_twice_as_other_customers_are_twice_the_evidence() -> None:
    draw = np.random.default_rng(2)
    pd_, bad = draw.uniform(0.01, 0.2, 24), draw.random(24) < 0.3
    ids, days = np.repeat(["a", "b"], 12), np.tile(DAYS, 2)
    once = effective(pd_, bad, ids, days, 12)
    other = np.concatenate([ids, np.repeat(["c", "d"], 12)])
    twice = effective(np.tile(pd_, 2), np.tile(bad, 2), other, np.tile(days, 2), 12)
    assert (twice.rows, twice.defaults) == pytest.approx((2 * once.rows, 2 * once.defaults))
    assert once.defaults / once.rows == pytest.approx(bad.mean())
