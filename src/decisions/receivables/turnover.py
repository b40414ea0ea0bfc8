"""How fast a supplier's money comes in: DSO and its relatives (docs/glossary.md#receivables)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ROUNDING = 1e-12
"""Sums of cents are exact in decimals, not in binary."""


def days_sales_outstanding(receivables: float, credit_sales: float, days: int) -> float | None:
    """DSO = receivables / credit sales x days: how many days of sales are not paid yet.

    Args:
        receivables: open at the end of the span.
        credit_sales: sales on credit in the span.
        days: length of the span.

    Returns:
        None where nothing was sold: a ratio without a denominator is missing.

    >>> days_sales_outstanding(300_000.0, 600_000.0, 90)
    45.0
    """
    return receivables / credit_sales * days if credit_sales > 0 else None


def countback_dso(receivables: float, monthly_sales: Sequence[tuple[float, int]]) -> float | None:
    """Count-back DSO: days of the newest sales that the receivables would be made of.

    The receivables are laid off against the sales of each month, newest first: a month that they
    cover counts with all its days, the last one in proportion. Seasonal sales do not distort it.

    Args:
        receivables: open at the end of the newest month.
        monthly_sales: (sales on credit, days) of each month, newest first.

    Returns:
        None where nothing was sold; all days of the months where these do not cover the receivables: at least so many
        (`is_beyond`).

    >>> countback_dso(250.0, [(100.0, 31), (100.0, 30), (100.0, 31)])   # 31 + 30 + 31 x 50 / 100
    76.5
    """
    rest, counted = receivables, 0.0
    if not any(sales > 0 for sales, _ in monthly_sales):
        return None
    for sales, days in monthly_sales:
        if rest <= 0:
            break
        share = min(rest / sales, 1.0) if sales > 0 else 1.0
        counted += share * days
        rest -= max(sales, 0.0)
    return counted


def is_beyond(receivables: float, monthly_sales: Sequence[tuple[float, int]]) -> bool:
    """Whether the receivables are more than all that was sold in the months, so that count-back DSO is more than their days.

    How much more is not known: the sales of earlier months are not looked at. Arguments as of `countback_dso`.

    >>> is_beyond(301.0, [(100.0, 31), (-50.0, 30), (200.0, 31)]), is_beyond(300.0, [(100.0, 31), (-50.0, 30), (200.0, 31)])
    (True, False)
    """
    sold = sum(max(sales, 0.0) for sales, _ in monthly_sales)
    return 0.0 < sold * (1.0 + ROUNDING) < receivables


def best_possible_dso(current: float, credit_sales: float, days: int) -> float | None:
    """Best possible DSO = current receivables / credit sales x days: the DSO if nobody were late.

    Args:
        current: receivables not yet due.
        credit_sales: sales on credit in the span.
        days: length of the span.

    >>> best_possible_dso(200_000.0, 600_000.0, 90)
    30.0
    """
    return days_sales_outstanding(current, credit_sales, days)


def average_days_delinquent(dso: float | None, best: float | None) -> float | None:
    """Average days delinquent = DSO - best possible DSO.

    >>> average_days_delinquent(45.0, 30.0)
    15.0
    """
    return None if dso is None or best is None else dso - best


def collection_effectiveness(
    opening: float, sales: float, closing: float, closing_current: float
) -> float | None:
    """CEI = (opening + sales - closing total) / (opening + sales - closing current) x 100.

    Of what could have been collected in the span, the per cent that was. 100 is all of it.

    Args:
        opening: receivables at the start of the span.
        sales: sales on credit in the span.
        closing: receivables at its end.
        closing_current: part of them not yet due.

    >>> collection_effectiveness(100.0, 300.0, 160.0, 100.0)   # 240 of 300
    80.0
    """
    collectable = opening + sales - closing_current
    return (opening + sales - closing) / collectable * 100.0 if collectable > 0 else None


@dataclass(frozen=True, slots=True)
class Receivables:
    """The measures of one span; days, and an index for the effectiveness. Missing where not defined.

    `is_countback_beyond`: count-back DSO is more than it says, see `is_beyond`.
    """

    days: int
    dso: float | None
    best_possible_dso: float | None
    days_delinquent: float | None
    countback_dso: float | None
    is_countback_beyond: bool
    effectiveness: float | None


def measure(
    opening: float | None,
    closing: float,
    closing_current: float,
    monthly_sales: Sequence[tuple[float, int]],
    months: int,
) -> Receivables:
    """The measures over the newest `months` months.

    Args:
        opening: receivables at the start of the span; None where not known.
        closing: receivables at its end.
        closing_current: part of them not yet due.
        monthly_sales: (sales on credit, days) of each month, newest first.
        months: length of the span.

    >>> measure(100.0, 160.0, 100.0, [(100.0, 31), (100.0, 30), (100.0, 31), (90.0, 30)], 3).dso   # 160 / 300 x 92
    49.06666666666666
    """
    span = monthly_sales[:months]
    sales, days = sum(amount for amount, _ in span), sum(length for _, length in span)
    dso = days_sales_outstanding(closing, sales, days)
    best = best_possible_dso(closing_current, sales, days)
    return Receivables(
        days=days,
        dso=dso,
        best_possible_dso=best,
        days_delinquent=average_days_delinquent(dso, best),
        countback_dso=countback_dso(closing, monthly_sales),
        is_countback_beyond=is_beyond(closing, monthly_sales),
        effectiveness=None
        if opening is None
        else collection_effectiveness(opening, sales, closing, closing_current),
    )
