"""A small clean book that every rule keeps, to break one value at a time; and ways to check and ingest it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import BalanceConfig, PortfolioConfig
from contracts.duck import connect
from contracts.parquet import relaxed_schema
from contracts.tables.raw import portfolio_tables
from quality.delivery.delivery import Delivery
from quality.delivery.finding import Validation
from tests.asked_once import remember_questions

remember_questions()

Row = dict[str, Any]
Tables = dict[str, list[Row]]

PORTFOLIO = PortfolioConfig.model_validate(
    {
        "title": "Test",
        "reporting_currency": "EUR",
        "complete_until": date(2024, 12, 31),
        "source": {"kind": "files", "folder": "extract", "files": {"customers": {"path": "a.csv"}}},
        "default": {"preset": "irb_90dpd"},
        "attributes": [
            {
                "name": name,
                "dtype": dtype,
                "pillar": "business_context",
                "unit": "count",
                "wording_en": name,
                "wording_zh": name,
            }
            for name, dtype in (("employees", "number"), ("region", "category"))
        ],
    }
)

_STATEMENT = {
    column.name: None
    for column in portfolio_tables(PORTFOLIO)["financials"].columns
    if column.nullable
}


def clean_book() -> Tables:
    """Two customers with everything: three invoices and a credit note, one paid, one in dispute and in dollars."""
    customer = {
        "name": "Ada Ltd",
        "country": "DE",
        "industry": None,
        "legal_form": None,
        "is_natural_person": False,
        "founded_on": date(1990, 1, 1),
        "onboarded_on": date(2020, 1, 1),
        "parent_id": None,
        "currency": "EUR",
    }
    invoice = {
        "customer_id": "C1",
        "issued_on": date(2024, 1, 10),
        "due_on": date(2024, 2, 9),
        "amount": Decimal("100.00"),
        "currency": "EUR",
        "kind": "invoice",
        "booked_at": date(2024, 1, 11),
    }
    payment = {
        "paid_on": date(2024, 2, 1),
        "amount": Decimal("50.00"),
        "booked_at": date(2024, 2, 2),
    }
    statement = {
        **_STATEMENT,
        "period_end": date(2023, 12, 31),
        "published_on": date(2024, 5, 1),
        "months": 12,
        "currency": "EUR",
        "total_assets": Decimal(1000),
        "current_assets": Decimal(400),
        "total_liabilities": Decimal(600),
        "current_liabilities": Decimal(300),
        "equity": Decimal(400),
    }
    return {
        "customers": [
            {"customer_id": "C1", **customer},
            {"customer_id": "C2", **customer, "parent_id": "C1", "currency": "USD"},
        ],
        "master_history": [
            {
                "customer_id": one,
                "known_on": date(2020, 1, 1),
                "country": "DE",
                "industry": None,
                "legal_form": "ltd",
                "parent_id": head,
                "is_natural_person": None,
            }
            for one, head in (("C1", None), ("C2", "C1"))
        ],
        "credit_terms": [
            {
                "customer_id": "C1",
                "valid_from": date(2020, 1, 1),
                "credit_limit": Decimal(5000),
                "payment_terms_days": 30,
                "insured_limit": Decimal(1000),
                "insured_share": Decimal("0.9"),
            }
        ],
        "invoices": [
            {"invoice_id": "I1", **invoice},
            {"invoice_id": "I2", **invoice, "customer_id": "C2", "currency": "USD"},
            {"invoice_id": "I3", **invoice, "kind": "credit_note"},
            # of the day after, as an equal one of the same day would be a copy
            {
                "invoice_id": "I4",
                **invoice,
                "issued_on": date(2024, 1, 11),
                "due_on": date(2024, 2, 10),
                "booked_at": date(2024, 1, 12),
            },
        ],
        "payments": [
            {"payment_id": "P1", "invoice_id": "I1", **payment},
            {"payment_id": "P2", "invoice_id": "I1", **payment, "booked_at": date(2024, 2, 5)},
            {"payment_id": "P3", "invoice_id": "I2", **payment},
        ],
        "disputes": [
            {
                "dispute_id": "D1",
                "invoice_id": "I2",
                "opened_on": date(2024, 2, 10),
                "closed_on": None,
                "reason": None,
            }
        ],
        "financials": [{"customer_id": "C1", **statement}],
        "events": [
            {
                "event_id": "E1",
                "customer_id": "C1",
                "occurred_on": date(2024, 6, 1),
                "known_on": date(2024, 6, 2),
                "kind": "legal_action",
                "amount": None,
                "detail": None,
            }
        ],
        "attributes": [
            {"customer_id": "C1", "known_on": date(2024, 1, 1), "employees": 12.0, "region": None}
        ],
        "fx_rates": [
            {"currency": "USD", "rate_on": date(2024, 1, 1), "rate": Decimal("0.8")},
            {"currency": "USD", "rate_on": date(2024, 2, 1), "rate": Decimal("0.9")},
        ],
    }


def broken(table: str, position: int, **values: Any) -> Tables:
    """The clean book with some values of one row changed."""
    tables = copy.deepcopy(clean_book())
    tables[table][position].update(values)
    return tables


def write_raw(tables: Mapping[str, list[Row]], folder: Path) -> Path:
    """The tables as ingest would have written them: by contract, sorted by grain."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        contract = portfolio_tables(PORTFOLIO)[name]
        # what a SELECT may leave out, a row of a test may as well
        unsaid = {
            one.name: one.unsaid or None for one in contract.columns if one.unsaid is not None
        }
        ordered = sorted(
            (unsaid | row for row in rows),
            key=lambda row: [str(row[column]) for column in contract.column_names],
        )
        table = pa.Table.from_pylist(ordered, schema=relaxed_schema(contract))
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def balances(*stated: tuple[str, str, str]) -> tuple[BalanceConfig, ...]:
    """Balances of the general ledger: day, currency, open balance."""
    names = ("on", "currency", "open_balance")
    return tuple(BalanceConfig.model_validate(dict(zip(names, one, strict=True))) for one in stated)


def check(
    tables: Mapping[str, list[Row]], folder: Path, portfolio: PortfolioConfig = PORTFOLIO
) -> Validation:
    """What the rules find."""
    with connect(EngineConfig(threads=1)) as connection:
        return Delivery(connection, write_raw(tables, folder / "raw"), portfolio).check()


def check_and_write(tables: Mapping[str, list[Row]], folder: Path) -> Validation:
    """What the rules find; the rows themselves are written to `valid` and `quarantine`."""
    with connect(EngineConfig(threads=1)) as connection:
        delivery = Delivery(connection, write_raw(tables, folder / "raw"), PORTFOLIO)
        validation = delivery.check()
        for name in ("valid", "quarantine"):
            (folder / name).mkdir()
        delivery.write(folder / "valid", folder / "quarantine")
        return validation


def found(validation: Validation) -> dict[str, int]:
    """`table.rule` -> broken rows, of the rules that found something."""
    return {f"{one.table}.{one.rule.name}": one.broken for one in validation.findings if one.broken}
