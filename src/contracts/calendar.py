"""The one calendar: months added and counted back, ends of periods, horizons, and days of decision chosen from many.

A month added to a day without such a day ends with its month: 31 January + 1 month = 29 February 2024. Single days are
`date`; columns of days are numpy or pandas.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

MONTHS = 12
EPOCH = date(1970, 1, 1)
"""Day number 0."""
COMPARED_MONTHS = 3
"""A book is compared with the newest one at least so many months older."""
Days = np.ndarray[Any, Any]


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month where it has fewer days.

    >>> add_months(date(2024, 1, 31), 1), add_months(date(2024, 2, 29), -12)
    (datetime.date(2024, 2, 29), datetime.date(2023, 2, 28))
    """
    years, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return _clamped(years, month + 1, day.day)


def months_back(day: date, months: int) -> date:
    """The same day so many months earlier, or the last day of that month.

    >>> months_back(date(2025, 12, 31), 1)
    datetime.date(2025, 11, 30)
    """
    return add_months(day, -months)


def first_of_month(day: date) -> date:
    """The first day of the month a day lies in.

    >>> first_of_month(date(2024, 2, 29))
    datetime.date(2024, 2, 1)
    """
    return day.replace(day=1)


def _clamped(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def period_ends(every: str, anchor: str | None, first: date, last: date) -> list[date]:
    """The days of decision in [first, last]: month-ends, quarter-ends, or one day of every year.

    Args:
        every: month, quarter or year.
        anchor: MM-DD of the yearly day; 31 December where missing.
        first: the earliest day that may be one.
        last: the latest day that may be one.

    >>> [str(day) for day in period_ends("quarter", None, date(2024, 1, 5), date(2024, 9, 30))]
    ['2024-03-31', '2024-06-30', '2024-09-30']
    >>> [str(day) for day in period_ends("year", "04-01", date(2023, 1, 1), date(2024, 4, 1))]
    ['2023-04-01', '2024-04-01']
    """
    month, day = (12, 31) if anchor is None else (int(anchor[:2]), int(anchor[3:]))
    months = {"month": range(1, 13), "quarter": range(3, 13, 3), "year": (month,)}[every]
    wanted = day if every == "year" else 31
    found = (
        _clamped(year, one, wanted) for year in range(first.year, last.year + 1) for one in months
    )
    return [one for one in found if first <= one <= last]


def matured_on(as_of: Days, horizon_months: int) -> Days:
    """The day each outcome is final, as_of + horizon; a month-end without such a day ends with its month.

    >>> matured_on(np.array(["2024-02-29"], dtype="datetime64[D]"), 12)
    array(['2025-02-28'], dtype='datetime64[D]')
    """
    days, position = np.unique(as_of, return_inverse=True)
    ripe = pd.DatetimeIndex(days) + pd.DateOffset(months=horizon_months)
    return np.asarray(ripe.to_numpy(dtype="datetime64[D]")[position])


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


def compared_days(days: Iterable[date]) -> list[date]:
    """The newest day of decision, and the newest that is `COMPARED_MONTHS` older or more, where there is one.

    Args:
        days: days of decision, any order, with repeats.

    >>> days = [date(2025, 6, 30), date(2025, 9, 30), date(2025, 10, 31), date(2025, 12, 31)]
    >>> [str(day) for day in compared_days(days)]
    ['2025-12-31', '2025-09-30']
    """
    known = set(days)
    if not known:
        return []
    newest = max(known)
    limit = months_back(newest, COMPARED_MONTHS)
    return [newest, *sorted(day for day in known if day <= limit)[-1:]]


def position_days(days: Iterable[date]) -> list[date]:
    """The days whose position decisions read: `compared_days`, and the beginning of the newest quarter; newest first.

    Args:
        days: days of decision, any order, with repeats.

    >>> [str(day) for day in position_days([date(2024, 12, 31), date(2025, 12, 31)])]   # a yearly cohort
    ['2025-12-31', '2025-09-30', '2024-12-31']
    """
    compared = compared_days(days)
    opened = [months_back(day, COMPARED_MONTHS) for day in compared[:1]]
    return sorted({*compared, *opened}, reverse=True)
