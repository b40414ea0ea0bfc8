"""Two hundred random ledgers in yen, euros, dollars and dinars balance as the bookkeeper's do, to the yen, cent and fils."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

import pytest

from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.compare import (
    default_differences,
    position_differences,
    positions_by_duckdb,
)
from tests.bookkeeper.items import smallest_of
from tests.features_books import START, Tables, customer, invoice, payment, portfolio
from tests.features_random import seeded

DAYS = (date(2022, 7, 1), date(2023, 3, 1))
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


def unplanned(tables: Tables) -> Tables:
    """Without payment plans, of which `tests/cases` has the kept and the broken."""
    return tables | {"events": [row for row in tables["events"] if row["kind"] != "payment_plan"]}


def places(tables: Tables, code: str) -> set[int]:
    """How many decimals the invoices of a currency show."""
    shown = [row["amount"].normalize() for row in tables["invoices"] if row["currency"] == code]
    return {max(-int(one.as_tuple().exponent), 0) for one in shown}


@pytest.mark.parametrize(
    ("codes", "reporting"),
    [(("KWD",), "KWD"), (("JPY",), "JPY"), (("JPY", "EUR", "KWD", "USD"), "EUR"), (("EUR", "KWD", "JPY"), "KWD")],
)  # fmt: skip
def test_positions_and_defaults_are_the_bookkeepers(codes: tuple[str, ...], reporting: str) -> None:
    tables = ledgers(31, 60, codes, reporting)
    assert {row["currency"] for row in tables["invoices"]} == set(codes)
    if "KWD" in codes:
        assert 3 in places(tables, "KWD")
    if "JPY" in codes:
        assert places(tables, "JPY") == {0}
    config = portfolio(reporting_currency=reporting)
    assert not position_differences(tables, DAYS, config)
    assert not default_differences(unplanned(tables), "irb_90dpd", date(2023, 9, 1), config)


def test_two_hundred_ledgers_balance_on_every_day_asked_as_the_bookkeepers_do() -> None:
    """On account, returned, discounted, with fees, in instalments, cancelled by credit notes; two currencies in some."""
    tables = ledgers(33, 200, ("JPY", "EUR", "KWD", "USD"))
    kinds = {(row["kind"], row["invoice_id"] is None) for row in tables["payments"]}
    assert kinds >= {("payment", True), ("reversal", True), ("payment", False), ("reversal", False), ("discount", False), ("fee", False)}  # fmt: skip
    assert any("/" in row["invoice_id"] for row in tables["invoices"])
    cancelled = {row["credits"]: row["amount"] for row in tables["invoices"] if row["credits"]}
    assert any(cancelled.get(row["invoice_id"]) == row["amount"] for row in tables["invoices"])
    days = [START + timedelta(days=17 * step) for step in range(1, 36)]
    assert not position_differences(tables, days)


def test_a_fils_is_not_lost() -> None:
    """12.345 dinars of which 12.344 are paid: a fils is open where nothing is tolerated, and nothing within a tolerance of one."""
    on = date(2022, 6, 1)
    tables: Tables = {
        "customers": [customer("K", currency="KWD")],
        "invoices": [invoice("X", "K", 0, "12.345", currency="KWD")],
        "payments": [payment("P", "X", 20, "12.344")],
        "fx_rates": [{"currency": "KWD", "rate_on": date(2021, 12, 1), "rate": Decimal("3.0")}],
    }

    def exposure(reporting: str, tolerated: str) -> Decimal:
        config = portfolio(
            settlement={"amount": tolerated, "share": 0}, reporting_currency=reporting
        )
        return sum(
            (row["exposure"] for row in positions_by_duckdb(tables, config, [on])), Decimal(0)
        )

    assert exposure("KWD", "0") == Decimal("0.001")
    assert exposure("EUR", "0") == Decimal("0.00")  # 0.003 to the cent
    assert exposure("KWD", "0.001") == 0
