"""What is asked of the ledger itself, not of a cohort: every customer that has a document, on some days, in blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
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


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the ledger.

    Attributes:
        name: what the engine calls the answer.
        width: what a row takes on the way, in values.
        days: the days of decision asked for.
        wanted: columns of states that will be read, or None for all.
    """

    name: str
    width: int
    days: Sequence[date]
    wanted: Collection[str] | None = None


def delivered(tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """Those of the tables that a question to the ledger reads."""
    return {name: tables[name] for name in READ if name in tables}


def answered(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    asked: Asked,
    answer: Answer,
) -> pa.Table | None:
    """The answer for every customer of the ledger on each day, sorted by grain; None without a ledger or a day.

    Raises:
        ContractError: money in a currency that has no rate to the reporting currency.
        EngineError: the memory limit is too small even with spilling to disk.
    """
    read = delivered(tables)
    if not asked.days or not set(BOOKS) <= set(read):
        return None
    days = keep(con, "days", ibis.memtable({"as_of": sorted(set(asked.days))}, schema={"as_of": "date"}))  # fmt: skip
    questions = read["invoices"].select("customer_id").distinct().cross_join(days)

    def of_block(block: Block) -> ir.Table:
        coded = block.coded(block.tables)
        cohort = block.coded({"questions": block.cohort})["questions"]
        return answer(block, prepare(block.made, coded, cohort, portfolio, (), asked.wanted))

    plain = [
        read_of(portfolio),
        [str(day) for day in asked.days],
        sorted(asked.wanted) if asked.wanted is not None else None,
    ]
    found = in_blocks(con, read, questions, Work(of_block, asked.name, asked.width, plain))
    return con.to_pyarrow(found.order_by(KEY))
