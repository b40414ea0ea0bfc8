"""Customers of whom a default event was set aside: what the stages that follow know of them, and do not."""

from __future__ import annotations

from datetime import date

import pandas as pd

from contracts.tables.raw import CUSTOMERS
from contracts.tables.store import read_table
from features.labels.unheard import unheard, unknown_on
from pipelines import paths
from pipelines.settings import Settings


def set_aside(settings: Settings) -> pd.DataFrame:
    """By customer the span that its events could touch (`features.labels.unheard.unheard`); empty where none was set aside."""
    aside, portfolio = paths.QUARANTINE / "events.parquet", settings.portfolio
    events = pd.read_parquet(aside) if aside.is_file() else pd.DataFrame(columns=["customer_id"])
    customers = read_table(paths.VALID / "customers.parquet", CUSTOMERS, columns=["customer_id"])
    known = set(customers["customer_id"])
    return unheard(events, known, portfolio.complete_until, portfolio.default.cure_days)


def untold_on(settings: Settings, day: date) -> frozenset[str]:
    """Of whom nobody knows whether they are in default on a day of decision."""
    return unknown_on(set_aside(settings), day)
