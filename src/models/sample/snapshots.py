"""Days of decision chosen from many: those whose outcome windows do not overlap, and the newest."""

from __future__ import annotations

from typing import Any

import pandas as pd


def snapshots(as_of: pd.Series[Any], horizon_months: int) -> list[pd.Timestamp]:
    """Dates of decision whose outcome windows do not overlap: the newest, then a horizon earlier, and so on.

    A customer that defaults once is a default in every monthly row of the twelve months before. On these
    dates it counts once, so tests that assume independent outcomes may be used.

    Args:
        as_of: dates of decision, any order, repeated.
        horizon_months: length of an outcome window.

    >>> days = pd.Series(pd.to_datetime(["2023-12-31", "2024-06-30", "2024-12-31"]))
    >>> [str(day.date()) for day in snapshots(days, 12)]
    ['2023-12-31', '2024-12-31']
    """
    chosen: list[pd.Timestamp] = []
    for day in sorted(pd.DatetimeIndex(as_of.dropna().unique()), reverse=True):
        # month ends differ in length: a day of grace keeps 2024-02-29 a horizon before 2025-02-28
        if not chosen or day <= chosen[-1] - pd.DateOffset(months=horizon_months, days=-1):
            chosen.append(day)
    return sorted(chosen)


def newest_months(as_of: pd.Series[Any], months: int) -> pd.Series[Any]:
    """Whether a row is in the newest so many months: later than the newest date less these months."""
    newest = as_of.max()
    start = newest - pd.DateOffset(months=months)
    return pd.Series(as_of > start, index=as_of.index)
