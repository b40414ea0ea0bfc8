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

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrays import Ints
from features.engine.backend import Scratch
from features.time.asof import ASKED, DAY, ByWindows, named
from features.time.lines import Line, Spans, TooLargeError, ints, risen, totals

OWNER = "owner"


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
    owner: Ints
    day: Ints
    owners: ir.Table | None


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
        except TooLargeError:
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
        line = Line.of(ints(rows[OWNER]), ints(rows[DAY]), stable=bool(tie))
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
        line = Line.of(ints(rows[OWNER]), ints(rows[DAY]))
        end = line.before(asked.owner, asked.day)
        starts = [line.before(asked.owner, asked.day - days) for days in windows]
        longest = max((int((end - start).max(initial=0)) for start in starts), default=0)
        spans = Spans.of(ints(rows[value])[line.order], longest)
        with ThreadPoolExecutor(self._threads) as pool:
            found = pool.map(lambda start: spans.largest(start, end), starts)
            names = (f"{value}_max_{days}d" for days in windows)
            return self._made.lend(_beside(asked.rows, dict(zip(names, found, strict=True))))

    def rises(self, deltas: ir.Table, above: int) -> ir.Table:
        """See `asof.rises`. Keys of one whole number alone are taken on arrays."""
        *keys, value, own = [name for name in deltas.columns if name != DAY]
        kind = deltas[value].type()
        if len(keys) > 1 or not deltas[keys[0]].type().is_integer():
            return self._windows.rises(deltas, above)
        try:
            rows = self._made.con.to_pyarrow(deltas.select(keys[0], DAY, value, own))
            moves = (ints(rows[value]), ints(rows[own]))
            found = risen(ints(rows[keys[0]]), ints(rows[DAY]), moves, above * 10**kind.scale)
        except TooLargeError:
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
        order = np.lexsort((ints(rows[ASKED]), ints(rows[OWNER])))
        rows = rows.take(pa.array(order))
        owner, day = ints(rows[OWNER]), ints(rows[ASKED])
        return _Asked(rows.select(questions.columns), owner, day, owners)

    def _summed(
        self, asked: _Asked, facts: ir.Table, measures: Mapping[str, Mapping[int, str]]
    ) -> dict[str, pa.Array]:
        """The totals of some facts: by measure, the name of its total at each offset."""
        keys = [name for name in asked.rows.column_names if name != ASKED]
        owned = _owned(facts, asked, keys).select(OWNER, DAY, *measures)
        rows = _known(self._made.con.to_pyarrow(owned))
        line = Line.of(ints(rows[OWNER]), ints(rows[DAY]))
        offsets = sorted({offset for names in measures.values() for offset in names})
        with ThreadPoolExecutor(self._threads) as pool:
            places = pool.map(lambda offset: line.before(asked.owner, asked.day - offset), offsets)
            at = dict(zip(offsets, places, strict=True))
            run = partial(totals, line.order, line.first(asked.owner), at)
            found = pool.map(lambda name: run(rows[name], measures[name]), measures)
            return {name: total for totals in found for name, total in totals.items()}


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
