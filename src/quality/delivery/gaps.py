"""What a month without its payments leaves unknown: the invoices that were open in it and are not paid to this day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from contracts.calendar import add_months
from contracts.config.portfolio import PortfolioConfig
from quality.rules.rule import ROW


def open_in(items: ir.Table, months: Sequence[date], portfolio: PortfolioConfig) -> ir.Table:
    """Invoices that may have been paid in one of the months: `.row`, and `value`, that month.

    Issued by its end, and so much of it is left as the portfolio's settlement does not tolerate. What had been due for
    longer than its definition of default allows when the month began was in default by then, paid later or not.

    Args:
        items: the invoices as `owed.covered` has them.
        months: the first days of the months whose payments are missing.
        portfolio: its settlement and its default.
    """
    allowed = ibis.greatest(
        items.amount.cast("float64") * portfolio.settlement.share,
        float(portfolio.settlement.amount),
    )
    owed = items.filter((items.amount - items.paid).cast("float64") > allowed)
    found = [
        owed.filter(
            owed.issued_on < ibis.literal(add_months(first, 1)),
            owed.due_on >= ibis.literal(first - timedelta(days=portfolio.default.days)),
        ).select(ROW, value=ibis.literal(f"{first:%Y-%m}"))
        for first in months
    ]
    every = ibis.union(*found) if len(found) > 1 else found[0]
    return every.group_by(ROW).aggregate(value=every.value.min())
