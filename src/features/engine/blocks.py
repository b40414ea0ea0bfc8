"""A book larger than memory, in blocks of customers: what is known of one customer depends on no other's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import numpy as np
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from contracts.tables.kept import shown_as, written
from contracts.tables.programs import Programs
from features.engine.backend import SPARK, count, memory
from features.engine.codes import CUSTOMER, coded, numbered
from features.engine.playing import played
from features.engine.program import OtherAnswerError, Program
from features.engine.programs import key_of, programs_of
from features.engine.scratch import Scratch, scratch

_CELL, _BOOKING, _MEASURE, _MAX_MEASURES = 12, 60, 2.3, 125
"""Bytes while a block is computed (measured): of a value of an observation; of a booking of a ledger, and besides for
each value of an observation that may be made of it."""
_LEDGERS = ("invoices", "payments")
BLOCK, NAMES = "customers_of_the_block", "names_of_customers"
"""What the engine calls them: one block, and one book, is there at a time."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some of the customers of a book.

    Attributes:
        made: holds what is computed on the way.
        names: the numbers of all customers; see `codes.numbered`.
        whose: those of the block.
        tables: the raw tables of the whole book, under names that are the same for every book.
        cohort: the observations of the whole book, likewise.
    """

    made: Scratch
    names: ir.Table
    whose: ir.Table
    tables: Mapping[str, ir.Table]
    cohort: ir.Table

    def coded(self, tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
        """The tables with the rows of these customers, who have numbers; see `codes.coded`."""
        return coded(tables, self.names, self.whose)

    def named(self, rows: ir.Table) -> ir.Table:
        """The rows with the ids of customers in place of their numbers."""
        both = rows.inner_join(self.whose, CUSTOMER)
        return both.mutate(**{CUSTOMER: both.name}).drop("name")


@dataclass(frozen=True, slots=True)
class Work:
    """What is computed of each block of customers.

    Attributes:
        compute: gives rows whose customer_id is the customer's number; they come back with the id.
        name: what the engine calls the result.
        width: how many values an observation has on the way.
        asked: plain values that say, beside the code, what `compute` does of the tables it is given; with None its
            queries are written anew in every process.
    """

    compute: Callable[[Block], ir.Table]
    name: str
    width: int
    asked: Any = None


def in_blocks(
    con: BaseBackend, tables: Mapping[str, ir.Table], cohort: ir.Table, work: Work
) -> ir.Table:
    """What is computed of each block of customers, one below the other, kept by the engine.

    A block fits into the memory of the engine. A cluster takes everything as one block: it shares the work out by itself.
    The queries of a block are written once, and played for all others; see `program`.

    Args:
        con: the engine, with its limit of memory.
        tables: raw tables by name.
        cohort: customer_id and as_of.
        work: what is computed.
    """
    with scratch(con) as made:
        read = {name: shown(con, name, table) for name, table in tables.items()}
        asked, names = shown(con, "the cohort", cohort), _names(made, tables, cohort)
        every = {**read, "the cohort": asked, NAMES: names}
        key = None if work.asked is None else key_of(con, every, [work.name, work.asked])
        run = _Run(con, names, (read, asked), work, programs_of(con) if key else Programs(), key or "")  # fmt: skip
        blocks = _split(con, names, cohort, _blocks(con, tables, cohort, work.width))
        parts = [run.computed(whose) for whose in blocks]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def shown(con: BaseBackend, name: str, table: ir.Table) -> ir.Table:
    """A relation under a name that is the same for every book: what was written of one is played for another."""
    return table if con.name == SPARK else shown_as(cast("Backend", con), f"read {name}", table)


@dataclass(frozen=True, slots=True)
class _Run:
    """Block after block of one kind of work; see `in_blocks`."""

    con: BaseBackend
    names: ir.Table
    read: tuple[Mapping[str, ir.Table], ir.Table]
    work: Work
    programs: Programs
    key: str

    def computed(self, whose: ir.Table) -> ir.Table:
        """The result for these customers."""
        known = self.programs.find(self.key)
        if known is not None:
            with suppress(OtherAnswerError), scratch(self.con) as made:
                self._block(made, whose)
                return cast("ir.Table", played(known, made, self.work.name))
        return self._written(whose)

    def _block(self, made: Scratch, whose: ir.Table) -> ir.Table:
        if self.con.name == SPARK:
            return made.keep("block", whose)
        return made.kept(BLOCK, written(cast("Backend", self.con), whose))

    def _written(self, whose: ir.Table) -> ir.Table:
        with scratch(self.con) as made:
            mine = self._block(made, whose)
            made.program = None if self.con.name == SPARK else Program()
            block = Block(made, self.names, mine, *self.read)
            found = made.result(self.work.name, block.named(self.work.compute(block)))
            if made.program is not None:
                self.programs.put(self.key, made.program.steps)
        return found


def _names(made: Scratch, tables: Mapping[str, ir.Table], cohort: ir.Table) -> ir.Table:
    rows = numbered(tables, cohort)
    if made.con.name == SPARK:
        return made.keep(NAMES, rows)
    return made.kept(NAMES, written(cast("Backend", made.con), rows))


def _blocks(con: BaseBackend, tables: Mapping[str, ir.Table], cohort: ir.Table, width: int) -> int:
    """How many blocks it takes."""
    if con.name == SPARK:
        return 1
    n_bookings = sum(count(con, tables[name]) for name in _LEDGERS if name in tables)
    booking = _BOOKING + _MEASURE * min(width, _MAX_MEASURES)
    size = count(con, cohort) * width * _CELL + n_bookings * booking
    return int(np.ceil(size / memory(con)))


def _split(con: BaseBackend, names: ir.Table, cohort: ir.Table, n_blocks: int) -> list[ir.Table]:
    """The customers in so many parts with as many observations each, in the order of their numbers."""
    if n_blocks <= 1:
        return [names]
    sizes = cohort.rename(name=CUSTOMER).group_by("name").agg(n=lambda rows: rows.count())
    rows = con.to_pyarrow(sizes.inner_join(names, "name").select(CUSTOMER, "n").order_by(CUSTOMER))
    passed = np.cumsum(rows["n"].to_numpy())
    starts = np.searchsorted(passed, np.arange(n_blocks) * passed[-1] / n_blocks, side="right")
    first = rows[CUSTOMER].to_numpy()[np.unique(starts)]
    ends = [*first[1:], None]
    return [_between(names, int(low), end) for low, end in zip(first, ends, strict=True)]


def _between(names: ir.Table, low: int, end: int | None) -> ir.Table:
    inside = names[CUSTOMER] >= low
    return names.filter(inside if end is None else inside & (names[CUSTOMER] < int(end)))
