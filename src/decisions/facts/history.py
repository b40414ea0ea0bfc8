"""How customers traded in the last twelve months, from the record that the features' ledger made (contract `TRADING`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from contracts.calendar import MONTHS
from decisions.facts.position import check_days

_BILLED = [f"billed_{number}" for number in range(1, MONTHS + 1)]
_BOOKED = [f"booked_{number}" for number in range(1, MONTHS + 1)]
_MONTH_DAYS = 30.4375


def trading(table: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row per customer with a document: what its trading record says.

    Columns (money in reporting currency, Decimal): `billed_3m`, `billed_12m`, invoices by date of issue, less what
    was credited of them; `months_known`, months since the first invoice, 1 to 12 (missing without one); `best_paid_month`, the most
    that was paid of one month's invoices; `days_late`, see the contract (missing where nothing fell due).

    Args:
        table: the record (contract `TRADING`).
        as_of: the day of decision.

    Raises:
        ContractError: the record is that of another day.
    """
    check_days(table, [as_of], "trading")
    rows = table.set_index("customer_id").sort_index()
    known = (pd.Timestamp(as_of) - rows["first_issued"]).dt.days / _MONTH_DAYS
    return pd.DataFrame(
        {
            "billed_3m": rows[_BILLED[:3]].sum(axis="columns"),
            "billed_12m": rows[_BILLED].sum(axis="columns"),
            "best_paid_month": rows["best_paid_month"],
            "months_known": np.clip(known, 1, MONTHS),
            "days_late": rows["days_late"],
        }
    )


def monthly_sales(table: pd.DataFrame, customers: Collection[str] | None = None) -> list[float]:
    """Invoices less credit notes of these customers, or of the whole ledger, booked in each of the last twelve months, newest first.

    By booking, as the balances they are compared with: an invoice booked in October that bears a date of September is in
    the balance at the end of October and not in that of September.
    """
    rows = table if customers is None else table[table["customer_id"].isin(customers)]
    return [float(sum(rows[name], Decimal(0))) for name in _BOOKED]
