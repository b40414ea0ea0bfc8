"""Numbers as they are written: what is far enough apart is never written alike, so nobody need write it to know."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.explanation.wording import rendered, widest_alike

UNITS = ["days", "months", "count", "share", "percentage_points", "money", "ratio", "USD", "turns"]
NUMBERS = st.floats(-1e9, 1e9) | st.floats(-3, 3) | st.integers(-300, 300).map(float)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(UNITS), NUMBERS, NUMBERS | st.floats(-2, 2))
def test_two_numbers_that_are_written_alike_are_close(unit: str, one: float, other: float) -> None:
    for second in (other, one + other / 1e3, one * (1 + other / 1e3)):
        if rendered(one, unit, "EUR") == rendered(second, unit, "EUR"):
            size = np.array([max(abs(one), abs(second))])
            assert abs(one - second) <= widest_alike(size, unit)[0]


@pytest.mark.parametrize(
    ("unit", "one", "other"),
    [
        ("days", -0.049, 0.049),
        ("money", 1.5, 2.5),
        ("share", 0.1149, 0.1051),
        ("percentage_points", 0.1149, 0.1051),
        ("ratio", 1.014, 1.006),
        ("turns", 1234.4, 1233.6),
    ],
)
def test_the_widest_is_not_far_too_wide(unit: str, one: float, other: float) -> None:
    """Some that are written alike lie within a tenth to the whole of it."""
    assert rendered(one, unit, "EUR") == rendered(other, unit, "EUR")
    widest = widest_alike(np.array([max(abs(one), abs(other))]), unit)[0]
    assert widest / 11 <= abs(one - other) <= widest
