"""Payments whose value date is the day of a migration: many customers pay what is long overdue on one and the same day."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.rule import ROW

_LATE = 30
"""Days after the due day from which a payment on such a day may have been made on another."""
_TIMES, _MIN_ROWS, _DAYS = 5, 20, 3
"""A pile has more than so many times the customers of the next busiest day that is none, and at least so many; a
migration takes no more days than that, and what happens more often is a habit of the book."""


def redated(payments: ir.Table, items: ir.Table) -> ir.Table:
    """Payments that are late on a pile of late payments: `.row`, and `value`, the day.

    Args:
        payments: the valid ones.
        items: the invoices as `owed.covered` has them.
    """
    both = payments.filter(payments.kind == PAYMENT_KINDS[0]).inner_join(
        items.select("invoice_id", "due_on", whose="customer_id"), "invoice_id"
    )
    late = both.filter(both.paid_on.epoch_days() - both.due_on.epoch_days() > _LATE)
    days = late.group_by("paid_on").aggregate(n=late.whose.nunique())
    ranked = days.mutate(
        place=ibis.row_number().over(ibis.window(order_by=[days.n.desc(), "paid_on"]))
    )
    usual = ranked.aggregate(usual=ranked.n.max(where=ranked.place >= _DAYS))
    piles = ranked.cross_join(usual)
    is_pile = (piles.n >= _MIN_ROWS) & (piles.n > _TIMES * piles.usual.fill_null(0))
    piles = piles.filter(is_pile, piles.place < _DAYS)
    return late.semi_join(piles, "paid_on").select(ROW, value=late.paid_on.cast("string"))
