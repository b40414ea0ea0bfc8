"""Ledgers in currencies without decimals, and of three whose last is nought, balance as the bookkeeper's do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.compare import default_differences, position_differences
from tests.features_books import Row, Tables
from tests.features_random import seeded

DAYS = (date(2022, 7, 1), date(2023, 3, 1))
PLACES = {"JPY": Decimal(1), "KWD": Decimal("0.01")}
OF = {"EUR": "JPY", "USD": "KWD"}
RATES = {"JPY": Decimal("0.00612345"), "KWD": Decimal("3.01234567")}


def yen_and_dinars(seed: int, customers: int) -> Tables:
    """An everyday book whose euros are a hundred yen each, in whole ones, and whose dollars are dinars."""
    tables = everyday_book(seeded(seed), customers)
    whose = {row["customer_id"]: OF[row["currency"]] for row in tables["customers"]}
    of = {row["invoice_id"]: OF[row["currency"]] for row in tables["invoices"]}
    for name in ("customers", "invoices"):
        for row in tables[name]:
            row["currency"] = OF[row["currency"]]

    def scaled(row: Row, column: str, currency: str) -> None:
        if row.get(column) is not None:
            times = 100 if currency == "JPY" else 1
            row[column] = (row[column] * times).quantize(PLACES[currency])

    for row in tables["invoices"]:
        scaled(row, "amount", row["currency"])
    for row in tables["payments"]:
        scaled(row, "amount", of[row["invoice_id"]] if row["invoice_id"] else whose[row["customer_id"]])  # fmt: skip
    for row in tables["credit_terms"]:
        scaled(row, "credit_limit", whose[row["customer_id"]])
    tables["fx_rates"] = [
        {"currency": code, "rate_on": date(2021, 12, 1), "rate": rate}
        for code, rate in RATES.items()
    ]
    return tables


def test_positions_and_defaults_in_yen_and_dinars_are_the_bookkeepers() -> None:
    tables = yen_and_dinars(31, 60)
    assert {row["currency"] for row in tables["invoices"]} == {"JPY", "KWD"}
    assert all(row["amount"] == row["amount"].to_integral() for row in tables["invoices"] if row["currency"] == "JPY")  # fmt: skip
    assert not position_differences(tables, DAYS)
    tables["events"] = [row for row in tables["events"] if row["kind"] != "payment_plan"]
    assert not default_differences(tables, "irb_90dpd", date(2023, 9, 1))
