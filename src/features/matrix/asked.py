"""What is asked of the ledger itself, not of a cohort: every customer that has a document, on some days, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends import BaseBackend

from contracts.config.portfolio import PortfolioConfig
from contracts.tables.derived import KEY
from features.context import Context, prepare, read_of
from features.engine.backend import keep
from features.engine.blocks import Block, Work, in_blocks

BOOKS = ("invoices", "payments")
READ = (*BOOKS, "disputes", "events", "fx_rates", "credit_terms", "customers")
"""The raw tables that a question to the ledger reads, where they are delivered."""

Answer = Callable[[Block, Context], ir.Table]
"""Rows of a block of customers by the number of the customer and the day."""
_OF = "of"
"""Which question a row answers, while all answers lie one below the other."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the ledger.

    Attributes:
        name: of the answer.
        width: what a row takes on the way, in values.
        days: the days of decision asked for.
        answer: what the answer to a block of customers is computed by.
        wanted: columns of states that will be read, or None for all.
    """

    name: str
    width: int
    days: Sequence[date]
    answer: Answer
    wanted: Collection[str] | None = None

    @property
    def plain(self) -> list[Any]:
        """What is asked, in plain values: part of what a program follows from."""
        wanted = sorted(self.wanted) if self.wanted is not None else None
        return [self.name, [str(day) for day in self.days], wanted]


def delivered(tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """Those of the tables that a question to the ledger reads."""
    return {name: tables[name] for name in READ if name in tables}


def answered(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    questions: Sequence[Asked],
) -> list[pa.Table] | None:
    """The answers for every customer of the ledger on each day, sorted by grain; None without a ledger or a day.

    What all of them stand on, the settled ledger, is computed once.

    Raises:
        ContractError: money in a currency that has no rate to the reporting currency.
        EngineError: the memory limit is too small even with spilling to disk.
    """
    read = delivered(tables)
    every = sorted({day for one in questions for day in one.days})
    if not every or not set(BOOKS) <= set(read):
        return None
    days = keep(con, "days", ibis.memtable({"as_of": every}, schema={"as_of": "date"}))
    pairs = read["invoices"].select("customer_id").distinct().cross_join(days)

    def of_block(block: Block) -> ir.Table:
        coded = block.coded(block.tables)
        cohort = block.coded({"questions": block.cohort})["questions"]
        context = prepare(block.made, coded, cohort, portfolio, ())
        return _below(
            [(one.name, one.answer(block, _on(block, context, one, every))) for one in questions]
        )

    plain = [read_of(portfolio), *(one.plain for one in questions)]
    name, width = "_".join(one.name for one in questions), sum(one.width for one in questions)
    rows = con.to_pyarrow(in_blocks(con, read, pairs, Work(of_block, name, width, plain)).order_by(KEY))  # fmt: skip
    return [_apart(rows, one.name) for one in questions]


def _on(block: Block, context: Context, asked: Asked, every: Sequence[date]) -> Context:
    """The same ledger, asked on the days of one question."""
    days = sorted(set(asked.days))
    if days == list(every):
        return replace(context, wanted=asked.wanted)
    cohort = block.made.keep("cohort", context.cohort.filter(context.cohort.as_of.isin(days)))
    return replace(context, cohort=cohort, wanted=asked.wanted)


def _below(answers: Sequence[tuple[str, ir.Table]]) -> ir.Table:
    """The answers one below the other, each with its own columns: an engine gives one relation back."""
    types = {
        f"{name} {column}": kind
        for name, rows in answers
        for column, kind in rows.schema().items()
        if column not in KEY
    }
    parts = []
    for name, rows in answers:
        own = {f"{name} {column}": rows[column] for column in rows.columns if column not in KEY}
        values = {column: own.get(column, ibis.null(kind)) for column, kind in types.items()}
        parts.append(rows.select(*KEY, **{_OF: ibis.literal(name)}, **values))
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _apart(rows: pa.Table, name: str) -> pa.Table:
    """The answer to one of the questions."""
    mine = rows.filter(pc.equal(rows[_OF], name))
    prefix = f"{name} "
    own = {
        column.removeprefix(prefix): mine[column]
        for column in mine.column_names
        if column.startswith(prefix)
    }
    return pa.table({key: mine[key] for key in KEY} | own)
