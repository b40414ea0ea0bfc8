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
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrays import Ints
from features.engine.scratch import Held, Scratch, kernel
from features.time.asof import ASKED, DAY, ByWindows, named
from features.time.lines import Line, Spans, TooLargeError, ints, risen, totals

OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Sorted:
    """Questions in order of owner and day, in this process.

    Attributes:
        rows: their columns.
        owner: the number that stands for their keys.
        day: the day of decision.
    """

    rows: pa.Table
    owner: Ints
    day: Ints


@dataclass(frozen=True, slots=True)
class _Asked:
    """Questions that were read.

    Attributes:
        held: see `Sorted`.
        columns: theirs.
        owners: keys and owner, or None where the only key is a whole number and stands for itself.
    """

    held: Held
    columns: list[str]
    owners: ir.Table | None


class ByArrays:
    """Running totals and latest facts by sorting, in the memory of this process. See `asof.Forward`.

    Args:
        made: holds the results until they are read, on the engine that computes facts and questions.
        windows: does what does not fit.
        threads: how many measures are summed at once.
    """

    def __init__(self, made: Scratch, windows: ByWindows, threads: int) -> None:
        self._made, self._windows = made, windows
        self._threads = made.hold(threads)
        self._asked: dict[ops.Node, _Asked] = {}

    def totals(
        self,
        questions: ir.Table,
        deltas: Sequence[ir.Table],
        offsets: Sequence[int] = (0,),
        wanted: Collection[str] | None = None,
    ) -> ir.Table:
        """See `asof.running_totals`."""
        asked, made = self._questions(questions), self._made
        keys = [name for name in asked.columns if name != ASKED]
        found = made.work(asked_alone, asked.held)
        try:
            for facts in deltas:
                measures = named(facts, questions, offsets, wanted)
                if measures:
                    owned = made.fetch(_owned(facts, asked, keys).select(OWNER, DAY, *measures))
                    plain = [
                        [name, [[*pair] for pair in at.items()]] for name, at in measures.items()
                    ]
                    found = made.work(with_totals, found, asked.held, owned, plain, self._threads)
        except TooLargeError:
            made.spoil()
            return self._windows.totals(questions, deltas, offsets, wanted)
        return made.lend(found)

    def latest(self, questions: ir.Table, facts: ir.Table, tie: Sequence[str] = ()) -> ir.Table:
        """See `asof.latest`."""
        asked, made = self._questions(questions), self._made
        keys = [name for name in questions.columns if name != ASKED]
        values = [name for name in facts.columns if name not in keys]
        owned = _owned(facts, asked, keys).select(OWNER, *values)
        # the order of facts of one day is the engine's, which knows how to compare what decides
        rows = made.fetch(owned.order_by(tie) if tie else owned)
        return made.lend(made.work(newest, asked.held, rows, values, bool(tie)))

    def largest(
        self, questions: ir.Table, facts: ir.Table, value: str, windows: Sequence[int]
    ) -> ir.Table:
        """See `asof.largest`."""
        asked, made = self._questions(questions), self._made
        keys = [name for name in questions.columns if name != ASKED]
        rows = made.fetch(_owned(facts, asked, keys).select(OWNER, DAY, value))
        return made.lend(made.work(most, asked.held, rows, value, list(windows), self._threads))

    def rises(self, deltas: ir.Table, above: int) -> ir.Table:
        """See `asof.rises`. Keys of one whole number alone are taken on arrays."""
        *keys, value, own = [name for name in deltas.columns if name != DAY]
        kind = deltas[value].type()
        if len(keys) > 1 or not deltas[keys[0]].type().is_integer():
            return self._windows.rises(deltas, above)
        made = self._made
        try:
            rows = made.fetch(deltas.select(keys[0], DAY, value, own))
            found = made.work(rose, rows, [keys[0], value, own], above * 10**kind.scale)
        except TooLargeError:
            made.spoil()
            return self._windows.rises(deltas, above)
        return made.lend(found)

    def _questions(self, questions: ir.Table) -> _Asked:
        """The questions as arrays; the same ones are read once."""
        node = questions.op()
        if node not in self._asked:
            self._asked[node] = self._read(questions)
        return self._asked[node]

    def _read(self, questions: ir.Table) -> _Asked:
        keys, made = [name for name in questions.columns if name != ASKED], self._made
        owners = None
        if len(keys) == 1 and questions[keys[0]].type().is_integer():
            numbered = questions.mutate(**{OWNER: questions[keys[0]].cast("int64")})
        else:
            number = (ibis.dense_rank().over(ibis.window(order_by=keys)) + 1).cast("int64")
            numbered = made.keep("questions", questions.mutate(**{OWNER: number}))
            owners = made.keep("owners", numbered.select(*keys, OWNER).distinct())
        columns = list(questions.columns)
        return _Asked(made.work(in_order, made.fetch(numbered), columns), columns, owners)


@kernel
def in_order(rows: pa.Table, columns: list[str]) -> Sorted:
    """Questions with their owner in order of owner and day."""
    rows = rows.take(pa.array(np.lexsort((ints(rows[ASKED]), ints(rows[OWNER])))))
    return Sorted(rows.select(columns), ints(rows[OWNER]), ints(rows[ASKED]))


@kernel
def asked_alone(asked: Sorted) -> pa.Table:
    """The questions themselves."""
    return asked.rows


@kernel
def with_totals(
    found: pa.Table, asked: Sorted, facts: pa.Table, measures: list[Any], threads: int
) -> pa.Table:
    """The questions with the totals of some facts: by measure, the name of its total at each offset."""
    rows = _known(facts)
    line = Line.of(ints(rows[OWNER]), ints(rows[DAY]))
    names = {name: dict(at) for name, at in measures}
    offsets = sorted({offset for at in names.values() for offset in at})
    with ThreadPoolExecutor(threads) as pool:
        places = pool.map(lambda offset: line.before(asked.owner, asked.day - offset), offsets)
        at = dict(zip(offsets, places, strict=True))
        run = partial(totals, line.order, line.first(asked.owner), at)
        made = list(pool.map(lambda name: run(rows[name], names[name]), names))
        return _beside(found, {name: total for one in made for name, total in one.items()})


@kernel
def newest(asked: Sorted, facts: pa.Table, values: list[str], is_stable: bool) -> pa.Table:  # noqa: FBT001 - a kernel takes values in order
    """The questions with the values of the fact known last."""
    rows = _known(facts)
    line = Line.of(ints(rows[OWNER]), ints(rows[DAY]), stable=is_stable)
    place = line.before(asked.owner, asked.day)
    none = place == line.first(asked.owner)
    row = line.order[np.maximum(place - 1, 0)] if line.order.size else place
    found = rows.select(values).take(pa.array(row, mask=none))
    return _beside(asked.rows, dict(zip(values, found.columns, strict=True)))


@kernel
def most(asked: Sorted, facts: pa.Table, value: str, windows: list[int], threads: int) -> pa.Table:
    """The questions with the largest value of each window."""
    rows = _known(facts)
    line = Line.of(ints(rows[OWNER]), ints(rows[DAY]))
    end = line.before(asked.owner, asked.day)
    starts = [line.before(asked.owner, asked.day - days) for days in windows]
    longest = max((int((end - start).max(initial=0)) for start in starts), default=0)
    spans = Spans.of(ints(rows[value])[line.order], longest)
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(lambda start: spans.largest(start, end), starts)
        names = (f"{value}_max_{days}d" for days in windows)
        return _beside(asked.rows, dict(zip(names, found, strict=True)))


@kernel
def rose(rows: pa.Table, names: list[str], above: int) -> pa.Table:
    """Owner and day of each rise; see `lines.risen`."""
    key, value, own = names
    moves = (ints(rows[value]), ints(rows[own]))
    found = risen(ints(rows[key]), ints(rows[DAY]), moves, above)
    return pa.table(dict(zip([key, DAY], found, strict=True)))


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
