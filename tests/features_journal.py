"""A double-entry book in plain Python, kept from the bookings one day after the other. It shares no code with `src/features`."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from tests.features_books import Row, Tables

ZERO, CENT = Decimal(0), Decimal("0.01")
ITEM, LOOSE, CASH, SALES, GIVEN, HELD, TOLERATED = (
    "item", "loose", "cash", "sales", "given", "held", "tolerated",
)  # fmt: skip
"""Accounts: an invoice; what a customer has in hand; money; sales; discounts and fees; reversals of what was never
paid; what is left of settled invoices. The first two make up what the customer owes."""
OWED = (ITEM, LOOSE)


class Journal:
    """The book of one customer in one currency. Every entry debits one account and credits another with one amount."""

    def __init__(self, tables: Tables, whose: str, currency: str) -> None:
        self.terms = sorted((r for r in tables["credit_terms"] if r["customer_id"] == whose), key=lambda r: r["valid_from"])  # fmt: skip
        documents = [
            r for r in tables["invoices"] if (r["customer_id"], r["currency"]) == (whose, currency)
        ]
        self.invoices = {r["invoice_id"]: r for r in documents if r["kind"] == "invoice"}
        self.notes = {r["invoice_id"]: r for r in documents if r["kind"] == "credit_note"}
        home = next(r["currency"] for r in tables["customers"] if r["customer_id"] == whose)
        self.accounts: Counter[tuple[str, str]] = Counter()
        self.in_time: dict[str, Decimal] = defaultdict(Decimal)
        self.entries: dict[date, list[Row]] = defaultdict(list)
        for row in documents:
            self._on(_known(row, "issued_on"), row)
        for row in tables["payments"]:
            of = self.invoices.get(row["invoice_id"]) or self.notes.get(row["invoice_id"])
            if of is not None:
                self._on(max(_known(row, "paid_on"), _known(of, "issued_on")), row)
            elif row["invoice_id"] is None and row["customer_id"] == whose and currency == home:
                self._on(_known(row, "paid_on"), row)
        for note in self.notes.values():
            of = self.invoices.get(note["credits"])
            if of is not None:
                day = max(_known(note, "issued_on"), _known(of, "issued_on"))
                self._on(day, {"applied": note, "to": of})

    def _on(self, day: date, row: Row) -> None:
        self.entries[day].append(row)

    def balances(self) -> dict[date, Decimal]:
        """What the customer owes at the end of every day on which something was booked."""
        found = {}
        for day in sorted(self.entries):
            for row in self.entries[day]:
                self._enter(row)
            self._tolerate()
            assert sum(self.accounts.values()) == 0  # debits equal credits
            found[day] = sum((v for (kind, _), v in self.accounts.items() if kind in OWED), ZERO)
        return found

    def _entry(self, debit: tuple[str, str], credit: tuple[str, str], amount: Decimal) -> None:
        self.accounts[debit] += amount
        self.accounts[credit] -= amount

    def _enter(self, row: Row) -> None:
        if "applied" in row:
            self._entry((LOOSE, ""), (ITEM, row["to"]["invoice_id"]), row["applied"]["amount"])
            self.in_time[row["to"]["invoice_id"]] += row["applied"]["amount"]
        elif "payment_id" not in row:
            account = (ITEM, row["invoice_id"]) if row["kind"] == "invoice" else (LOOSE, "")
            sign = 1 if row["kind"] == "invoice" else -1
            self._entry(account, (SALES, ""), sign * row["amount"])
        else:
            self._pay(row)

    def _pay(self, row: Row) -> None:
        of = row["invoice_id"]
        sign = -1 if row["kind"] == "reversal" else 1
        other = (GIVEN, "") if row["kind"] in {"discount", "fee"} else (CASH, "")
        if of in self.notes:  # money back to the customer
            self._entry((LOOSE, ""), other, sign * row["amount"])
        elif of is None:
            self._entry(other, (LOOSE, ""), sign * row["amount"])
        else:
            self._entry(other, (ITEM, of), sign * row["amount"])
            until = self._discount(self.invoices[of])[1]
            value = max(row["paid_on"], self.invoices[of]["issued_on"])
            if row["kind"] != "payment" or (until is not None and value <= until):
                self.in_time[of] += sign * row["amount"]

    def _tolerate(self) -> None:
        """End of day: what was set apart comes back, and what is to be set apart now goes."""
        for name in self.invoices:
            for apart in (TOLERATED, HELD):
                back = self.accounts[(apart, name)]
                self._entry((ITEM, name), (apart, name), back)
            owed = self.accounts[(ITEM, name)]
            amount = self.invoices[name]["amount"]
            if owed > amount:  # more went back than ever came
                self._entry((HELD, name), (ITEM, name), owed - amount)
                owed = amount
            if 0 < owed <= self._allowed(name):
                self._entry((TOLERATED, name), (ITEM, name), owed)

    def _allowed(self, name: str) -> Decimal:
        of = self.invoices[name]
        allowed = max(Decimal(1), (of["amount"] * Decimal("0.005")).quantize(CENT, ROUND_FLOOR))
        discount, until = self._discount(of)
        if until is not None and self.in_time[name] >= of["amount"] - discount - allowed:
            allowed += discount
        return allowed

    def _discount(self, of: Row) -> tuple[Decimal, date | None]:
        agreed = None
        for row in self.terms:
            if row["valid_from"] <= of["issued_on"]:
                agreed = row
        if agreed is None or agreed["discount_rate"] is None:
            return ZERO, None
        amount = (of["amount"] * agreed["discount_rate"]).quantize(CENT, ROUND_HALF_UP)
        return amount, of["issued_on"] + timedelta(days=agreed["discount_days"])


def _known(row: Row, happened: str) -> date:
    return max(row[happened], row["booked_at"])
