"""The primitives of `asof` on arrays, for the engine that runs in this process.

A running total is a sorted line of facts, summed once from its beginning, and read where a question stands on it.
An engine's windows give the same, but weigh every measure of every row anew, which took half of the time of a large
build (benchmarks/RESULTS.md). Every value is that of `asof`, to the bit: money is summed in whole hundredths, which 64
bits hold; where they might not, the windows do it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import cast

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.asof import ASKED, DAY, ByWindows, named
from features.engine import Scratch

OWNER = "owner"
_MOST = 2**63 - 1
_Ints = NDArray[np.int64]


class _TooLargeError(Exception):
    """Sums that might not fit into 64 bits."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """Questions in order of owner and day.

    Attributes:
        rows: their columns.
        owner: the number that stands for their keys.
        day: the day of decision.
        owners: keys and owner, or None where the only key is a whole number and stands for itself.
    """

    rows: pa.Table
    owner: _Ints
    day: _Ints
    owners: ir.Table | None


@dataclass(frozen=True, slots=True)
class _Line:
    """Facts in order of owner and day.

    Attributes:
        order: the rows of the facts in that order.
        code: owner and day of each as one number, ascending.
        low: the day before the first.
        span: more than the days there are, so that owners do not meet.
    """

    order: _Ints
    code: _Ints
    low: int
    span: int

    @classmethod
    def of(cls, owner: _Ints, day: _Ints, *, stable: bool = False) -> _Line:
        low = int(day.min()) - 1 if day.size else 0
        span = int(day.max()) - low + 2 if day.size else 2
        code = owner * span + (day - low)
        order = np.argsort(code, kind="stable" if stable else None)
        return cls(order, code[order], low, span)

    def before(self, owner: _Ints, day: _Ints) -> _Ints:
        """How many facts of the line stand before that day of that owner. Fastest where they are in order."""
        steps = np.clip(day - self.low, 0, self.span - 1)
        return np.searchsorted(self.code, owner * self.span + steps)

    def first(self, owner: _Ints) -> _Ints:
        """How many facts stand before the first of that owner; the owners are in order."""
        starts = _starts(owner)
        often = np.diff(np.append(starts, owner.size))
        return np.repeat(np.searchsorted(self.code, owner[starts] * self.span), often)


def _starts(values: _Ints) -> _Ints:
    """Where each stretch of equal values begins."""
    return np.flatnonzero(np.append(-1, np.diff(values))[: values.size])


class ByArrays:
    """Running totals and latest facts by sorting, in the memory of this process. See `asof.Forward`.

    Args:
        made: holds the results until they are read, on the engine that computes facts and questions.
        windows: does what does not fit.
        threads: how many measures are summed at once.
    """

    def __init__(self, made: Scratch, windows: ByWindows, threads: int) -> None:
        self._made, self._windows, self._threads = made, windows, threads
        self._asked: dict[ops.Node, _Asked] = {}

    def totals(
        self,
        questions: ir.Table,
        deltas: Sequence[ir.Table],
        offsets: Sequence[int] = (0,),
        wanted: Collection[str] | None = None,
    ) -> ir.Table:
        """See `asof.running_totals`."""
        asked = self._questions(questions)
        columns: dict[str, pa.Array] = {}
        try:
            for facts in deltas:
                measures = named(facts, questions, offsets, wanted)
                if measures:
                    columns |= self._summed(asked, facts, measures)
        except _TooLargeError:
            return self._windows.totals(questions, deltas, offsets, wanted)
        return self._made.lend(_beside(asked.rows, columns))

    def latest(self, questions: ir.Table, facts: ir.Table, tie: Sequence[str] = ()) -> ir.Table:
        """See `asof.latest`."""
        asked = self._questions(questions)
        keys = [name for name in questions.columns if name != ASKED]
        values = [name for name in facts.columns if name not in keys]
        owned = _owned(facts, asked, keys).select(OWNER, *values)
        # the order of facts of one day is the engine's, which knows how to compare what decides
        rows = _known(self._made.con.to_pyarrow(owned.order_by(tie) if tie else owned))
        line = _Line.of(_ints(rows[OWNER]), _ints(rows[DAY]), stable=bool(tie))
        place = line.before(asked.owner, asked.day)
        none = place == line.first(asked.owner)
        row = line.order[np.maximum(place - 1, 0)] if line.order.size else place
        found = rows.select(values).take(pa.array(row, mask=none))
        return self._made.lend(_beside(asked.rows, dict(zip(values, found.columns, strict=True))))

    def largest(
        self, questions: ir.Table, facts: ir.Table, value: str, windows: Sequence[int]
    ) -> ir.Table:
        """See `asof.largest`."""
        asked = self._questions(questions)
        keys = [name for name in questions.columns if name != ASKED]
        owned = _owned(facts, asked, keys).select(OWNER, DAY, value)
        rows = _known(self._made.con.to_pyarrow(owned))
        line = _Line.of(_ints(rows[OWNER]), _ints(rows[DAY]))
        end = line.before(asked.owner, asked.day)
        starts = [line.before(asked.owner, asked.day - days) for days in windows]
        longest = max((int((end - start).max(initial=0)) for start in starts), default=0)
        spans = _Spans.of(_ints(rows[value])[line.order], longest)
        with ThreadPoolExecutor(self._threads) as pool:
            found = pool.map(lambda start: spans.largest(start, end), starts)
            names = (f"{value}_max_{days}d" for days in windows)
            return self._made.lend(_beside(asked.rows, dict(zip(names, found, strict=True))))

    def rises(self, deltas: ir.Table, above: int) -> ir.Table:
        """See `asof.rises`. Keys of one whole number alone are taken on arrays."""
        *keys, value = [name for name in deltas.columns if name != DAY]
        kind = deltas[value].type()
        if len(keys) > 1 or not deltas[keys[0]].type().is_integer():
            return self._windows.rises(deltas, above)
        try:
            rows = self._made.con.to_pyarrow(deltas.select(keys[0], DAY, value))
            found = _risen(_ints(rows[keys[0]]), _ints(rows[DAY]), _ints(rows[value]), above * 10**kind.scale)  # fmt: skip
        except _TooLargeError:
            return self._windows.rises(deltas, above)
        return self._made.lend(pa.table(dict(zip([keys[0], DAY], found, strict=True))))

    def _questions(self, questions: ir.Table) -> _Asked:
        """The questions as arrays; the same ones are read once."""
        node = questions.op()
        if node not in self._asked:
            self._asked[node] = self._read(questions)
        return self._asked[node]

    def _read(self, questions: ir.Table) -> _Asked:
        keys = [name for name in questions.columns if name != ASKED]
        owners = None
        if len(keys) == 1 and questions[keys[0]].type().is_integer():
            numbered = questions.mutate(**{OWNER: questions[keys[0]].cast("int64")})
        else:
            number = (ibis.dense_rank().over(ibis.window(order_by=keys)) + 1).cast("int64")
            numbered = self._made.keep("questions", questions.mutate(**{OWNER: number}))
            owners = self._made.keep("owners", numbered.select(*keys, OWNER).distinct())
        rows = self._made.con.to_pyarrow(numbered)
        order = np.lexsort((_ints(rows[ASKED]), _ints(rows[OWNER])))
        rows = rows.take(pa.array(order))
        owner, day = _ints(rows[OWNER]), _ints(rows[ASKED])
        return _Asked(rows.select(questions.columns), owner, day, owners)

    def _summed(
        self, asked: _Asked, facts: ir.Table, measures: Mapping[str, Mapping[int, str]]
    ) -> dict[str, pa.Array]:
        """The totals of some facts: by measure, the name of its total at each offset."""
        keys = [name for name in asked.rows.column_names if name != ASKED]
        owned = _owned(facts, asked, keys).select(OWNER, DAY, *measures)
        rows = _known(self._made.con.to_pyarrow(owned))
        line = _Line.of(_ints(rows[OWNER]), _ints(rows[DAY]))
        offsets = sorted({offset for names in measures.values() for offset in names})
        with ThreadPoolExecutor(self._threads) as pool:
            places = pool.map(lambda offset: line.before(asked.owner, asked.day - offset), offsets)
            at = dict(zip(offsets, places, strict=True))
            run = partial(_totals, line.order, line.first(asked.owner), at)
            found = pool.map(lambda name: run(rows[name], measures[name]), measures)
            return {name: total for totals in found for name, total in totals.items()}


@dataclass(frozen=True, slots=True)
class _Spans:
    """The largest of any stretch of values, from the largest of all stretches of 1, 2, 4, 8, ... values."""

    levels: Sequence[_Ints]

    @classmethod
    def of(cls, values: _Ints, longest: int) -> _Spans:
        levels = [values]
        while 1 << len(levels) <= longest:
            last, half = levels[-1], 1 << (len(levels) - 1)
            levels.append(np.maximum(last[:-half], last[half:]))
        return cls(levels)

    def largest(self, start: _Ints, end: _Ints) -> pa.Array:
        """The largest of the values [start, end), missing where that is none."""
        length = end - start
        level = np.frexp(length.astype(np.float64))[1] - 1  # the power of two that is not above it
        found = np.zeros(length.size, np.int64)
        for power, values in enumerate(self.levels):
            at = np.flatnonzero(level == power)
            found[at] = np.maximum(values[start[at]], values[end[at] - (1 << power)])
        return pa.array(found, mask=length == 0)


def _risen(owner: _Ints, day: _Ints, change: _Ints, above: int) -> tuple[_Ints, _Ints]:
    """Owner and day of every rise above the bound; see `asof.rises`."""
    line = _Line.of(owner, day)
    change = change[line.order]
    ends = (
        np.append(_starts(line.code)[1:], line.code.size)[: line.code.size] - 1
    )  # the last change of every day
    whose = owner[line.order][ends]
    begins = line.first(whose)
    if not _fits(change, begins, {0: ends + 1}):
        raise _TooLargeError
    run = np.concatenate([[0], np.cumsum(change)])
    after = run[ends + 1] - run[begins]
    before = np.roll(after, 1)
    before[_starts(whose)] = 0
    rose = np.flatnonzero((after > above) & (before <= above))
    return whose[rose], day[line.order][ends][rose]


def _totals(
    order: _Ints,
    first: _Ints,
    at: Mapping[int, _Ints],
    column: pa.ChunkedArray,
    names: Mapping[int, str],
) -> dict[str, pa.Array]:
    """The totals of one measure at each offset, by name."""
    run = np.zeros(order.size + 1, np.int64)
    values = _ints(column)[order]
    np.cumsum(values, out=run[1:])  # may wrap over many owners; the difference within one is exact
    if not _fits(values, first, at):
        raise _TooLargeError
    start = run[first]
    return {name: _total(run[at[offset]] - start, column.type) for offset, name in names.items()}


def _fits(values: _Ints, first: _Ints, at: Mapping[int, _Ints]) -> bool:
    """Whether the sums of every owner fit into 64 bits."""
    if not values.size:
        return True
    latest = at[min(at)]
    largest = max(int(values.max()), -int(values.min()))
    if largest * int((latest - first).max(initial=0)) <= _MOST:
        return True
    sizes = np.concatenate([[0.0], np.cumsum(np.abs(values.astype(np.float64)))])
    return bool((sizes[latest] - sizes[first]).max() < _MOST / 2)


def _total(values: _Ints, kind: pa.DataType) -> pa.Array:
    """The values in the type that `asof.running_totals` gives a total of that type."""
    if not pa.types.is_decimal(kind):
        return pa.array(values)
    words = np.empty((values.size, 2), np.int64)
    words[:, 0], words[:, 1] = values, values >> 63
    whole = pa.decimal128(38, kind.scale)
    return pa.Array.from_buffers(whole, values.size, [None, pa.py_buffer(words)])


def _ints(column: pa.ChunkedArray) -> _Ints:
    """Whole numbers, or decimals as whole numbers of their last digit; 0 where missing."""
    parts = [_chunk(chunk) for chunk in column.chunks]
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _chunk(chunk: pa.Array) -> _Ints:
    """`_ints` of a part of a column."""
    if pa.types.is_decimal(chunk.type):
        kind = pa.decimal128(38, chunk.type.scale)
        whole = chunk if pa.types.is_decimal128(chunk.type) else chunk.cast(kind)
        words = np.frombuffer(whole.buffers()[1], np.int64).reshape(-1, 2)
        low, high = words[whole.offset : whole.offset + len(whole)].T
        if whole.null_count:
            missing = pc.is_null(whole).to_numpy(zero_copy_only=False)
            low, high = np.where(missing, 0, low), np.where(missing, 0, high)
        if ((low >> 63) != high).any():
            raise _TooLargeError
        return cast("_Ints", low)
    filled = chunk.fill_null(0) if chunk.null_count else chunk
    return cast("_Ints", filled.cast("int64").to_numpy())


def _known(rows: pa.Table) -> pa.Table:
    """The facts that have a day."""
    return rows.filter(pc.is_valid(rows[DAY])) if rows[DAY].null_count else rows


def _owned(facts: ir.Table, asked: _Asked, keys: Sequence[str]) -> ir.Table:
    """The facts with their owner; of owners that nobody asks about only where the key is the owner."""
    if asked.owners is None:
        return facts.mutate(**{OWNER: facts[keys[0]].cast("int64")})
    return facts.inner_join(asked.owners, keys)


def _beside(rows: pa.Table, columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> pa.Table:
    """The questions with columns in their order."""
    names = [*rows.column_names, *columns]
    return pa.table([*rows.columns, *columns.values()], names=names)
