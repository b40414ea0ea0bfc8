"""Ability to pay from the ledger: billing, the use of the limit, disputes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import stdev

from tests.bookkeeper.items import NOTHING, Position, Rates
from tests.bookkeeper.journal import Books, known_on
from tests.bookkeeper.record import Value, ratio
from tests.features_books import Row


def billed(
    books: Books, rates: Rates, since: date, until: date, kind: str = "invoice"
) -> tuple[Decimal, int]:
    """Amount and number of the documents of a kind that became known in [since, until)."""
    rows = [
        row
        for row in books.documents.values()
        if row["kind"] == kind and since <= known_on(row) < until
    ]
    return sum((row["amount"] * rates(row["currency"]) for row in rows), NOTHING), len(rows)


def billing_values(books: Books, as_of: date, rates: Rates, days: int) -> dict[str, Value]:
    """Billing of a window."""
    since = as_of - timedelta(days=days)
    amount, number = billed(books, rates, since, as_of)
    returns, _ = billed(books, rates, since, as_of, "credit_note")
    return {
        f"billing_invoices_count_{days}d": number,
        f"billing_credit_notes_share_{days}d": ratio(returns, amount),
    }


def billing_shape(books: Books, as_of: date, rates: Rates) -> dict[str, Value]:
    """Growth, recency and volatility of billing."""
    edges = [as_of - timedelta(days=90 * number) for number in range(5)]
    parts = [billed(books, rates, since, until)[0] for until, since in pairwise(edges)]
    year, _ = billed(books, rates, as_of - timedelta(days=365), as_of)
    mean = sum(parts, NOTHING) / 4
    return {
        "billing_amount_growth_90d": ratio(parts[0] - parts[1], parts[1]),
        "billing_recent_share": ratio(parts[0], year),
        "billing_amount_volatility": stdev(map(float, parts)) / float(mean) if mean > 0 else None,
    }


def days_sales(
    books: Books, as_of: date, rates: Rates, days: int, balance: Decimal
) -> float | None:
    """DSO on sales net of credit notes; for a customer younger than the window the window is its age since the first invoice."""
    since = as_of - timedelta(days=days)
    sales = (
        billed(books, rates, since, as_of)[0] - billed(books, rates, since, as_of, "credit_note")[0]
    )
    first = [known_on(row) for row in books.documents.values() if row["kind"] == "invoice"]
    age = (as_of - min(first, default=as_of)).days
    return ratio(max(balance, NOTHING) * min(days, age), sales)


def limit_on(books: Books, as_of: date) -> Row | None:
    """Terms in force before the day."""
    ruling = [row for row in books.terms if row["valid_from"] < as_of]
    return ruling[-1] if ruling else None


def limit_cuts(books: Books, as_of: date, days: int) -> int:
    """How often the limit was lowered in the window."""
    since = as_of - timedelta(days=days)
    pairs = pairwise(books.terms)
    return sum(
        since <= new["valid_from"] < as_of
        and None not in (old["credit_limit"], new["credit_limit"])
        and new["credit_limit"] < old["credit_limit"]
        for old, new in pairs
    )


def breaches(balances: Sequence[tuple[Decimal, Decimal | None]]) -> int:
    """How often the balance rose above the limit, over (balance, limit) at the end of consecutive days.

    It rose where it is above the limit in force and was not above that limit the day before: a cut limit is no rise.
    """
    return sum(
        limit is not None and now > limit >= before
        for (before, _), (now, limit) in pairwise(balances)
    )


def disputes_opened(books: Books, as_of: date, rates: Rates, days: int) -> tuple[Decimal, int]:
    """Amount and number of invoices first disputed in the window; one that is not booked yet when it is booked."""
    first: dict[str, date] = {}
    for case in sorted(books.disputes, key=lambda case: case["opened_on"]):
        day = max(case["opened_on"], known_on(books.documents[case["invoice_id"]]))
        first.setdefault(case["invoice_id"], day)
    since = as_of - timedelta(days=days)
    rows = [books.documents[name] for name, day in first.items() if since <= day < as_of]
    return sum((row["amount"] * rates(row["currency"]) for row in rows), NOTHING), len(rows)


def disputed_share(position: Position) -> float | None:
    """Open disputed amount over the open balance, never above 1."""
    amount = sum((item.left for item in position.after_credit() if item.disputed), NOTHING)
    return ratio(amount, position.balance)
