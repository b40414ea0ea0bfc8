"""Small ledgers as rows, and ways to run the feature engine on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.tables.raw import FINANCIALS, portfolio_tables
from features.engine.backend import connect, load
from features.labels.cohort import observe
from features.matrix.matrix import build

Row = dict[str, Any]
Tables = dict[str, list[Row]]
START = date(2022, 1, 1)
_OTHER: ContextVar[BaseBackend | None] = ContextVar("_OTHER", default=None)


def on(day: int) -> date:
    """Day number of the test world: 0 is 1 January 2022."""
    return START + timedelta(days=day)


def portfolio(**changes: Any) -> PortfolioConfig:
    """A portfolio in EUR, observed monthly, complete until the end of 2023, 3-month horizon."""
    values: dict[str, Any] = {
        "title": "Test",
        "reporting_currency": "EUR",
        "complete_until": date(2023, 12, 31),
        "horizon_months": 3,
        "source": {"kind": "files", "folder": "x", "files": {"customers": {"path": "a.csv"}}},
        "default": {"preset": "irb_90dpd"},
        "attributes": [
            {
                "name": "employees",
                "dtype": "number",
                "pillar": "business_context",
                "unit": "count",
                "direction": -1,
                "wording_en": "number of employees",
                "wording_zh": "员工人数",
            },
            {
                "name": "region",
                "dtype": "category",
                "pillar": "business_context",
                "unit": "category",
                "wording_en": "region",
                "wording_zh": "地区",
            },
        ],
    }
    return PortfolioConfig.model_validate(values | changes)


def customer(name: str, **changes: Any) -> Row:
    """A customer billed in EUR, known since 2020."""
    return {
        "customer_id": name,
        "name": name,
        "country": "DE",
        "industry": "C",
        "legal_form": "GmbH",
        "is_natural_person": False,
        "founded_on": date(2000, 1, 1),
        "onboarded_on": date(2020, 1, 1),
        "parent_id": None,
        "currency": "EUR",
    } | changes


def invoice(name: str, whose: str, issued: int, amount: str, **changes: Any) -> Row:
    """An invoice issued and booked on the same day, due 30 days later."""
    days = {key: on(value) for key, value in changes.items() if isinstance(value, int)}
    return (
        {
            "invoice_id": name,
            "customer_id": whose,
            "issued_on": on(issued),
            "due_on": on(issued + 30),
            "amount": Decimal(amount),
            "currency": "EUR",
            "kind": "invoice",
            "credits": None,
            "booked_at": on(issued),
        }
        | changes
        | days
    )


def payment(
    name: str, of: str | None, paid: int, amount: str, booked: int | None = None, **changes: Any
) -> Row:
    """A payment, booked on its value date unless told otherwise."""
    return {
        "payment_id": name,
        "invoice_id": of,
        "customer_id": None,
        "paid_on": on(paid),
        "amount": Decimal(amount),
        "kind": "payment",
        "booked_at": on(paid if booked is None else booked),
    } | changes


def dispute(name: str, of: str, opened: int, closed: int | None = None) -> Row:
    """A dispute of an invoice."""
    return {
        "dispute_id": name,
        "invoice_id": of,
        "opened_on": on(opened),
        "closed_on": None if closed is None else on(closed),
        "reason": None,
    }


def event(
    name: str, whose: str, kind: str, occurred: int, known: int | None = None, **changes: Any
) -> Row:
    """A credit event, known on the day it occurred unless told otherwise."""
    return {
        "event_id": name,
        "customer_id": whose,
        "occurred_on": on(occurred),
        "known_on": on(occurred if known is None else known),
        "kind": kind,
        "amount": None,
        "detail": None,
    } | changes


def terms(whose: str, valid: int, limit: str | None, days: int = 30) -> Row:
    """Credit terms without insurance."""
    return {
        "customer_id": whose,
        "valid_from": on(valid),
        "credit_limit": None if limit is None else Decimal(limit),
        "payment_terms_days": days,
        "discount_days": None,
        "discount_rate": None,
        "insured_limit": None,
        "insured_share": None,
    }


def statement(whose: str, period: date, published: date, **lines: Any) -> Row:
    """A statement of 12 months in EUR; lines that are not given are missing."""
    empty: Row = {column.name: None for column in FINANCIALS.columns if column.nullable}
    keys = {"customer_id": whose, "period_end": period, "published_on": published}
    given = {name: Decimal(str(value)) for name, value in lines.items() if name != "months"}
    return empty | keys | {"months": lines.get("months", 12), "currency": "EUR"} | given


def write(
    folder: Path, tables: Mapping[str, list[Row]], config: PortfolioConfig, group_rows: int = 10_000
) -> None:
    """Writes the rows as the stage `validate` would, in row groups of so many."""
    contracts = portfolio_tables(config)
    for name, rows in tables.items():
        arrow = pa.Table.from_pylist(rows, schema=contracts[name].arrow_schema())
        pq.write_table(arrow, folder / f"{name}.parquet", row_group_size=group_rows)


@contextmanager
def answered_by(con: BaseBackend) -> Iterator[None]:
    """Every `engine` within holds its rows in this one, such as a session of Spark, in the place of a DuckDB of its own."""
    token = _OTHER.set(con)
    try:
        yield
    finally:
        _OTHER.reset(token)


@contextmanager
def engine(
    tables: Mapping[str, list[Row]],
    config: PortfolioConfig,
    threads: int = 1,
    group_rows: int = 10_000,
) -> Iterator[tuple[BaseBackend, dict[str, ibis.Table]]]:
    """An engine that holds the rows."""
    with TemporaryDirectory() as folder:
        write(Path(folder), tables, config, group_rows)
        if other := _OTHER.get():
            yield other, load(other, Path(folder), config)
            return
        con = connect(EngineConfig(threads=threads, memory_limit="1GB"), Path(folder) / "spill")
        try:
            yield con, load(con, Path(folder), config)
        finally:
            con.disconnect()


def cohort(tables: Mapping[str, list[Row]], config: PortfolioConfig) -> pd.DataFrame:
    """The cohort of the rows."""
    with engine(tables, config) as (con, loaded):
        return observe(con, loaded, config)


def matrix(
    tables: Mapping[str, list[Row]],
    asked: list[tuple[str, date]],
    config: PortfolioConfig | None = None,
    choice: FeaturesConfig | None = None,
    threads: int = 1,
    group_rows: int = 10_000,
) -> pa.Table:
    """The matrix of the rows at the given (customer, day of decision) pairs."""
    config = config or portfolio()
    names, days = zip(*asked, strict=True)
    frame = pd.DataFrame({"customer_id": names, "as_of": days})
    schema = {"customer_id": "string", "as_of": "date"}
    with engine(tables, config, threads, group_rows) as (con, loaded):
        rows = ibis.memtable(frame, schema=schema)
        return build(con, loaded, rows, config, choice or FeaturesConfig())[0]


def only(tables: Mapping[str, list[Row]], whose: str, day: date, **more: Any) -> Row:
    """The features of one customer on one day."""
    return matrix(tables, [(whose, day)], **more).to_pylist()[0]
