"""Ledgers small enough to reckon by hand, as files by contract, and the position that the features' ledger makes of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from contracts.config.engine import EngineConfig
from contracts.config.settlement import SettlementConfig
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import write_table
from features.engine.backend import checked, connected, opened
from features.matrix.asked import READ
from features.matrix.position import position
from features.matrix.trading import trading
from tests.features_books import portfolio

EXACT = SettlementConfig(amount=Decimal(0), share=0.0)
"""Nothing that is left of an invoice counts as settled."""
DEFAULTS: dict[str, dict[str, Any]] = {
    "customers": {
        "name": "Ltd", "country": "DE", "industry": None, "legal_form": None, "is_natural_person": False,
        "founded_on": None, "onboarded_on": date(2015, 1, 1), "parent_id": None, "currency": "EUR",
    },
    "credit_terms": {
        "valid_from": date(2020, 1, 1), "credit_limit": None, "payment_terms_days": 30,
        "insured_limit": None, "insured_share": None,
    },
    "invoices": {"currency": "EUR", "kind": "invoice"},
    "payments": {"kind": "payment"},
    "disputes": {"closed_on": None, "reason": None},
    "financials": {"months": 12, "currency": "EUR"},
    "events": {"amount": None, "detail": None},
    "fx_rates": {},
}  # fmt: skip


def written(folder: Path, **tables: list[dict[str, Any]]) -> dict[str, Path]:
    """Writes tables by contract: rows as dicts, with what a test does not care for filled in."""
    paths = {}
    for name, rows in tables.items():
        contract = RAW_TABLES[name]
        full = [dict.fromkeys(contract.column_names) | DEFAULTS[name] | row for row in rows]
        for row in full:
            for column in contract.columns:
                value = row[column.name]
                if column.kind in {"money", "rate"} and value is not None:
                    row[column.name] = Decimal(str(value))
            if name in {"invoices", "payments"} and row["booked_at"] is None:
                row["booked_at"] = row["issued_on" if name == "invoices" else "paid_on"]
        paths[name] = folder / f"{name}.parquet"
        frame = pd.DataFrame(full, columns=list(contract.column_names))
        write_table(frame, paths[name], contract)
    return paths


def position_of(
    tables: Mapping[str, Path],
    days: Collection[date],
    folder: Path,
    threads: int = 2,
    settlement: SettlementConfig | None = None,
) -> pa.Table:
    """The position of some days in EUR, from the tables' files; at the portfolio's tolerances unless told otherwise."""
    asked = portfolio() if settlement is None else portfolio(settlement=settlement)
    engine = EngineConfig(threads=threads)
    with connected(engine, folder / "spill") as con:
        read = {
            name: checked(opened(con, tables[name], name), RAW_TABLES[name])
            for name in READ
            if name in tables
        }
        return position(con, read, asked, list(days))


def trading_of(tables: Mapping[str, Path], days: Collection[date], folder: Path) -> pa.Table:
    """The trading record before the newest of some days in EUR, from the tables' files."""
    with connected(EngineConfig(threads=2), folder / "spill") as con:
        read = {
            name: checked(opened(con, tables[name], name), RAW_TABLES[name])
            for name in READ
            if name in tables
        }
        return trading(con, read, portfolio(), list(days))


def frame_of(table: pa.Table) -> pd.DataFrame:
    """A position as `store.read_table` gives it."""
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame
