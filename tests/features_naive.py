"""The ledger of one customer as it was known on a day, by plain loops. It shares no code with `src/features`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

from tests.features_books import Row, Tables

ZERO = Decimal(0)


def of_customer(tables: Tables, whose: str) -> Tables:
    """The rows of one customer; rates are shared."""
    documents = [row for row in tables["invoices"] if row["customer_id"] == whose]
    ids = {row["invoice_id"] for row in documents}
    found = {name: [] for name in ("credit_terms", "events", "customers")} | {"invoices": documents}
    for name in ("payments", "disputes"):
        found[name] = [row for row in tables.get(name, []) if row["invoice_id"] in ids]
    for name in ("credit_terms", "events", "customers"):
        found[name] = [row for row in tables.get(name, []) if row["customer_id"] == whose]
    return found | {"fx_rates": tables.get("fx_rates", [])}


class Naive:
    """One customer on one day; only rows known before that day are looked at.

    `priced` is the day of decision that money is converted for, where the ledger is looked at as it stood earlier.
    """

    def __init__(self, book: Tables, asked: date, priced: date | None = None) -> None:
        self.book, self.asked = book, asked
        self.priced = priced or asked
        day = self.priced - timedelta(days=1)
        self.rate = {r["currency"]: r["rate"] for r in book["fx_rates"] if r["rate_on"] == day}
        self.documents = {r["invoice_id"]: r for r in book["invoices"] if r["booked_at"] < asked}
        known = [
            row | {"of": self.documents[row["invoice_id"]]}
            for row in book["payments"]
            if row["invoice_id"] in self.documents and row["booked_at"] < asked
        ]
        for row in known:
            row["known"] = max(row["booked_at"], row["of"]["booked_at"])
        self.payments = sorted(known, key=lambda row: (row["known"], row["payment_id"]))
        for row in self.payments:
            row["late"] = max((row["paid_on"] - row["of"]["due_on"]).days, 0)
            row["before"] = self.paid(
                row["of"], [r for r in self.payments if self.is_first(r, row)]
            )

    @staticmethod
    def is_first(one: Row, other: Row) -> bool:
        """Whether a payment comes before another of the same document."""
        return (one["known"], one["payment_id"]) < (other["known"], other["payment_id"])

    def paid(self, document: Row, payments: Sequence[Row] | None = None) -> Decimal:
        every = self.payments if payments is None else payments
        return sum((p["amount"] for p in every if p["of"] is document), ZERO)

    def money(self, document: Row, amount: Decimal) -> Decimal:
        return amount * (1 if document["currency"] == "EUR" else self.rate[document["currency"]])

    def since(self, window: int) -> date:
        return self.asked - timedelta(days=window)

    def made(self, window: int) -> list[Row]:
        """Payments of invoices that became known in the window."""
        start = self.since(window)
        return [p for p in self.payments if p["of"]["kind"] == "invoice" and p["known"] >= start]

    def value(self, payments: Sequence[Row]) -> Decimal:
        return sum((self.money(p["of"], p["amount"]) for p in payments), ZERO)

    @cached_property
    def open_items(self) -> list[tuple[Decimal, int, Row]]:
        """Open amount, days past due and row of the invoices that are not settled."""
        return [
            (self.money(row, row["amount"] - self.paid(row)), (self.asked - row["due_on"]).days, row)
            for row in self.documents.values()
            if row["kind"] == "invoice" and self.paid(row) < row["amount"]
        ]  # fmt: skip

    @cached_property
    def credit(self) -> Decimal:
        """Credit notes and overpayments not used up."""
        total = ZERO
        for row in self.documents.values():
            paid = self.paid(row)
            is_note = row["kind"] == "credit_note"
            total += self.money(row, row["amount"] - paid if is_note else max(paid - row["amount"], ZERO))  # fmt: skip
        return total

    def past_due(self, days: int) -> Decimal:
        late = sum((left for left, age, _ in self.open_items if age > days), ZERO)
        return max(late - max(self.credit, ZERO), ZERO)

    def bucket(self, over: int, until: int | None) -> Decimal:
        return self.past_due(over) - (ZERO if until is None else self.past_due(until))

    @property
    def not_due(self) -> Decimal:
        """Items not due, less the credits that overdue items did not use up."""
        overdue = sum((left for left, age, _ in self.open_items if age > 0), ZERO)
        items = sum((left for left, age, _ in self.open_items if age <= 0), ZERO)
        return items - (max(self.credit - overdue, ZERO) if self.credit >= 0 else self.credit)

    @cached_property
    def balance(self) -> Decimal:
        """Invoices - payments - credit notes, without regard to what is open."""
        sign = {"invoice": 1, "credit_note": -1}
        return sum(
            (sign[row["kind"]] * self.money(row, row["amount"] - self.paid(row)) for row in self.documents.values()),
            ZERO,
        )  # fmt: skip

    def disputed(self) -> Decimal:
        ids = {
            row["invoice_id"]
            for row in self.book["disputes"]
            if row["opened_on"] < self.asked
            and (row["closed_on"] is None or row["closed_on"] >= self.asked)
        }
        return sum((left for left, _, row in self.open_items if row["invoice_id"] in ids), ZERO)

    def billed(self, window: int, skip: int = 0, kind: str = "invoice") -> list[Row]:
        start, end = self.since(window + skip), self.since(skip)
        rows = self.documents.values()
        return [r for r in rows if r["kind"] == kind and start <= r["booked_at"] < end]

    def billing(self, window: int, skip: int = 0, kind: str = "invoice") -> Decimal:
        rows = self.billed(window, skip, kind)
        return sum((self.money(row, row["amount"]) for row in rows), ZERO)

    def earlier(self, days: int) -> Naive:
        return Naive(self.book, self.since(days), self.priced)
