"""The one calendar: months added and counted back, days of decision, their horizons, and some chosen from many.

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
LAST_DAY = 31
"""Of a month as a day of decision: its last, however many it has."""
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


def days_of_decision(
    every: str, day: int, anchor: str | None, first: date, last: date
) -> list[date]:
    """The days of decision in [first, last]: one day of every month, of every quarter's first month, or of every year.

    On the first of a month everything that was booked through the month before is known, and horizons of whole months
    tile: what falls on the 29th to 31st lies in one horizon, where 28 February + 1 month would lose it.

    Args:
        every: month, quarter or year.
        day: the day of the month, 1 to 31; a month without it ends with its last day. 31 gives ends of months, and of
            quarters their last one.
        anchor: MM-DD of the yearly day; 1 January where missing.
        first: the earliest day that may be one.
        last: the latest day that may be one.

    >>> [str(day) for day in days_of_decision("quarter", 1, None, date(2024, 1, 5), date(2024, 10, 1))]
    ['2024-04-01', '2024-07-01', '2024-10-01']
    >>> [str(day) for day in days_of_decision("quarter", 31, None, date(2024, 1, 5), date(2024, 9, 30))]
    ['2024-03-31', '2024-06-30', '2024-09-30']
    >>> [str(day) for day in days_of_decision("year", 1, "04-01", date(2023, 1, 1), date(2024, 4, 1))]
    ['2023-04-01', '2024-04-01']
    """
    month, of_year = (1, 1) if anchor is None else (int(anchor[:2]), int(anchor[3:]))
    quarters = range(3, 13, 3) if day == LAST_DAY else range(1, 13, 3)
    months = {"month": range(1, 13), "quarter": quarters, "year": (month,)}[every]
    wanted = of_year if every == "year" else day
    found = (
        _clamped(year, one, wanted) for year in range(first.year, last.year + 1) for one in months
    )
    return [one for one in found if first <= one <= last]


def matured_on(as_of: Days, horizon_months: int) -> Days:
    """The day each outcome is final, as_of + horizon; where a month has no such day, its last.

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

    >>> days = pd.Series(pd.to_datetime(["2024-01-01", "2024-07-01", "2025-01-01"]))
    >>> [str(day.date()) for day in snapshots(days, 12)]
    ['2024-01-01', '2025-01-01']
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

    >>> days = [date(2025, 7, 1), date(2025, 10, 1), date(2025, 11, 1), date(2026, 1, 1)]
    >>> [str(day) for day in compared_days(days)]
    ['2026-01-01', '2025-10-01']
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

    >>> [str(day) for day in position_days([date(2025, 1, 1), date(2026, 1, 1)])]   # a yearly cohort
    ['2026-01-01', '2025-10-01', '2025-01-01']
    """
    compared = compared_days(days)
    opened = [months_back(day, COMPARED_MONTHS) for day in compared[:1]]
    return sorted({*compared, *opened}, reverse=True)
