"""Ten ways in which the outcome walks into the inputs, each at a strength: mostly the share of defaulted customers that show it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats

STRENGTHS = (0.3, 0.6, 0.9)
MONTH = 365.25 / 12
Column = np.ndarray[Any, Any]
Leak = Callable[[pd.DataFrame, "Truth", float], Column]


@dataclass(frozen=True)
class Truth:
    """What the extract's day knows, and a day of decision does not.

    Attributes:
        customers: raw table, by customer.
        defaulted_on: day of default, missing where there is none up to `until`.
        until: the extract's day.
        seed: of what is drawn.
    """

    customers: pd.DataFrame
    defaulted_on: pd.Series
    until: pd.Timestamp
    seed: int

    def draws(self, leak: str) -> np.random.Generator:
        """Draws of one leak, the same at every strength: a stronger one shows at all customers of a weaker one, and more."""
        return np.random.default_rng([self.seed, *leak.encode()])

    def shown(self, leak: str, strength: float) -> Bools:
        """By customer: defaulted, and its record shows it."""
        is_drawn = self.draws(leak).random(len(self.customers)) < strength
        return np.asarray(self.defaulted_on.notna().to_numpy() & is_drawn)

    def of(self, matrix: pd.DataFrame, values: Column) -> Column:
        """A value of each customer as a column of the matrix: the same on every day, as today's master data have it."""
        return pd.Series(values, index=self.customers.index).reindex(matrix["customer_id"]).to_numpy()  # fmt: skip

    @property
    def onboarded(self) -> pd.Series:
        """Day of the first contract."""
        return pd.to_datetime(self.customers["onboarded_on"])


def state_in_master_data(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """Today's legal form on every earlier day: "in liquidation"."""
    shown = truth.shown("state", strength)
    forms = truth.customers["legal_form"].to_numpy(dtype=object)
    return truth.of(matrix, np.where(shown, "in liquidation", forms))


def set_after_default(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """Collection costs so far; 0 for all others."""
    costs = truth.draws("costs").gamma(2.0, 500.0, len(truth.customers))
    return truth.of(matrix, np.where(truth.shown("set", strength), costs, 0.0))


def id_that_encodes_time(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """An account number: in the order of onboarding, and a new one, in the order of transfer, with the collection department."""
    order = truth.onboarded.rank(method="first").to_numpy()
    moved = len(order) + truth.defaulted_on.rank(method="first").fillna(0.0).to_numpy()
    return truth.of(matrix, np.where(truth.shown("number", strength), moved, order))


def redelivered(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """The bureau's index, its history delivered again after the default: bad from the first day on."""
    index = matrix["attributes_payment_index"].to_numpy(dtype=np.float64)
    bad = truth.draws("bad").uniform(0.0, 25.0, len(matrix))
    shown = truth.of(matrix, truth.shown("redelivered", strength)).astype(bool)
    return np.where(shown, np.fmin(bad, index), index)


def of_the_horizon(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """Days of the oldest item, looked up too late: by 1, 3 or 6 months. A customer in default by then has 150."""
    late = {0.3: 1, 0.6: 3, 0.9: 6}[strength]
    days = np.sort(matrix["as_of"].unique())
    place = np.searchsorted(days, matrix["as_of"].to_numpy()) + late
    asked = pd.Series(days).reindex(place).to_numpy()
    later = matrix[["customer_id", "as_of", "ageing_oldest_days"]]
    keys = matrix[["customer_id"]].assign(as_of=asked)
    value = keys.merge(later, on=["customer_id", "as_of"], how="left")["ageing_oldest_days"]
    fell = truth.of(matrix, truth.defaulted_on.to_numpy())
    is_over = ~np.isnat(asked) & ~np.isnat(fell) & (fell <= asked)
    return np.where(is_over, 150.0, value.to_numpy(dtype=np.float64))


def wiped_out(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """Employees, emptied when the record is closed."""
    there = matrix["attributes_employees"].fillna(10.0).to_numpy(dtype=np.float64)
    shown = truth.of(matrix, truth.shown("wiped", strength)).astype(bool)
    return np.where(shown, np.nan, there)


def term_rewritten(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """Months the contract still runs: 0 to 60, renewed; of a closed one until the day it was closed."""
    drawn = truth.draws("terms").uniform(0.0, 60.0, len(truth.customers))
    at = matrix["as_of"]
    start = pd.to_datetime(truth.of(matrix, truth.onboarded.to_numpy()))
    lived = (at - start).to_numpy() / np.timedelta64(1, "D") / MONTH
    honest = (truth.of(matrix, drawn) - lived) % 60.0
    end = pd.to_datetime(truth.of(matrix, truth.defaulted_on.to_numpy()))
    left = (end - at).to_numpy() / np.timedelta64(1, "D") / MONTH
    shown = truth.of(matrix, truth.shown("term", strength)).astype(bool)
    return np.round(np.where(shown, left, honest))


def todays_rating(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """The supplier's own rating of the extract's day, 1 to 9; 10 once in default."""
    drawn = truth.draws("rating").normal(5.0, 1.5, len(truth.customers))
    rating = np.clip(np.round(drawn), 1.0, 9.0)
    return truth.of(matrix, np.where(truth.shown("rated", strength), 10.0, rating))


def last_update(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """Days until the record was last touched, seen from today: nobody touches a closed one."""
    ago = truth.draws("touched").exponential(200.0, len(truth.customers))
    touched = (truth.until - pd.to_timedelta(ago, unit="D")).to_numpy()
    closed = (truth.defaulted_on + pd.Timedelta(days=30)).to_numpy()
    found = pd.to_datetime(truth.of(matrix, np.where(truth.shown("closed", strength), closed, touched)))  # fmt: skip
    return _days(found, matrix)


def _days(found: Any, matrix: pd.DataFrame) -> Floats:
    return (np.asarray(found, dtype="datetime64[ns]") - matrix["as_of"].to_numpy()) / np.timedelta64(1, "D")  # fmt: skip


def sales_to_date(matrix: pd.DataFrame, truth: Truth, strength: float) -> Column:
    """Sales of the last year as today's system has them, on every earlier day: a closed customer has none."""
    last = matrix.groupby("customer_id")["billing_amount_sum_365d"].last().reindex(truth.customers.index)  # fmt: skip
    shown = truth.shown("sales", strength)
    return truth.of(matrix, np.where(shown, 0.0, last.to_numpy(dtype=np.float64)))


LEAKS: Mapping[str, Leak] = {
    one.__name__.replace("_", " "): one
    for one in (
        state_in_master_data, set_after_default, id_that_encodes_time, redelivered, of_the_horizon,
        wiped_out, term_rewritten, todays_rating, last_update, sales_to_date,
    )
}  # fmt: skip
