"""Customers of whom a default event, or an overdue invoice, was set aside: what the stages that follow know of them, and do not."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from contracts.tables.raw import CUSTOMERS, PAYMENT_KINDS
from contracts.tables.store import read_table
from features.labels.doubted import Aside, doubted
from features.labels.unheard import unheard, unknown_on
from pipelines import paths
from pipelines.settings import Settings

_INVOICES = ("invoices", "payments")


def set_aside(settings: Settings) -> pd.DataFrame:
    """By customer the span that its events (`features.labels.unheard`) and invoices (`doubted`) could touch; empty where none was set aside."""
    portfolio = settings.portfolio
    events = _aside("events")
    customers = read_table(paths.VALID / "customers.parquet", CUSTOMERS, columns=["customer_id"])
    known = set(customers["customer_id"])
    if events is None:
        events = pd.DataFrame(columns=["customer_id"])
    found = unheard(events, known, portfolio.complete_until, portfolio.default.cure_days)
    invoices, payments = (_aside(name) for name in _INVOICES)
    if invoices is None or payments is None or invoices.empty:
        return found
    paid = _paid(set(invoices["customer_id"].dropna()) & known)
    more = doubted(Aside(invoices, payments, paid, known, _highest()), portfolio)
    return pd.concat([found, more], ignore_index=True) if len(more) else found


def _aside(name: str) -> pd.DataFrame | None:
    """The rows of a table that were set aside; None where it was not delivered."""
    path = paths.QUARANTINE / f"{name}.parquet"
    return pd.read_parquet(path) if path.is_file() else None


def _highest() -> dict[str, float]:
    """By currency the highest rate of all days; of what was set aside the day of the rate may be what nobody can read."""
    path = paths.VALID / "fx_rates.parquet"
    if not path.is_file():
        return {}
    rates = pd.read_parquet(path, columns=["currency", "rate"])
    return {
        str(code): float(rate) for code, rate in rates.groupby("currency")["rate"].max().items()
    }


def _paid(customers: Collection[str]) -> pd.DataFrame:
    """The invoices of these customers that are used and were paid: customer_id, issued_on, paid_on (the first payment)."""
    items = _rows("invoices", ["invoice_id", "customer_id", "issued_on"], "customer_id", customers)
    money = _rows("payments", ["invoice_id", "paid_on", "kind"], "invoice_id", set(items["invoice_id"]))  # fmt: skip
    money = money[money["kind"].eq(PAYMENT_KINDS[0])]
    first = money.groupby("invoice_id", as_index=False)["paid_on"].min()
    both: pd.DataFrame = items.merge(first, on="invoice_id")
    return both


def _rows(name: str, columns: list[str], key: str, wanted: Collection[str]) -> pd.DataFrame:
    path: Path = paths.VALID / f"{name}.parquet"
    rows = pq.read_table(path, columns=columns, filters=[(key, "in", sorted(wanted))] if wanted else None)  # fmt: skip
    found: pd.DataFrame = rows.to_pandas()
    return found if wanted else found.iloc[:0]


def untold_on(settings: Settings, day: date) -> frozenset[str]:
    """Of whom nobody knows whether they are in default on a day of decision."""
    return unknown_on(set_aside(settings), day)
