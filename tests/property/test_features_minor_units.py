"""Two hundred random ledgers in yen, euros, dollars and dinars balance as the bookkeeper's do, to the yen, cent and fils."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.bookkeeper import compare
from tests.bookkeeper.compare import (
    balance_differences,
    default_differences,
    position_differences,
    positions_by_duckdb,
)
from tests.bookkeeper.currencies import ledgers
from tests.features_books import START, Tables, customer, invoice, payment, portfolio

pytestmark = pytest.mark.long

DAYS = (date(2022, 7, 1), date(2023, 3, 1))


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


def test_two_hundred_ledgers_balance_on_every_day_as_the_bookkeepers_do() -> None:
    """On account, returned, discounted, with fees, in instalments, cancelled by credit notes; two currencies in some."""
    tables = ledgers(33, 200, ("JPY", "EUR", "KWD", "USD"))
    kinds = {(row["kind"], row["invoice_id"] is None) for row in tables["payments"]}
    assert kinds >= {("payment", True), ("reversal", True), ("payment", False), ("reversal", False), ("discount", False), ("fee", False)}  # fmt: skip
    assert any("/" in row["invoice_id"] for row in tables["invoices"])
    cancelled = {row["credits"]: row["amount"] for row in tables["invoices"] if row["credits"]}
    assert any(cancelled.get(row["invoice_id"]) == row["amount"] for row in tables["invoices"])
    assert not balance_differences(tables, START + timedelta(days=1), 17 * 35)


def test_a_balance_that_moves_on_one_day_alone_is_seen() -> None:
    """5.00 that are known on one day and back on the next: of 600 days the book differs on one."""
    tables = ledgers(33, 4, ("EUR",))
    whose = tables["customers"][0]["customer_id"]
    loose = payment("more", None, 300, "5.00", customer_id=whose)
    back = payment("less", None, 301, "5.00", customer_id=whose, kind="reversal")
    seen = balance_differences(
        tables | {"payments": [*tables["payments"], loose, back]}, START, 600
    )
    assert not seen
    positions = compare.positions_by_duckdb
    with pytest.MonkeyPatch.context() as patch:
        # the engine is not told of the two
        patch.setattr(compare, "positions_by_duckdb", lambda _, *asked: positions(tables, *asked))
        moved = tables | {"payments": [*tables["payments"], loose, back]}
        days = {one.as_of for one in balance_differences(moved, START, 600)}
    assert days == {START + timedelta(days=301)}


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
