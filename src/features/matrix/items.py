"""The open items of some customers: what each document still owes on a day, and the open credits beside them.

For a reader, not for a model: item by item what `position` adds up. Before credits are set off, at the document's own
currency, so that a clerk finds the amounts of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from contracts.config.portfolio import PortfolioConfig
from contracts.tables.engine import AMOUNT, MONEY
from contracts.tables.ledger import CREDITS, ITEMS
from features.context import read_of
from features.engine.playing import answers
from features.engine.scratch import Held, Scratch
from features.ledger.bookings import Ledger
from features.ledger.settlement import Clock
from features.matrix.asked import BOOKS, delivered
from features.time.asof import DAY, attach, usable_from


def items(
    con: BaseBackend, tables: Mapping[str, ir.Table], portfolio: PortfolioConfig, day: date
) -> tuple[pa.Table, pa.Table]:
    """What every customer of these tables owes, document by document, and its open credits, as known before a day.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name; without a ledger there is neither.
        portfolio: when what is left of an invoice counts as nothing.
        day: the day of decision.

    Returns:
        Contracts `ITEMS` and `CREDITS`; items less credits, at the day's rates, are the balance of the position.
    """
    read = delivered(tables)
    if not set(BOOKS) <= set(read):
        return ITEMS.arrow_schema().empty_table(), CREDITS.arrow_schema().empty_table()

    def found(made: Scratch) -> list[Held]:
        books = Ledger(read, Clock.KNOWN, portfolio.settlement, made.keep)
        asked = ibis.literal(day).epoch_days()
        owed = _owed(books, asked).order_by(list(ITEMS.grain))
        return [made.fetch(owed), made.fetch(_credits(books, asked).order_by(list(CREDITS.grain)))]

    owed, credit = answers(con, read, ["items", str(day), read_of(portfolio)], found)
    return owed.cast(ITEMS.arrow_schema()), credit.cast(CREDITS.arrow_schema())


def _owed(books: Ledger, asked: ir.IntegerValue) -> ir.Table:
    documents, booked = books.documents, books.payments
    known = documents.filter(~documents.is_credit, usable_from(documents.day) <= asked)
    made = booked.filter(usable_from(booked.day) <= asked)
    cleared = made.group_by("invoice_id").agg(cleared=made.cleared.sum().cast(AMOUNT))
    left = attach(known, cleared, ["invoice_id"])
    nothing = ibis.literal(0).cast(AMOUNT)
    left = left.mutate(open=(left.opening - ibis.coalesce(left.cleared, nothing)).cast(MONEY))
    left = left.filter(left.open > 0)
    for name, spans in (("is_disputed", books.contested_spans), ("is_held", books.held_spans)):
        left = _within(left, spans, name, asked)
    since = ibis.literal(date(1970, 1, 1))
    return left.select(
        "customer_id",
        "invoice_id",
        issued_on=since + left.issued.as_interval("D"),
        due_on=since + left.due.as_interval("D"),
        days=(asked - left.due).cast("int64"),
        currency="currency",
        amount="amount",
        open="open",
        is_disputed="is_disputed",
        is_planned=left.is_held & ~left.is_disputed,
    )


def _within(rows: ir.Table, spans: ir.Table, name: str, asked: ir.IntegerValue) -> ir.Table:
    """The rows with a flag: whether their document is in one of the spans on the day before the one asked for."""
    met = spans.filter(
        usable_from(spans.from_day) <= asked,
        spans.until_day.isnull() | (spans.until_day >= asked),
    )
    flagged = met.select("invoice_id").distinct().mutate(**{name: ibis.literal(value=True)})
    found = attach(rows, flagged, ["invoice_id"])
    return found.mutate(**{name: ibis.coalesce(found[name], ibis.literal(value=False))})


def _credits(books: Ledger, asked: ir.IntegerValue) -> ir.Table:
    changes = books.changes
    known = changes.filter(usable_from(changes[DAY]) <= asked)
    found = known.group_by(["customer_id", "currency"]).agg(credit=known.credit.sum().cast(MONEY))
    return found.filter(found.credit != 0)
