"""Billing, lateness, terms in force and statements, reckoned by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contracts.errors import ContractError
from decisions.facts.history import monthly_sales, trading
from decisions.facts.known import known_before
from decisions.facts.standing import grants, statements
from tests.positions import frame_of, trading_of

AS_OF = date(2025, 12, 31)
Write = Callable[..., dict[str, Path]]


def read(tables: dict[str, Path], folder: Path) -> pd.DataFrame:
    return trading(frame_of(trading_of(tables, [AS_OF], folder)), AS_OF)


def invoice(number: str, amount: float, issued: date, due: date, **more: Any) -> dict[str, Any]:
    return {
        "invoice_id": number, "customer_id": "A", "amount": amount, "issued_on": issued, "due_on": due,
    } | more  # fmt: skip


LEDGER = {
    "invoices": [
        invoice("old", 900, date(2024, 3, 1), date(2024, 4, 1)),
        invoice("june", 600, date(2025, 6, 10), date(2025, 7, 10)),
        invoice("nov", 300, date(2025, 11, 10), date(2025, 12, 10)),
        invoice("dec", 240, date(2025, 12, 10), date(2026, 1, 10)),
        invoice("note", 40, date(2025, 12, 11), date(2025, 12, 11), kind="credit_note"),
    ],
    "payments": [
        {"payment_id": "1", "invoice_id": "old", "amount": 900, "paid_on": date(2025, 1, 15)},
        {"payment_id": "2", "invoice_id": "june", "amount": 600, "paid_on": date(2025, 7, 20)},
    ],
}


def test_trading_by_hand(write: Write, tmp_path: Path) -> None:
    row = read(write(**LEDGER), tmp_path).loc["A"]
    assert row["billed_3m"] == Decimal("500.00")  # 300 + 240 - 40
    assert row["billed_12m"] == Decimal("1100.00")
    assert row["best_paid_month"] == Decimal("600.00")  # June
    assert row["months_known"] == 12
    # 900 paid 289 days late counts 90, 600 ten days, 260 (300 less the credit note) open for 21 days: 92460 over 1760
    assert row["days_late"] == pytest.approx(92_460 / 1_760)


def test_a_new_customer_is_averaged_over_the_months_it_is_known(
    write: Write, tmp_path: Path
) -> None:
    tables = write(
        invoices=[invoice("n", 100, date(2025, 10, 31), date(2025, 11, 30))], payments=[]
    )
    assert read(tables, tmp_path).loc["A", "months_known"] == pytest.approx(61 / 30.4375)


def one_payment(amount: float, **more: Any) -> dict[str, Any]:
    return {"payment_id": "1", "invoice_id": "june", "amount": amount, "paid_on": date(2025, 7, 10)} | more  # fmt: skip


@pytest.mark.parametrize(
    ("bookings", "best_paid_month", "days_late"),
    [
        pytest.param([one_payment(600)], 600, 0, id="paid on the day it was due"),
        # open since 10 July: 174 days count 90
        pytest.param([one_payment(600), one_payment(600, payment_id="2", kind="reversal", paid_on=date(2025, 7, 17))], 0, 90, id="returned"),
        # 588 in time, and 12 settle without money
        pytest.param([one_payment(588), one_payment(12, payment_id="2", kind="discount")], 588, 0, id="less the discount"),
        # 0.50 is within the tolerance of 1.00: nothing is open that could age
        pytest.param([one_payment(599.5)], 599.5, 0, id="less the fee of a bank"),
        # 100 of 600 were open for 174 days, which count 90
        pytest.param([one_payment(500)], 500, 100 * 90 / 600, id="in part"),
        # value date 40 days after the booking: known on the later of both
        pytest.param([one_payment(600, paid_on=date(2026, 1, 19), booked_at=date(2025, 12, 10))], 0, 90, id="dated ahead"),
        # money of nobody's invoice pays none
        pytest.param([one_payment(600), one_payment(9, payment_id="2", invoice_id=None, customer_id="A")], 600, 0, id="on account"),
    ],
)  # fmt: skip
def test_what_a_booking_says_of_the_record(
    bookings: list[dict[str, Any]],
    best_paid_month: float,
    days_late: float,
    write: Write,
    tmp_path: Path,
) -> None:
    billed = [invoice("june", 600, date(2025, 6, 10), date(2025, 7, 10))]
    row = read(write(invoices=billed, payments=bookings), tmp_path).loc["A"]
    assert row["billed_12m"] == Decimal("600.00")
    assert row["best_paid_month"] == Decimal(str(best_paid_month))
    assert row["days_late"] == pytest.approx(days_late)


def test_a_cancelled_invoice_is_neither_late_nor_paid(write: Write, tmp_path: Path) -> None:
    billed = [
        invoice("june", 600, date(2025, 6, 10), date(2025, 7, 10)),
        invoice("note", 600, date(2025, 6, 20), date(2025, 6, 20), kind="credit_note", credits="june"),
    ]  # fmt: skip
    row = read(write(invoices=billed, payments=[]), tmp_path).loc["A"]
    assert row["billed_12m"] == row["best_paid_month"] == Decimal("0.00")
    assert pd.isna(row["days_late"])


def test_monthly_sales_newest_first(write: Write, tmp_path: Path) -> None:
    sales = monthly_sales(frame_of(trading_of(write(**LEDGER), [AS_OF], tmp_path)))
    assert sales == [200.0, 300.0, 0, 0, 0, 0, 600.0, 0, 0, 0, 0, 0]


def test_the_record_of_another_day_is_refused(write: Write, tmp_path: Path) -> None:
    table = frame_of(trading_of(write(**LEDGER), [date(2025, 11, 30)], tmp_path))
    with pytest.raises(ContractError, match="trading is not that of this book"):
        trading(table, AS_OF)


def test_terms_in_force_on_the_day(write: Write) -> None:
    tables = write(
        customers=[{"customer_id": "A"}, {"customer_id": "B", "currency": "USD"}],
        credit_terms=[
            {"customer_id": "A", "valid_from": date(2024, 1, 1), "credit_limit": 10_000},
            {"customer_id": "A", "valid_from": date(2025, 5, 1), "credit_limit": 8_000, "payment_terms_days": 45,
             "insured_limit": 5_000, "insured_share": 0.9},
            {"customer_id": "A", "valid_from": AS_OF, "credit_limit": 1},
            {"customer_id": "B", "credit_limit": 1_000},
        ],
        fx_rates=[{"currency": "USD", "rate_on": date(2025, 12, 1), "rate": 0.9}],
    )  # fmt: skip
    with known_before(AS_OF, tables, "EUR") as connection:
        found = grants(connection)
    assert found.loc["A", "limit_current"] == Decimal("8000.00")
    assert found.loc["A", "terms_current"] == 45
    assert found.loc["A", "insured_share"] == pytest.approx(0.9)
    assert found.loc["B", "limit_current"] == Decimal("900.00")


def test_the_statement_that_could_be_read(write: Write) -> None:
    def statement(end: date, published: date, equity: float, **more: Any) -> dict[str, Any]:
        row = {"customer_id": "A", "period_end": end, "published_on": published, "equity": equity}
        return row | more

    tables = write(
        financials=[
            statement(date(2023, 12, 31), date(2024, 4, 1), 1),
            statement(date(2024, 12, 31), date(2025, 4, 1), 2, revenue=600, months=6),
            statement(date(2024, 12, 31), date(2025, 9, 1), 3, revenue=700, months=6),
            statement(date(2025, 9, 30), AS_OF, 4),
            statement(date(2022, 12, 31), date(2023, 4, 1), 5) | {"customer_id": "B"},
        ]
    )
    with known_before(AS_OF, tables, "EUR") as connection:
        found = statements(connection, AS_OF, 24)
    # the restatement counts, the one published on the day itself does not; B's is three years old
    assert found.index.tolist() == ["A"]
    assert found.loc["A", "equity"] == Decimal("3.00")
    assert found.loc["A", "turnover"] == Decimal("1400.00")


def test_absent_tables_are_empty() -> None:
    with known_before(AS_OF, {}, "EUR") as connection:
        assert connection.sql("SELECT count(*) FROM invoices").fetchall() == [(0,)]
        assert connection.sql("SELECT currency FROM rates").fetchall() == [("EUR",)]


def test_a_currency_without_a_rate_is_named(write: Write) -> None:
    tables = write(
        invoices=[invoice("i1", 1, date(2025, 11, 1), date(2025, 12, 1), currency="CHF")], payments=[]
    )  # fmt: skip
    with (
        pytest.raises(ContractError, match="no exchange rate") as caught,
        known_before(AS_OF, tables, "EUR"),
    ):
        pass
    assert "CHF (1 invoices)" in str(caught.value)
