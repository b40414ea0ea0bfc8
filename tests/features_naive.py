"""The ledger of one customer as it was known on a day, by plain loops. It shares no code with `src/features`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cached_property

from tests.features_books import Row, Tables

ZERO, CENT = Decimal(0), Decimal("0.01")
BUCKETS = ((0, 30), (30, 60), (60, 90), (90, None))
KINDS = ("credit", "discount", "fee", "payment", "reversal")


def known(row: Row, happened: str) -> date:
    """The later of happened and booked."""
    return max(row[happened], row["booked_at"])


class State:
    """What was booked on a document so far."""

    def __init__(self) -> None:
        self.reduced, self.timely = ZERO, ZERO
        self.money_paid: date | None = None

    def book(self, row: Row, until: date | None) -> None:
        """Adds a booking; `until` is the last day of the discount."""
        amount = -row["amount"] if row["kind"] == "reversal" else row["amount"]
        self.reduced += amount
        if row["kind"] != "payment" or (until is not None and row["value"] <= until):
            self.timely += amount
        if row["kind"] == "payment":
            self.money_paid = max(self.money_paid or row["value"], row["value"])


def of_customer(tables: Tables, whose: str) -> Tables:
    """The rows of one customer; rates are shared."""
    documents = [row for row in tables["invoices"] if row["customer_id"] == whose]
    ids = {row["invoice_id"] for row in documents}
    found = {name: [] for name in ("credit_terms", "events", "customers")} | {"invoices": documents}
    for name in ("payments", "disputes"):
        found[name] = [
            row
            for row in tables.get(name, [])
            if row["invoice_id"] in ids
            or (row["invoice_id"] is None and row.get("customer_id") == whose)
        ]
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
        self.documents = {
            r["invoice_id"]: r for r in book["invoices"] if known(r, "issued_on") < asked
        }
        self.on_account = [
            row
            for row in book["payments"]
            if row["invoice_id"] is None and known(row, "paid_on") < asked
        ]
        self.payments: list[Row] = []
        self.states = {name: State() for name in self.documents}
        for row in sorted(self._bookings(), key=lambda row: row["order"]):
            of, state = row["of"], self.states[row["of"]["invoice_id"]]
            row["open_before"] = self.left(of, state)
            state.book(row, self.discount(of)[1])
            row["open_after"] = self.left(of, state)
            row["money_paid"], row["reduced"] = state.money_paid, state.reduced
            row["late"] = (row["value"] - (of["due_on"] or of["issued_on"])).days
            row["late"] = max(row["late"], 0)
            self.payments.append(row)

    def _bookings(self) -> list[Row]:
        """What is known to reduce a document: payments, and credit notes on the invoice they name."""
        found = []
        for row in self.book["payments"]:
            of = self.documents.get(row["invoice_id"])
            day = known(row, "paid_on")
            if of is not None and day < self.asked:
                found.append(self._booking(row["payment_id"], row["kind"], row["paid_on"], day, row["amount"], of))  # fmt: skip
        for row in self.documents.values():
            of = self.named(row)
            if of is not None:
                found.append(self._booking(row["invoice_id"], "credit", row["issued_on"], known(row, "issued_on"), row["amount"], of))  # fmt: skip
        return found

    @staticmethod
    def _booking(name: str, kind: str, value: date, day: date, amount: Decimal, of: Row) -> Row:
        day = max(day, known(of, "issued_on"))
        return {
            "payment_id": name,
            "kind": kind,
            "value": max(value, of["issued_on"]),
            "known": day,
            "amount": amount,
            "of": of,
            "order": (day, KINDS.index(kind), name, of["invoice_id"]),
        }

    def named(self, row: Row) -> Row | None:
        """The invoice that a credit note names, where it is known and the customer's own."""
        of = self.documents.get(row["credits"] or "")
        if row["kind"] != "credit_note" or of is None or of["kind"] != "invoice":
            return None
        return of if of["currency"] == row["currency"] else None

    def discount(self, of: Row) -> tuple[Decimal, date | None]:
        """The cash discount agreed on the day of issue, and the last day it may be taken."""
        agreed = [row for row in self.book["credit_terms"] if row["valid_from"] <= of["issued_on"]]
        agreed.sort(key=lambda row: row["valid_from"])
        if not agreed or agreed[-1]["discount_rate"] is None:
            return ZERO, None
        amount = (of["amount"] * agreed[-1]["discount_rate"]).quantize(CENT, ROUND_HALF_UP)
        return amount, of["issued_on"] + timedelta(days=agreed[-1]["discount_days"])

    def tolerance(self, of: Row) -> Decimal:
        """The greater of 1.00 and 0.5 % of the amount."""
        return max(Decimal(1), (of["amount"] / 200).quantize(CENT, ROUND_FLOOR))

    def left(self, of: Row, state: State) -> Decimal:
        """What an invoice owes; nothing within its allowance."""
        if of["kind"] != "invoice":
            return ZERO
        left = of["amount"] - min(max(state.reduced, ZERO), of["amount"])
        allowed, (discount, until) = self.tolerance(of), self.discount(of)
        if until is not None and state.timely >= of["amount"] - discount - allowed:
            allowed += discount
        return ZERO if left <= allowed else left

    def money(self, document: Row, amount: Decimal) -> Decimal:
        return amount * (1 if document["currency"] == "EUR" else self.rate[document["currency"]])

    def since(self, window: int) -> date:
        return self.asked - timedelta(days=window)

    def made(self, window: int) -> list[Row]:
        """Payments of invoices that became known in the window."""
        return [p for p in self.booked(window) if p["kind"] == "payment"]

    def booked(self, window: int) -> list[Row]:
        """Bookings on invoices that became known in the window."""
        start = self.since(window)
        return [p for p in self.payments if p["of"]["kind"] == "invoice" and p["known"] >= start]

    def value(self, payments: Sequence[Row]) -> Decimal:
        return sum((self.money(p["of"], p["amount"]) for p in payments), ZERO)

    @cached_property
    def open_items(self) -> list[tuple[Decimal, int, Row]]:
        """Open amount, days past due and row of the invoices that are not settled."""
        owed = [(self.left(row, self.states[name]), row) for name, row in self.documents.items()]
        return [
            (self.money(row, left), (self.asked - row["due_on"]).days, row) for left, row in owed if left > 0
        ]  # fmt: skip

    @cached_property
    def credit(self) -> Decimal:
        """Credit notes that name no invoice, overpayments and money on account, not used up."""
        return sum((self.money(of, amount) for of, amount in self._credits), ZERO)

    @property
    def credit_units(self) -> Decimal:
        """`credit` in the units of its currencies, added up as they are."""
        return sum((amount for _, amount in self._credits), ZERO)

    @cached_property
    def _credits(self) -> list[tuple[Row, Decimal]]:
        found = []
        for name, row in self.documents.items():
            reduced = self.states[name].reduced
            if row["kind"] == "invoice":
                found.append((row, max(reduced - row["amount"], ZERO)))
            else:
                found.append((row, (ZERO if self.named(row) else row["amount"]) - reduced))
        home = self.book["customers"][0]
        sign = {"reversal": -1}
        return found + [(home, sign.get(row["kind"], 1) * row["amount"]) for row in self.on_account]

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
        """What is open less what is credited; `tests/features_journal.py` keeps it by double entry."""
        return sum((left for left, _, _ in self.open_items), ZERO) - self.credit

    @property
    def remaining(self) -> list[tuple[Decimal, Decimal, int]]:
        """Per bucket what open credits leave of it, amount times age, and its items; the oldest is reduced first."""
        found = []
        for over, until in BUCKETS:
            rows = [
                (left, age) for left, age, _ in self.open_items if age > over and (until is None or age <= until)
            ]  # fmt: skip
            gross, net = sum((left for left, _ in rows), ZERO), self.bucket(over, until)
            days = sum((left * age for left, age in rows), ZERO)
            found.append((net, days * net / gross if gross else ZERO, len(rows) if net > 0 else 0))
        return found

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
        return [r for r in rows if r["kind"] == kind and start <= known(r, "issued_on") < end]

    def billing(self, window: int, skip: int = 0, kind: str = "invoice") -> Decimal:
        rows = self.billed(window, skip, kind)
        return sum((self.money(row, row["amount"]) for row in rows), ZERO)

    def earlier(self, days: int) -> Naive:
        return Naive(self.book, self.since(days), self.priced)
