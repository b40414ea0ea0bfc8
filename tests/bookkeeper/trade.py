"""The trading record of one customer: what it was billed and paid month by month, how late, and the most it ever owed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from contracts.calendar import months_back
from tests.bookkeeper.features import Desk
from tests.bookkeeper.items import NOTHING
from tests.bookkeeper.journal import known_on
from tests.bookkeeper.record import ratio, standing
from tests.features_books import Row

MONTHS = 12
LATEST = 90
"""Days late that are expected at most: what is later is a default."""


@dataclass(frozen=True, slots=True)
class Record:
    """A trading record in reporting currency; months are counted back, the newest first.

    Attributes:
        first: day of the first invoice.
        billed: by day of issue, less what was credited of the invoices of the month.
        booked: by the day a document became known.
        best: the most that was paid, and stayed, of the invoices of one month.
        late: days late of what was paid in a year and of what is overdue, each within 0 and `LATEST`, weighted by amount.
    """

    first: date | None
    billed: tuple[Decimal, ...]
    booked: tuple[Decimal, ...]
    best: Decimal
    late: float | None


def months(as_of: date) -> list[tuple[date, date]]:
    """The twelve months [since, until) before a day, the newest first."""
    edges = [months_back(as_of, ago) for ago in range(MONTHS + 1)]
    return [(since, until) for until, since in pairwise(edges)]


def record(desk: Desk) -> Record:
    """By what was known strictly before the day of decision."""
    known = [row for row in desk.books.documents.values() if known_on(row) < desk.as_of]
    spans = months(desk.as_of)
    billed = tuple(_sum(desk, [r for r in known if since <= _issued(desk, r) < until]) for since, until in spans)  # fmt: skip
    booked = tuple(_sum(desk, [r for r in known if since <= known_on(r) < until]) for since, until in spans)  # fmt: skip
    invoices = [row for row in known if row["kind"] == "invoice"]
    paid = [
        sum((_paid(desk, row) for row in invoices if since <= row["issued_on"] < until), NOTHING)
        for since, until in spans
    ]
    first = min((row["issued_on"] for row in invoices), default=None)
    return Record(first, billed, booked, max(paid), _late(desk))


def peak(desk: Desk) -> Decimal:
    """The highest balance on the day and on the same day of the eleven months before, at the rates of the day, not below 0."""
    days = [months_back(desk.as_of, ago) for ago in range(MONTHS)]
    return max(NOTHING, *(desk.position(day).balance for day in days))


def _sum(desk: Desk, rows: list[Row]) -> Decimal:
    """Invoices less credit notes."""
    return sum(
        (
            row["amount"] * desk.rates(row["currency"]) * (1 if row["kind"] == "invoice" else -1)
            for row in rows
        ),
        NOTHING,
    )


def _issued(desk: Desk, row: Row) -> date:
    """Day of issue; of a credit note that names an invoice, the invoice's."""
    of = desk.books.documents.get(row["credits"], row)
    day: date = (of if of["kind"] == "invoice" else row)["issued_on"]
    return day


def _money(desk: Desk, document: str) -> Decimal:
    """Money that came for an invoice and stayed, in its currency."""
    signs = {"payment": 1, "reversal": -1}
    return sum(
        (
            signs.get(row["kind"], 0) * row["amount"]
            for row, entry in desk.books.paid()
            if row["invoice_id"] == document and entry.known < desk.as_of
        ),
        NOTHING,
    )


def _paid(desk: Desk, row: Row) -> Decimal:
    money: Decimal = min(max(_money(desk, row["invoice_id"]), NOTHING), row["amount"])
    return money * desk.rates(row["currency"])


def _late(desk: Desk) -> float | None:
    """A payment that came back is no payment: its invoice is open again, or the money that came in its place says how late."""
    since, parts = desk.as_of - timedelta(days=365), []
    stood = standing(desk.books, desk.as_of)
    for row, entry in desk.books.paid():
        of = desk.books.documents.get(row["invoice_id"])
        if row["kind"] != "payment" or of is None or of["kind"] != "invoice":
            continue
        left = stood.get((row["invoice_id"], row["payment_id"]), NOTHING)
        if since <= entry.happened and entry.known < desk.as_of:
            parts.append((left * desk.rates(of["currency"]), (entry.happened - of["due_on"]).days))
    parts += [(i.left, (desk.as_of - i.due).days) for i in desk.position().still_owed() if i.due < desk.as_of]  # fmt: skip
    over = sum((weight * min(max(days, 0), LATEST) for weight, days in parts), NOTHING)
    return ratio(over, sum((weight for weight, _ in parts), NOTHING))
