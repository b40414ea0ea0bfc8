"""Lines of facts against loops over rows: what stands before a day, the largest of a stretch, rises, totals, and 64 bits."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from features.time.lines import Line, Spans, TooLargeError, ints, risen, totals


@pytest.mark.parametrize("seed", range(4))
def test_before_and_first_count_as_a_loop_counts(seed: int) -> None:
    """Days before the first fact, on it, between, on the last and after it; owners with facts and without."""
    draw = np.random.default_rng(seed)
    owner, day = draw.integers(0, 6, 40), draw.integers(100, 112, 40)
    line = Line.of(owner, day)
    asked = np.array([(one, when) for one in range(7) for when in range(97, 116)])
    facts = sorted(zip(owner.tolist(), day.tolist(), strict=True))
    wanted = [sum((o, d) < (one, when) for o, d in facts) for one, when in asked.tolist()]
    assert line.before(asked[:, 0], asked[:, 1]).tolist() == wanted
    firsts = [sum(o < one for o, _ in facts) for one in asked[:, 0].tolist()]
    assert line.first(asked[:, 0]).tolist() == firsts
    assert list(zip(owner[line.order].tolist(), day[line.order].tolist(), strict=True)) == facts


def test_days_before_1970_stand_in_order_as_any() -> None:
    """Owner 1 on the days -20 and -9, owner 2 on -15: before -9 owner 1 has one fact, owner 2 its own and both of owner 1."""
    line = Line.of(np.array([1, 2, 1]), np.array([-20, -15, -9]))
    asked, days = np.array([1, 1, 1, 2, 2]), np.array([-20, -9, -8, -15, -9])
    assert line.before(asked, days).tolist() == [0, 1, 2, 2, 3]


def test_a_stable_line_keeps_the_order_of_a_day() -> None:
    owner, day = np.zeros(60, int), np.repeat([5, 4], 30)
    assert Line.of(owner, day, stable=True).order.tolist() == [*range(30, 60), *range(30)]


def test_a_line_of_nothing_has_nothing_before_any_day() -> None:
    line = Line.of(np.empty(0, np.int64), np.empty(0, np.int64))
    assert line.before(np.array([1, 2]), np.array([3, 4])).tolist() == [0, 0]


@pytest.mark.parametrize("longest", [1, 2, 3, 4, 7, 8, 9])
def test_the_largest_of_every_stretch(longest: int) -> None:
    values = np.random.default_rng(longest).integers(-9, 9, 20)
    pairs = [(a, b) for a in range(20) for b in range(a, min(a + longest, 20) + 1)]
    start, end = np.array(pairs).T
    wanted = [max(values[a:b].tolist(), default=None) for a, b in pairs]
    assert Spans.of(values, longest).largest(start, end).to_pylist() == wanted


Changes = list[tuple[int, int, int, int]]


def rises(changes: Changes, above: int) -> list[tuple[int, int]]:
    """A loop over days of (owner, day, change, rise): above at the end of a day, and not so without what rose on it."""
    found = []
    for one in sorted({owner for owner, *_ in changes}):
        total = 0
        for when in sorted({day for owner, day, *_ in changes if owner == one}):
            today = [row for row in changes if row[:2] == (one, when)]
            total += sum(change for *_, change, _ in today)
            if total > above >= total - sum(rise for *_, rise in today):
                found.append((one, when))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_rises_are_those_of_a_loop(seed: int) -> None:
    draw = np.random.default_rng(seed)
    owner, day = draw.integers(0, 4, 50), draw.integers(0, 15, 50)
    change = draw.integers(-6, 8, 50)
    rise = np.where(draw.random(50) < 0.6, change, 0)
    whose, when = risen(owner, day, (change, rise), 10)
    wanted = rises(list(zip(*(a.tolist() for a in (owner, day, change, rise)), strict=True)), 10)
    assert sorted(zip(whose.tolist(), when.tolist(), strict=True)) == wanted


def test_a_total_at_the_bound_has_not_risen_above_it() -> None:
    one, days = np.ones(3, int), np.array([1, 2, 3])
    passing, reaching = np.array([10, 1, -1]), np.array([10, 0, 0])
    assert risen(one, days, (passing, passing), 10)[1].tolist() == [2]
    assert risen(one, days, (reaching, reaching), 10)[1].tolist() == []


def test_a_total_that_passes_the_bound_without_a_rise_has_not_risen() -> None:
    """Balance 8 under a limit of 10; day 2: the limit is cut to 5, which lifts the total by 5; day 3: the balance rises by 1."""
    one, days = np.ones(3, int), np.array([1, 2, 3])
    change, rise = np.array([8, 5, 1]), np.array([8, 0, 1])
    assert risen(one, days, (change, rise), 10)[1].tolist() == []
    # cut on the day it rises from 4 to 12: above the new limit of 5, which it was not before
    assert risen(one[:2], days[:2], (np.array([4, 13]), np.array([4, 8])), 10)[1].tolist() == [2]


def test_totals_at_two_offsets_by_hand() -> None:
    """Facts of owner 1: 2.50 on day 1, nothing known on day 2, -1.00 on day 3; owner 2: 7.00 on day 1."""
    column = pa.chunked_array([
        pa.array([Decimal("7.00"), Decimal("2.50")], pa.decimal128(18, 2)),
        pa.array([None, Decimal("-1.00")], pa.decimal128(18, 2)),
    ])  # fmt: skip
    line = Line.of(np.array([2, 1, 1, 1]), np.array([1, 1, 2, 3]))
    asked, days = np.array([1, 1, 2]), np.array([2, 4, 4])
    at = {0: line.before(asked, days), 2: line.before(asked, days - 2)}
    found = totals(line.order, line.first(asked), at, column, {0: "now", 2: "then"})
    assert found["now"].to_pylist() == [Decimal("2.50"), Decimal("1.50"), Decimal("7.00")]
    assert found["then"].to_pylist() == [Decimal(0), Decimal("2.50"), Decimal("7.00")]
    assert found["now"].type == pa.decimal128(38, 2)


def test_what_64_bits_do_not_hold_is_refused_and_what_they_do_is_exact() -> None:
    half = 2**62 - 1
    fine = pa.chunked_array([pa.array([half, -half, half], pa.int64())])
    order, first, at = np.arange(3), np.zeros(1, int), {0: np.array([1])}
    assert totals(order, first, at, fine, {0: "t"})["t"].to_pylist() == [half]
    large = pa.chunked_array([pa.array([half, half, half], pa.int64())])
    with pytest.raises(TooLargeError):
        totals(order, first, {0: np.array([3])}, large, {0: "t"})
    with pytest.raises(TooLargeError):
        risen(np.zeros(3, int), np.arange(3), (np.array([half] * 3), np.zeros(3, int)), 0)
    with pytest.raises(TooLargeError):
        risen(np.zeros(3, int), np.arange(3), (np.zeros(3, int), np.array([half] * 3)), 0)
    below = pa.chunked_array([pa.array([-half] * 3, pa.int64())])
    with pytest.raises(TooLargeError):
        totals(order, first, {0: np.array([3])}, below, {0: "t"})
    huge = pa.chunked_array([pa.array([Decimal(2) ** 64], pa.decimal128(38, 0))])
    with pytest.raises(TooLargeError):
        ints(huge)


def test_numbers_are_read_as_whole_ones_of_their_last_digit() -> None:
    money = pa.chunked_array(
        [pa.array([Decimal("-0.01"), None, Decimal("12.34")], pa.decimal128(18, 2))]
    )
    assert ints(money).tolist() == [-1, 0, 1234]
    assert ints(money.slice(1)).tolist() == [0, 1234]
    assert ints(pa.chunked_array([pa.array([3, None], pa.int32())])).tolist() == [3, 0]
    assert ints(pa.chunked_array([], pa.int64())).tolist() == []


def total(values: list[int], first: list[int], latest: list[int]) -> list[int]:
    column, at = pa.chunked_array([pa.array(values, pa.int64())]), {0: np.array(latest)}
    found = totals(np.arange(len(values)), np.array(first), at, column, {0: "t"})
    return list(found["t"].to_pylist())


def test_what_just_fits_is_summed_and_each_owner_counts_for_itself() -> None:
    most, half, quarter = 2**63 - 1, 2**62 - 1, 2**61
    assert total([most], [0], [1]) == [most]
    # two owners of two facts each: what both have is no sum of anybody's
    assert total([half] * 4, [0, 2], [2, 4]) == [2 * half] * 2
    # one large fact among small ones: five of the largest would not fit, all together do
    mixed = [quarter, quarter // 2, 1, 1, 1]
    assert total(mixed, [0], [5]) == [sum(mixed)]
    assert total(mixed * 2, [0, 5], [5, 10]) == [sum(mixed)] * 2
    assert total([], [0, 0], [0, 0]) == [0, 0]
    one = np.zeros(1, int)
    assert risen(one, one, (one, np.array([most])), 0)[0].tolist() == []


def test_a_total_below_nought_is_a_decimal_below_nought() -> None:
    column = pa.chunked_array([pa.array([Decimal("-1.00"), Decimal("-2.34")], pa.decimal128(9, 2))])
    found = totals(np.arange(2), np.zeros(2, int), {0: np.array([1, 2])}, column, {0: "t"})
    assert found["t"].to_pylist() == [Decimal("-1.00"), Decimal("-3.34")]


def test_decimals_of_any_width_are_read_and_what_lies_behind_a_missing_one_is_not() -> None:
    wide = pa.chunked_array([pa.array([Decimal("-0.01"), None, Decimal("9.99")], pa.decimal256(50, 2))])  # fmt: skip
    assert ints(wide).tolist() == [-1, 0, 999]
    words = np.array([[5, 0], [77, 3]])  # the second is missing, and no number of 64 bits
    held = [pa.py_buffer(bytes([0b01])), pa.py_buffer(words)]
    array = pa.Array.from_buffers(pa.decimal128(38, 2), 2, held)
    assert array.to_pylist() == [Decimal("0.05"), None]
    assert ints(pa.chunked_array([array])).tolist() == [5, 0]
