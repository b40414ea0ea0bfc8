"""Facts in order: a line that is summed once from its beginning and read wherever a question stands on it.

Whole numbers throughout. Money is whole hundredths; sums that 64 bits might not hold are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrays import Ints
from features.engine.program import OtherAnswerError

_MAX_INT = 2**63 - 1


class TooLargeError(OtherAnswerError):
    """Sums that might not fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class Line:
    """Facts in order of owner and day.

    Attributes:
        order: the rows of the facts in that order.
        code: owner and day of each as one number, ascending.
        low: the day before the first.
        span: more than the days there are, so that owners do not meet.
    """

    order: Ints
    code: Ints
    low: int
    span: int

    @classmethod
    def of(cls, owner: Ints, day: Ints, *, stable: bool = False) -> Line:
        """The line of facts by owner and day; `stable` keeps the order of facts of one owner and day.

        >>> line = Line.of(np.array([2, 1, 2]), np.array([10, 10, 5]))
        >>> line.order.tolist(), line.before(np.array([2, 2]), np.array([10, 11])).tolist()
        ([1, 2, 0], [2, 3])
        """
        low = int(day.min()) - 1 if day.size else 0
        span = int(day.max()) - low + 2 if day.size else 2
        code = owner * span + (day - low)
        order = np.argsort(code, kind="stable" if stable else None)
        return cls(order, code[order], low, span)

    def before(self, owner: Ints, day: Ints) -> Ints:
        """How many facts of the line stand before that day of that owner. Fastest where they are in order."""
        steps = np.clip(day - self.low, 0, self.span - 1)
        return np.searchsorted(self.code, owner * self.span + steps)

    def first(self, owner: Ints) -> Ints:
        """How many facts stand before the first of that owner; the owners are in order."""
        starts = _starts(owner)
        often = np.diff(np.append(starts, owner.size))
        return np.repeat(np.searchsorted(self.code, owner[starts] * self.span), often)


def _starts(values: Ints) -> Ints:
    """Where each stretch of equal values begins."""
    return np.flatnonzero(np.append(-1, np.diff(values))[: values.size])


@dataclass(frozen=True, slots=True)
class Spans:
    """The largest of any stretch of values, from the largest of all stretches of 1, 2, 4, 8, ... values."""

    levels: Sequence[Ints]

    @classmethod
    def of(cls, values: Ints, longest: int) -> Spans:
        """For stretches of at most `longest` values.

        >>> Spans.of(np.array([3, 1, 2]), 3).largest(np.array([0, 1, 2]), np.array([3, 3, 2])).to_pylist()
        [3, 2, None]
        """
        levels = [values]
        while 1 << len(levels) <= longest:
            last, half = levels[-1], 1 << (len(levels) - 1)
            levels.append(np.maximum(last[:-half], last[half:]))
        return cls(levels)

    def largest(self, start: Ints, end: Ints) -> pa.Array:
        """The largest of the values [start, end), missing where that is none."""
        length = end - start
        level = np.frexp(length.astype(np.float64))[1] - 1  # the power of two that is not above it
        found = np.zeros(length.size, np.int64)
        for power, values in enumerate(self.levels):
            at = np.flatnonzero(level == power)
            found[at] = np.maximum(values[start[at]], values[end[at] - (1 << power)])
        return pa.array(found, mask=length == 0)


def risen(owner: Ints, day: Ints, moves: tuple[Ints, Ints], above: int) -> tuple[Ints, Ints]:
    """Owner and day of every rise of a running total above a bound, looked at at the end of each day; see `asof.rises`.

    Args:
        owner: of each change.
        day: of each change.
        moves: the changes, and the part of each that is a rise.
        above: the bound.

    Raises:
        TooLargeError: a total may not fit into 64 bits.

    >>> day, change = np.array([1, 2, 2, 3]), np.array([5, 9, -9, 9])
    >>> [found.tolist() for found in risen(np.ones(4, int), day, (change, change), 10)]
    [[1], [3]]
    """
    line = Line.of(owner, day)
    change, rise = (values[line.order] for values in moves)
    # the last change of every day
    ends = np.append(_starts(line.code)[1:], line.code.size)[: line.code.size] - 1
    whose = owner[line.order][ends]
    begins = line.first(whose)
    if not (_fits(change, begins, {0: ends + 1}) and _fits(rise, begins, {0: ends + 1})):
        raise TooLargeError
    run, rises = (np.concatenate([[0], np.cumsum(values)]) for values in (change, rise))
    after = run[ends + 1] - run[begins]
    today = rises[ends + 1] - rises[_starts(line.code)]
    rose = np.flatnonzero((after > above) & (after - today <= above))
    return whose[rose], day[line.order][ends][rose]


def totals(
    order: Ints,
    first: Ints,
    at: Mapping[int, Ints],
    column: pa.ChunkedArray,
    names: Mapping[int, str],
) -> dict[str, pa.Array]:
    """The totals of one measure at each offset, by name, in the type of `asof.running_totals`.

    Args:
        order: the rows of the facts in the order of their line.
        first: for each question, how many facts stand before the first of its owner.
        at: for each offset, how many facts stand before each question, so many days before it.
        column: the measure: decimal or integer; missing counts as 0.
        names: the name of the total at each offset that is wanted.

    Raises:
        TooLargeError: a total may not fit into 64 bits.
    """
    run = np.zeros(order.size + 1, np.int64)
    values = ints(column)[order]
    np.cumsum(values, out=run[1:])  # may wrap over many owners; the difference within one is exact
    if not _fits(values, first, at):
        raise TooLargeError
    start = run[first]
    return {name: _total(run[at[offset]] - start, column.type) for offset, name in names.items()}


def _fits(values: Ints, first: Ints, at: Mapping[int, Ints]) -> bool:
    """Whether the sums of every owner fit into 64 bits."""
    if not values.size:
        return True
    latest = at[min(at)]
    largest = max(int(values.max()), -int(values.min()))
    if largest * int((latest - first).max(initial=0)) <= _MAX_INT:
        return True
    sizes = np.concatenate([[0.0], np.cumsum(np.abs(values.astype(np.float64)))])
    return bool((sizes[latest] - sizes[first]).max() < _MAX_INT / 2)


def _total(values: Ints, kind: pa.DataType) -> pa.Array:
    """The values in the type that `asof.running_totals` gives a total of that type."""
    if not pa.types.is_decimal(kind):
        return pa.array(values)
    words = np.empty((values.size, 2), np.int64)
    words[:, 0], words[:, 1] = values, values >> 63
    whole = pa.decimal128(38, kind.scale)
    return pa.Array.from_buffers(whole, values.size, [None, pa.py_buffer(words)])


def ints(column: pa.ChunkedArray) -> Ints:
    """Whole numbers, or decimals as whole numbers of their last digit; 0 where missing."""
    parts = [_chunk(chunk) for chunk in column.chunks]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _chunk(chunk: pa.Array) -> Ints:
    """`ints` of a part of a column."""
    if pa.types.is_decimal(chunk.type):
        kind = pa.decimal128(38, chunk.type.scale)
        whole = chunk if pa.types.is_decimal128(chunk.type) else chunk.cast(kind)
        words = np.frombuffer(whole.buffers()[1], np.int64).reshape(-1, 2)
        low, high = words[whole.offset : whole.offset + len(whole)].T
        if whole.null_count:
            missing = pc.is_null(whole).to_numpy(zero_copy_only=False)
            low, high = np.where(missing, 0, low), np.where(missing, 0, high)
        if ((low >> 63) != high).any():
            raise TooLargeError
        return cast("Ints", low)
    filled = chunk.fill_null(0) if chunk.null_count else chunk
    return cast("Ints", filled.cast("int64").to_numpy())
