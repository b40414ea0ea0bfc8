"""What a month without its payments, or without its credit notes, leaves unknown: invoices open in it that are not paid to this day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from contracts.calendar import add_months
from contracts.config.portfolio import PortfolioConfig
from quality.rules.rule import ROW

_AHEAD = timedelta(days=31)
"""So long before its issue an invoice may be paid."""


def open_in(items: ir.Table, months: Sequence[date], portfolio: PortfolioConfig) -> ir.Table:
    """Invoices that may have been paid in one of the months: `.row`, and `value`, that month.

    Issued by its end, and so much of it is left as the portfolio's settlement does not tolerate. What had been due for
    longer than its definition of default allows when the month began was in default by then, paid later or not. Issued in
    the 31 days after it, it may have been paid in advance, and counts where it has been due for so long today.

    Args:
        items: the invoices as `owed.covered` has them.
        months: the first days of the months whose payments are missing.
        portfolio: its settlement and its default.
    """
    owed = _owed(items, portfolio)
    days = portfolio.default.days
    is_late = owed.due_on < ibis.literal(portfolio.complete_until - timedelta(days=days))
    found = [
        owed.filter(
            (owed.issued_on < ibis.literal(add_months(first, 1)))
            | (is_late & (owed.issued_on < ibis.literal(add_months(first, 1) + _AHEAD))),
            owed.due_on >= ibis.literal(first - timedelta(days=days)),
        ).select(ROW, value=ibis.literal(f"{first:%Y-%m}"))
        for first in months
    ]
    return _first_of_each(found)


def cancelled_in(items: ir.Table, months: Sequence[date], portfolio: PortfolioConfig) -> ir.Table:
    """Invoices that may have been cancelled in one of the months: `.row`, and `value`, that month.

    As `open_in`, but nobody stops at one invoice: its customer has paid one in full that fell due later, by more days than the
    definition of default allows.

    Args:
        items: the invoices as `owed.covered` has them.
        months: the first days of the months whose documents are missing.
        portfolio: its settlement and its default.
    """
    paid = items.filter(items.is_touched & (items.paid >= items.amount))
    paid = paid.group_by("customer_id").aggregate(newest=paid.due_on.max())
    owed = _owed(items, portfolio).inner_join(paid, "customer_id")
    days = portfolio.default.days
    owed = owed.filter(owed.newest.epoch_days() - owed.due_on.epoch_days() > days)
    found = [
        owed.filter(
            owed.issued_on < ibis.literal(add_months(first, 1)),
            owed.due_on >= ibis.literal(first - timedelta(days=days)),
        ).select(ROW, value=ibis.literal(f"{first:%Y-%m}"))
        for first in months
    ]
    return _first_of_each(found)


def _owed(items: ir.Table, portfolio: PortfolioConfig) -> ir.Table:
    """Those of which more is left than the portfolio's settlement tolerates."""
    allowed = ibis.greatest(
        items.amount.cast("float64") * portfolio.settlement.share,
        float(portfolio.settlement.amount),
    )
    return items.filter((items.amount - items.paid).cast("float64") > allowed)


def _first_of_each(found: Sequence[ir.Table]) -> ir.Table:
    every = ibis.union(*found) if len(found) > 1 else found[0]
    return every.group_by(ROW).aggregate(value=every.value.min())
