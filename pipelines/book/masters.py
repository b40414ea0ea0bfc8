"""The master records of a day of decision, read by contract."""

from __future__ import annotations

from datetime import date

import pandas as pd

from contracts.tables.raw import CUSTOMERS, MASTER_HISTORY
from contracts.tables.store import read_table
from decisions.facts.masters import of_the_day
from pipelines import paths


def masters(day: date) -> pd.DataFrame:
    """Contract CUSTOMERS, as the records were known on the day where their history is delivered."""
    customers = read_table(paths.VALID / "customers.parquet", CUSTOMERS)
    path = paths.VALID / "master_history.parquet"
    return of_the_day(customers, read_table(path, MASTER_HISTORY) if path.is_file() else None, day)
