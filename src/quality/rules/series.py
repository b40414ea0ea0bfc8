"""Rules of a table as a series of days and months: what is missing from it, what was piled up in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from statistics import median

import ibis.expr.types as ir

from contracts.calendar import MONTHS
from quality.rules.rule import (
    Balance,
    Book,
    Broken,
    Gap,
    Month,
    Severity,
    balance_rule,
    month_rule,
    rule,
)

_AROUND = 6
"""Months before and after that a month is compared with."""
_MIN_ROWS = 30.0
"""Rows a usual month must have: below it, a month without any is nothing special."""
_THIN = 0.25
"""A month with less than this share of its usual rows is missing some."""
_BEGUN = 0.5
"""A book has begun once so many months in a row held this share of its usual rows."""
_MONTHS_BEGUN = 3
_WHOLE, _MIDDLE = 0.75, 15
"""A month with this share of its usual rows is whole; one whose last row is of this day or earlier may have been cut."""
_PILE = 8.0
"""A day with more than so many times the rows of a busy day is a pile."""
_BUSY = 0.95
"""A busy day has more rows than this share of the days that have any."""
_MIN_PILE = 100


@month_rule(
    "invoices",
    "payments",
    title=("Most of a month is missing", "某月数据大部分缺失"),
    remedy=(
        "Look for a file that was not delivered, or a WHERE that cuts the month off",
        "检查是否漏交文件，或 WHERE 条件截掉了该月数据",
    ),
)
def month_missing(months: Sequence[Month]) -> list[Gap]:
    """A month is thin beside its neighbours; see `thin_months`."""
    return thin_months(months)


def thin_months(months: Sequence[Month]) -> list[Gap]:
    """Months with less than a quarter of the rows of the median month among the six before and six after.

    A book's first months are no gap: it has begun once three months in a row held half as many rows as usual. One full
    month before that is what was carried over from another ledger. Nor is it one where the month has less than half of
    the usual rows in every other year: a season. But files of one year each that were cut in early December look like one:
    where a month alone is thin, between two that are whole, and ends by its middle in every year, rows are missing.

    Args:
        months: every month from the first with rows to the last complete one, in order, empty ones included.

    >>> from datetime import date
    >>> months = [Month(date(2024, number, 1), 100, 5e4) for number in range(1, 13)]
    >>> months[4] = Month(date(2024, 5, 1), 10, 4e3)
    >>> [(str(gap.month.first), gap.rows, gap.amount) for gap in thin_months(months)]
    [('2024-05-01', 90, 46000.0)]
    >>> begun_slowly = [Month(month.first, rows, None) for month, rows in zip(months, [2, 20, 24, 100, 100, 100, 100])]
    >>> thin_months(begun_slowly)
    []
    >>> carried_over = [Month(month.first, rows, None) for month, rows in zip(months, [900, 9, 20, 90, 100, 100, 100])]
    >>> thin_months(carried_over)
    []
    >>> every_may = [Month(date(2022 + at // 12, at % 12 + 1, 1), 9 if at % 12 == 4 else 100, None) for at in range(24)]
    >>> thin_months(every_may)
    []
    >>> cut = [Month(one.first, one.rows, None, 6) if one.rows == 9 else one for one in every_may]
    >>> [(str(gap.month.first), gap.note) for gap in thin_months(cut)]
    [('2022-05-01', '; it ends on day 6, as in every year'), ('2023-05-01', '; it ends on day 6, as in every year')]
    """
    gaps = []
    for position in range(1, len(months)):
        month = months[position]
        around = [
            *months[max(position - _AROUND, 0) : position],
            *months[position + 1 : position + 1 + _AROUND],
        ]
        usual = median(one.rows for one in around)
        has_begun = _has_begun(months[:position], _BEGUN * usual)
        if not has_begun or usual < _MIN_ROWS or month.rows >= _THIN * usual:
            continue
        is_season = _is_season(months, position, usual)
        if is_season and not _is_cut(months, position, usual):
            continue
        note = f"; it ends on day {month.last}, as in every year" if is_season else ""
        gaps.append(Gap(month, round(usual - month.rows), _missing_amount(month, around), note))
    return gaps


@month_rule(
    "invoices",
    "payments",
    "events",
    severity=Severity.STOP,
    title=("The data ends before complete_until", "数据在 complete_until 之前已中断"),
    remedy=(
        "Set complete_until in the portfolio's yaml to the last day that the extract is complete for, or deliver the months after it",
        "将配置中的 complete_until 设为数据实际完整的最后一日，或补交其后的月份",
    ),
)
def data_ends_early(months: Sequence[Month]) -> list[Gap]:
    """The newest months are missing: nobody has paid in them, and all would seem to have defaulted; see `missing_end`."""
    return missing_end(months)


def missing_end(months: Sequence[Month]) -> list[Gap]:
    """The newest months where each has less than a quarter of the usual rows, and no earlier gap was as long.

    Usual is the median of the six months before that are no gap themselves. A table with fewer than six such months,
    or of which fewer than thirty rows are missing, is not judged. What was carried over from before the book began is not usual: the state
    of all customers on the first day would make every later month a gap, and the end of the feed one more of them. One month that holds some rows may be a slow one, or an
    extract made before all was billed: `month_missing` reports it.

    Args:
        months: every month from the first with rows to the last complete one, in order, empty ones included.

    >>> from datetime import date
    >>> months = [Month(date(2024, number, 1), 100 if number < 11 else 3, None) for number in range(1, 13)]
    >>> [(str(gap.month.first), gap.rows, gap.note) for gap in missing_end(months)]
    [('2024-11-01', 97, '; complete_until holds 2024-12 to be complete, the last usual month is 2024-10'), ('2024-12-01', 97, '; complete_until holds 2024-12 to be complete, the last usual month is 2024-10')]
    >>> missing_end(months[:10]), missing_end([Month(month.first, month.rows // 50, None) for month in months])
    ([], [])
    """
    months = _without_opening(months)
    usual = _usual_rows(months)
    runs = [0]
    for month, rows in zip(months, usual, strict=True):
        runs.append(runs[-1] + 1 if month.rows < _THIN * rows else 0)
    run = runs[-1]
    end = range(len(months) - run, len(months))
    gaps = [Gap(months[at], round(usual[at] - months[at].rows), None) for at in end]
    n_usual = sum(length == 0 for length in runs[1:])
    if run == 1 and months[-1].rows:
        return []
    if run <= max(runs[: len(runs) - run]) or n_usual < _AROUND or sum(gap.rows for gap in gaps) < _MIN_ROWS:  # fmt: skip
        return []
    note = f"; complete_until holds {months[-1].first:%Y-%m} to be complete, the last usual month is {months[end[0] - 1].first:%Y-%m}"
    return [replace(gap, note=note) for gap in gaps]


def _without_opening(months: Sequence[Month]) -> Sequence[Month]:
    """Without a first month beside which most of the six that follow would be gaps, unless such a month comes again within a year."""
    while len(months) > _AROUND:
        first, after = months[0].rows, [one.rows for one in months[1 : 1 + MONTHS]]
        if not 0 < median(after[:_AROUND]) < _THIN * first or max(after) > _BEGUN * first:
            return months
        months = months[1:]
    return months


def _usual_rows(months: Sequence[Month]) -> list[float]:
    """For each month the median rows of the six before it that are no gap; 0 for the first."""
    usual: list[float] = []
    kept: list[int] = []
    for month in months:
        usual.append(float(median(kept[-_AROUND:])) if kept else 0.0)
        if month.rows and month.rows >= _THIN * usual[-1]:
            kept.append(month.rows)
    return usual


def _has_begun(before: Sequence[Month], least: float) -> bool:
    in_a_row = 0
    for month in before:
        in_a_row = in_a_row + 1 if month.rows >= least else 0
        if in_a_row == _MONTHS_BEGUN:
            return True
    return False


def _is_season(months: Sequence[Month], position: int, usual: float) -> bool:
    """Whether the month has less than half of the usual rows in every other year of the book, of one at least."""
    twins = [at for at in range(position % MONTHS, len(months), MONTHS) if at != position]
    begun = [months[at] for at in twins if _has_begun(months[:at], _BEGUN * usual)]
    return bool(begun) and all(one.rows < _BEGUN * usual for one in begun)


def _is_cut(months: Sequence[Month], position: int, usual: float) -> bool:
    """Whether the month holds some rows and none after its middle, in this year and every other, and stands between months that are whole."""
    every = range(position % MONTHS, len(months), MONTHS)
    begun = [at for at in every if _has_begun(months[:at], _BEGUN * usual)]
    beside = [months[at + step] for at in begun for step in (-1, 1) if 0 <= at + step < len(months)]
    is_short = all(0 < months[at].last <= _MIDDLE for at in begun)
    return bool(begun) and is_short and all(one.rows >= _WHOLE * usual for one in beside)


def _missing_amount(month: Month, around: Sequence[Month]) -> float | None:
    amounts = [one.amount for one in around if one.amount is not None]
    if not amounts:
        return None
    return float(
        round(max(median(amounts) - (month.amount or 0.0), 0.0))
    )  # an estimate: no hundredths


@rule(
    Severity.REPORT,
    "invoices",
    "payments",
    title=("Far more rows on one day than on any busy day", "某一天的记录异常集中"),
    remedy=(
        "Look for a migration that wrote its own day into the date, and deliver the original date",
        "检查是否由系统迁移写入了统一日期，请提供原始日期",
    ),
)
def piled_on_one_day(rows: ir.Table, book: Book) -> Broken:
    """More than 100 rows and more than eight times those of a busy day (95th percentile of the days with rows)."""
    happened = str(book.contract.happened)
    own = book.own
    days = own.group_by(happened).aggregate(n=own.count())
    busy = days.aggregate(busy=days.n.quantile(_BUSY))
    piles = days.cross_join(busy)
    piles = piles.filter(piles.n > _MIN_PILE, piles.n > _PILE * piles.busy)
    return {happened: rows[happened].isin(piles[happened])}


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=(
        "Unpaid while later ones were paid, and open in a month whose documents are missing",
        "后续发票均已付清而该发票未付，且其在单据缺失的月份内未结清",
    ),
    remedy=(
        "Deliver the invoices and credit notes of that month; until then nobody can say whether these were cancelled in it",
        "请补交该月的发票与贷项凭证；在此之前无法判断这些发票是否已被冲销",
    ),
)
def cancelled_in_a_missing_month(_rows: ir.Table, _book: Book) -> Broken:
    """Open in a month that `month_missing` found in invoices, and its customer has paid what fell due long after it.

    Found when all tables have been asked; see `quality.delivery.gaps`.
    """
    return {}


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=(
        "Still unpaid, and open in a month whose payments are missing",
        "至今未付，且在付款数据缺失的月份内未结清",
    ),
    remedy=(
        "Deliver the payments of that month; until then nobody can say whether these were paid in it",
        "请补交该月的付款数据；在此之前无法判断这些发票是否已付",
    ),
)
def open_in_a_missing_month(_rows: ir.Table, _book: Book) -> Broken:
    """Issued by the end of a month that `month_missing` found in payments, or a month after it, and not in default before it began.

    Its tolerance is a share of customers: those that are left with an invoice nobody knows of. Found when all tables have
    been asked; see `quality.delivery.gaps`.
    """
    return {}


@balance_rule(
    "invoices",
    title=("The ledger does not add up to the balance stated", "明细账合计与所列余额不符"),
    remedy=(
        "Compare the extract with the general ledger: documents that are missing, or that were loaded twice",
        "与总账核对：检查是否有单据缺失或重复加载",
    ),
)
def ledger_differs_from_balance(balance: Balance) -> bool:
    """The open balance differs from the general ledger's by more than the tolerated share of it."""
    allowed = abs(balance.stated) * Decimal(str(balance.tolerance))
    return abs(balance.delivered - balance.stated) > allowed
