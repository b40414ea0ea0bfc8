"""Days of a migration: many customers pay what is long overdue, or are billed what they paid long before, on one and the same day.

Payments of the one kind of day, and credit notes of the other that cancel what was long due, may be of any day before.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import INVOICE_KINDS, PAYMENT_KINDS
from quality.rules.rule import ROW

_LATE = 30
"""Days after the due day from which a payment on such a day may have been made on another; and before the issue, likewise."""
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
    return late.semi_join(_piles(late, "paid_on"), "paid_on").select(
        ROW, value=late.paid_on.cast("string")
    )


def credits_redated(documents: ir.Table, items: ir.Table) -> ir.Table:
    """Credit notes that name an invoice long due, issued on a pile of invoices that were paid long before: `.row`, and `value`, the day.

    Args:
        documents: invoices and credit notes, the valid ones.
        items: the invoices as `owed.covered` has them.
    """
    early = items.filter(items.issued_on.epoch_days() - items["first"].epoch_days() > _LATE)
    early = early.select("issued_on", whose="customer_id")
    notes = documents.filter(documents.kind != INVOICE_KINDS[0], documents.credits.notnull())
    due = items.select(credits="invoice_id", due="due_on")
    both = notes.select(ROW, "credits", "issued_on").inner_join(due, "credits")
    late = both.filter(both.issued_on.epoch_days() - both.due.epoch_days() > _LATE)
    return late.semi_join(_piles(early, "issued_on"), "issued_on").select(
        ROW, value=late.issued_on.cast("string")
    )


def _piles(rows: ir.Table, day: str) -> ir.Table:
    """The days on which far more customers (`whose`) have such rows than on others."""
    days = rows.group_by(day).aggregate(n=rows.whose.nunique())
    ranked = days.mutate(place=ibis.row_number().over(ibis.window(order_by=[days.n.desc(), day])))
    usual = ranked.aggregate(usual=ranked.n.max(where=ranked.place >= _DAYS))
    piles = ranked.cross_join(usual)
    is_pile = (piles.n >= _MIN_ROWS) & (piles.n > _TIMES * piles.usual.fill_null(0))
    return piles.filter(is_pile, piles.place < _DAYS).select(day)
