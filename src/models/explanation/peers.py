"""With whom a customer is compared: the newest healthy customers, of its own industry where there are enough of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats

SPAN = pd.DateOffset(months=12)
Typical = float | str | None
EVERY_INDUSTRY = ""
"""Name of the group of all healthy customers."""
OF_THE_DAY = "customer_industry"
"""The feature that says what industry a customer had on the day of decision."""


def industries(rows: pd.DataFrame, today: Mapping[str, object]) -> list[object]:
    """The industry of each row's customer on its day of decision; that of today where the matrix does not hold it.

    Args:
        rows: of the matrix.
        today: by customer, what its record says now.

    >>> rows = pd.DataFrame({"customer_id": ["A", "B"], "customer_industry": ["steel", None]})
    >>> industries(rows, {"A": "food", "B": "food"}), industries(rows[["customer_id"]], {"A": "food"})
    (['steel', None], ['food', None])
    """
    if OF_THE_DAY in rows:
        return [None if pd.isna(one) else str(one) for one in rows[OF_THE_DAY]]
    return [today.get(one) for one in rows["customer_id"]]


def recent(matured: pd.DataFrame) -> pd.DataFrame:
    """The rows of the twelve months up to the last of all."""
    found: pd.DataFrame = matured[matured["as_of"] > matured["as_of"].max() - SPAN]
    return found


def newest_healthy(matured: pd.DataFrame) -> pd.DataFrame:
    """The newest observation of each customer within twelve months up to the last matured one, if it did not default.

    A customer that is healthy on one day and defaults on the next is not healthy; so its newest observation decides.

    Args:
        matured: customer_id, as_of, defaulted (not missing) and features, at least one row.
    """
    newest = (
        recent(matured).sort_values(["customer_id", "as_of"], kind="stable").groupby("customer_id")
    )
    last: pd.DataFrame = newest.tail(1)
    return last[~last["defaulted"].astype(bool)].reset_index(drop=True)


@dataclass(frozen=True, slots=True)
class Peers:
    """What is typical of the healthy.

    Attributes:
        since, until: first and last day that they were observed on.
        customers: how many they are, in all industries.
        group: industry to the typical value of each feature, for those with enough members; and `EVERY_INDUSTRY`.
    """

    since: date
    until: date
    customers: int
    group: Mapping[str, Mapping[str, Typical]]

    def of(self, industries: Sequence[object]) -> list[str]:
        """The group that each customer is compared with."""
        return [
            str(one) if isinstance(one, str) and one in self.group else EVERY_INDUSTRY
            for one in industries
        ]

    def typical(self, feature: str, groups: Sequence[str]) -> list[Typical]:
        """The value typical of each group."""
        return [self.group[one][feature] for one in groups]

    def as_json(self) -> dict[str, object]:
        """Of whom and of when, for the pages that show the comparison."""
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "customers": self.customers,
            "industries": sorted(name for name in self.group if name != EVERY_INDUSTRY),
        }


def peers(
    healthy: pd.DataFrame, industries: Sequence[object], names: Sequence[str], least: int
) -> Peers:
    """Typical values: the median of a number, the commonest level of a category.

    Args:
        healthy: see `newest_healthy`.
        industries: of its rows; missing where not known.
        names: the features.
        least: members that an industry needs to be a group of its own.

    >>> rows = pd.DataFrame({"as_of": pd.Timestamp("2024-12-01"), "late": [1.0, 2.0, 3.0, 40.0]})
    >>> found = peers(rows, ["steel", "steel", "steel", None], ["late"], least=3)
    >>> found.typical("late", found.of(["steel", "food", None]))
    [2.0, 2.5, 2.5]
    """
    industry = pd.Series(list(industries), dtype="object")
    members = {EVERY_INDUSTRY: np.ones(len(healthy), dtype=np.bool_)}
    for name in sorted(industry.dropna().unique()):
        mask: Bools = (industry == name).to_numpy(dtype=np.bool_)
        if mask.sum() >= least:
            members[str(name)] = mask
    numeric = [name for name in names if pd.api.types.is_numeric_dtype(healthy[name])]
    numbers = np.empty((len(healthy), len(numeric)))
    for place, name in enumerate(numeric):
        numbers[:, place] = healthy[name].to_numpy(dtype=np.float64, na_value=np.nan)
    group: dict[str, dict[str, Typical]] = {}
    for label, mask in members.items():
        found = dict(zip(numeric, _medians(numbers[mask]), strict=True))
        group[label] = {name: found[name] if name in found else _commonest(healthy.loc[mask, name].dropna()) for name in names}  # fmt: skip
    days = healthy["as_of"]
    return Peers(days.min().date(), days.max().date(), len(healthy), group)


def _medians(numbers: Floats) -> list[float | None]:
    """The median of what is known in each column, None where nothing is; all columns at once, for there are 50 groups of 185.

    >>> _medians(np.array([[1.0, np.nan, 3.0], [4.0, np.nan, np.nan]]))
    [2.5, None, 3.0]
    """
    return [None if np.isnan(one) else one for one in pd.DataFrame(numbers).median().tolist()]


def _commonest(present: pd.Series[Any]) -> Typical:
    return str(present.astype(str).mode().iloc[0]) if len(present) else None
