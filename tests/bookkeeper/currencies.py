"""Everyday books in currencies of no, two and three decimals, with instalments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.items import smallest_of
from tests.features_books import Tables
from tests.features_random import seeded

RATES = {
    "EUR": Decimal("0.90817261"),
    "USD": Decimal("0.87654321"),
    "JPY": Decimal("0.00612345"),
    "KWD": Decimal("3.01234567"),
}
UNITS = {"EUR": Decimal(1), "USD": Decimal(1), "JPY": Decimal(100), "KWD": Decimal("0.3217")}
"""Of the currency, for one unit of the book: amounts with as many places as the currency has."""


def ledgers(seed: int, customers: int, codes: Sequence[str], reporting: str = "EUR") -> Tables:
    """An everyday book with instalments, whose customers are billed in these currencies in turn, some in another as well."""
    tables = everyday_book(seeded(seed), customers)
    home, other = {}, {}
    for place, row in enumerate(tables["customers"]):
        home[row["customer_id"]] = codes[place % len(codes)]
        other[row["customer_id"]] = codes[(place + 1) % len(codes)]
    billed_at_home = {row["customer_id"]: row["currency"] for row in tables["customers"]}

    def code(whose: str, currency: str) -> str:
        return home[whose] if currency == billed_at_home[whose] else other[whose]

    for row in tables["invoices"]:
        row["currency"] = code(row["customer_id"], row["currency"])
        row["amount"] = in_currency(row["amount"], row["currency"])
    of = {row["invoice_id"]: row["currency"] for row in tables["invoices"]}
    for row in tables["payments"]:
        row["amount"] = in_currency(row["amount"], of[row["invoice_id"]] if row["invoice_id"] else home[row["customer_id"]])  # fmt: skip
    for row in tables["customers"]:
        row["currency"] = home[row["customer_id"]]
    for row in tables["credit_terms"]:
        if row["credit_limit"] is not None:
            row["credit_limit"] = in_currency(row["credit_limit"], home[row["customer_id"]])
    tables["fx_rates"] = [
        {"currency": one, "rate_on": date(2021, 12, 1), "rate": rate}
        for one, rate in RATES.items()
        if one != reporting
    ]
    return in_instalments(tables)


def in_currency(amount: Decimal, code: str) -> Decimal:
    return (amount * UNITS[code]).quantize(smallest_of(code))


def in_instalments(tables: Tables) -> Tables:
    """Every ninth invoice that nothing else names falls due in three parts, and each of its payments pays a third of each."""
    named = {row["invoice_id"] for row in tables["disputes"]}
    named |= {row["credits"] for row in tables["invoices"]}
    whole = [row for row in tables["invoices"] if row["kind"] == "invoice" and row["invoice_id"] not in named][::9]  # fmt: skip
    split = {row["invoice_id"]: row for row in whole}
    invoices = [row for row in tables["invoices"] if row["invoice_id"] not in split]
    payments = [row for row in tables["payments"] if row["invoice_id"] not in split]
    for row in whole:
        for part, amount in enumerate(thirds(row["amount"], row["currency"])):
            due = row["due_on"] + timedelta(days=30 * part)
            invoices.append(row | {"invoice_id": f"{row['invoice_id']}/{part}", "due_on": due, "amount": amount})  # fmt: skip
    for row in tables["payments"]:
        if (of := split.get(row["invoice_id"])) is not None:
            for part, amount in enumerate(thirds(row["amount"], of["currency"])):
                payments += [row | {"invoice_id": f"{of['invoice_id']}/{part}", "amount": amount}] if amount else []  # fmt: skip
    return tables | {"invoices": invoices, "payments": payments}


def thirds(amount: Decimal, code: str) -> tuple[Decimal, Decimal, Decimal]:
    part = (amount / 3).quantize(smallest_of(code), ROUND_DOWN)
    return part, part, amount - 2 * part
