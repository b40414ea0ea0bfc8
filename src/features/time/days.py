"""Calendar arithmetic on single days: month-ends, anchors, horizons; days written in text."""

from __future__ import annotations

import calendar
from datetime import date

import ibis.expr.types as ir

MONTHS = 12


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month where it has fewer days.

    >>> add_months(date(2024, 1, 31), 1), add_months(date(2024, 2, 29), -12)
    (datetime.date(2024, 2, 29), datetime.date(2023, 2, 28))
    """
    years, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    return _clamped(years, month + 1, day.day)


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


def written_day(text: ir.StringValue) -> ir.IntegerValue:
    """Day number of a day written as YYYY-MM-DD, missing where the text says anything else.

    Strict, because engines disagree on looser forms: `2024-01` is the first of January to Spark and nothing to
    DuckDB, `2024/01/05` the other way round.
    """
    return text.re_extract(r"^\s*(\d{4}-\d{2}-\d{2})\s*$", 1).try_cast("date").epoch_days()
