"""Billing, lateness, terms in force and statements, reckoned by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from contracts.calendar import months_back
from contracts.errors import ContractError
from decisions.facts.history import monthly_sales, spans, trading
from decisions.facts.known import known_before
from decisions.facts.standing import grants, statements

AS_OF = date(2025, 12, 31)
Write = Callable[..., dict[str, Path]]


def read(tables: dict[str, Path], as_of: date = AS_OF) -> pd.DataFrame:
    with known_before(as_of, tables, "EUR") as connection:
        return trading(connection, as_of)


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


def test_trading_by_hand(write: Write) -> None:
    row = read(write(**LEDGER)).loc["A"]
    assert row["billed_3m"] == Decimal("500.00")  # 300 + 240 - 40
    assert row["billed_12m"] == Decimal("1100.00")
    assert row["best_paid_month"] == Decimal("600.00")  # June
    assert row["months_known"] == 12
    # 900 paid 289 days late counts 90, 600 ten days, 300 open for 21 days: (81000 + 6000 + 6300) / 1800
    assert row["days_late"] == pytest.approx(93_300 / 1_800)


def test_a_new_customer_is_averaged_over_the_months_it_is_known(write: Write) -> None:
    tables = write(
        invoices=[invoice("n", 100, date(2025, 10, 31), date(2025, 11, 30))], payments=[]
    )
    assert read(tables).loc["A", "months_known"] == pytest.approx(61 / 30.4375)


def test_spans_are_twelve_touching_months() -> None:
    frame = spans(AS_OF)
    assert len(frame) == 12
    assert (frame["from_day"].iloc[:-1].to_numpy() == frame["until_day"].iloc[1:].to_numpy()).all()
    assert months_back(AS_OF, 10) == date(2025, 2, 28)


def test_monthly_sales_newest_first(write: Write) -> None:
    with known_before(AS_OF, write(**LEDGER), "EUR") as connection:
        trading(connection, AS_OF)
        sales = monthly_sales(connection)
    assert sales == [200.0, 300.0, 0, 0, 0, 0, 600.0, 0, 0, 0, 0, 0]


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
    with pytest.raises(ContractError, match="no exchange rate") as caught:
        read(tables)
    assert "CHF (1 invoices)" in str(caught.value)
