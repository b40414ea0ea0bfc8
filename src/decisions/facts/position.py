"""What customers owe on a day, from the position that the features' ledger computed (contract `POSITION`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd

from contracts.errors import ContractError
from contracts.tables.ledger import BUCKETS

LONG_OVERDUE = ("31-60", "61-90", "90+")


@dataclass(frozen=True, slots=True)
class Position:
    """What was owed, by customer.

    Attributes:
        customers: index customer_id; columns exposure, overdue, disputed and one per bucket (Decimal, reporting
            currency), and oldest_days. Only customers that owe something.
    """

    customers: pd.DataFrame

    def total(self, column: str) -> Decimal:
        """Sum over all customers, exact."""
        return sum(self.customers[column], Decimal(0))

    def of(self, customers: Collection[str]) -> Position:
        """The same of these customers alone."""
        return Position(self.customers[self.customers.index.isin(customers)])

    def ageing(self) -> dict[str, Decimal]:
        """Open balance by bucket; the buckets add up to the exposure."""
        return {bucket: self.total(bucket) for bucket in BUCKETS}


def position_on(table: pd.DataFrame, day: date) -> Position:
    """The position on one day: of the table's rows, those of customers that owe something."""
    rows = _of_day(table, day)
    return Position(
        rows.loc[rows["exposure"] > 0, ["exposure", "overdue", "disputed", *BUCKETS, "oldest_days"]]
    )


def peaks(table: pd.DataFrame, day: date) -> pd.DataFrame:
    """`peak_balance` by customer, on the newest day of the table; absent where it is not above 0."""
    return _of_day(table, day)[["peak_balance"]]


def check_days(table: pd.DataFrame, days: Collection[date], name: str = "position") -> None:
    """Raises ContractError where the table holds a day that is not one of these: it is that of another book."""
    found = {pd.Timestamp(day).date() for day in table["as_of"].unique()}
    if other := sorted(found - set(days)):
        raise ContractError(
            f"The table {name} is not that of this book.",
            where=f"data/features/{name}.parquet",
            value=", ".join(map(str, other)),
            next_step="Run featurize again: `dvc repro featurize`.",
        )


def _of_day(table: pd.DataFrame, day: date) -> pd.DataFrame:
    return table[table["as_of"] == pd.Timestamp(day)].set_index("customer_id").sort_index()
