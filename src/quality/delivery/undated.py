"""Invoices that were booked, each by itself, so long after their issue that nobody can know how old they are.

Most of such days are not those of the issue: the year before, written in January; the number of a former customer. Believed,
an invoice that was paid as it should be looks years late. A ledger that was carried over books old invoices of many days at
once, and those keep their age; so does what is booked a month or a quarter late, and what was paid about when it was issued.
"""

from __future__ import annotations

import ibis.expr.types as ir

from quality.rules.rule import ROW

_YEAR = 365
"""Days after its issue from which a booking says more of the date than of the invoice."""
_QUARTER, _MONTH = 92, 31
"""An invoice that is older than its customer needs less: booked later than a quarter, and not in the customer's first month,
when what it owed under another number is carried over."""
_MIN_DAYS = 3
"""A pile carries invoices of at least so many days of issue over: one day of them, a year off, is a batch that was dated wrong."""
_MIN_ROWS, _TIMES = 10, 10
"""A pile is most of what was booked on its day, or so many invoices and so many times what is booked late on a usual day."""


def undated(documents: ir.Table, customers: ir.Table) -> ir.Table:
    """Invoices booked long after their issue on a day that is no pile, and not paid nearer to the issue: `.row`, `value`, invoice_id.

    `value` is the day of issue.

    Args:
        documents: as `owed.covered` has them.
        customers: the valid ones.
    """
    dated = documents.mutate(
        apart=documents.booked_at.epoch_days() - documents.issued_on.epoch_days()
    )
    begun = customers.select("customer_id", begun=customers.onboarded_on.epoch_days())
    late = dated.filter(dated.is_invoice, dated.apart > _QUARTER).inner_join(begun, "customer_id")
    is_older = late.issued_on.epoch_days() < late.begun
    is_carried = late.booked_at.epoch_days() <= late.begun + _MONTH
    late = late.filter((late.apart >= _YEAR) | (is_older & ~is_carried))
    late = late.anti_join(_piles(dated), "booked_at")
    after = late["first"].epoch_days() - late.issued_on.epoch_days()
    found = late.filter((2 * after >= late.apart).fill_null(True))
    return found.select(ROW, "invoice_id", value=found.issued_on.cast("string"))


def _piles(dated: ir.Table) -> ir.Table:
    """The days on which a ledger was carried over."""
    is_late = dated.apart > _MONTH
    days = dated.group_by("booked_at").aggregate(
        n=dated.count(), late=is_late.sum(), issued=dated.issued_on.nunique(where=is_late)
    )
    usual = days.aggregate(usual=days.late.mean())
    days = days.cross_join(usual)
    is_many = (days.late >= _MIN_ROWS) & (days.late > _TIMES * days.usual)
    is_pile = (2 * days.late > days.n) | is_many
    return days.filter(is_pile, days.issued >= _MIN_DAYS).select("booked_at")
