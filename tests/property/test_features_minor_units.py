"""Ledgers in currencies without decimals, and of three, balance as the bookkeeper's do: whole dinars of two, and fils in tenths of a dinar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from contracts.config.portfolio import PortfolioConfig
from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.compare import default_differences, position_differences, positions_by_duckdb
from tests.features_books import Row, Tables, portfolio
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


def in_one_currency(tables: Tables, code: str, rate: str, parts: int) -> Tables:
    """All money of the book in this currency, a unit of the book being so many parts of one."""
    found = {name: [dict(row) for row in rows] for name, rows in tables.items()}
    for name, column in (("invoices", "amount"), ("payments", "amount"), ("credit_terms", "credit_limit")):  # fmt: skip
        for row in found[name]:
            if row[column] is not None:
                row[column] /= parts
    for name in ("customers", "invoices"):
        for row in found[name]:
            row["currency"] = code
    found["fx_rates"] = [{"currency": code, "rate_on": date(2021, 12, 1), "rate": Decimal(rate)}]
    return found


def test_dinars_delivered_in_tenths_are_the_bookkeepers_dinars() -> None:
    """As docs/your-own-data.md advises: 12.345 dinars are 123.45 tenths at a tenth of the rate, and a tolerance of 1.00 is 0.10."""
    tables = everyday_book(seeded(32), 60)
    for row in tables["credit_terms"]:
        row |= {"discount_days": None, "discount_rate": None}  # which is rounded to hundredths
    dinars = in_one_currency(tables, "KWD", "3.0123456", 10)
    tenths = in_one_currency(tables, "QTK", "0.30123456", 1)
    assert any(row["amount"] != round(row["amount"], 2) for row in dinars["invoices"])

    def ask(_: Tables, __: PortfolioConfig, days: Sequence[date]) -> list[Row]:
        return positions_by_duckdb(tenths, portfolio(settlement={"amount": "1.00", "share": 0}), days)  # fmt: skip

    ours = portfolio(settlement={"amount": "0.10", "share": 0})
    assert not position_differences(dinars, DAYS, ours, ask)
