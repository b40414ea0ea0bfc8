"""Invoices that are there twice under two numbers, of which one was never paid: a second load, or numbers given anew.

Two equal orders of one day are two invoices, and nothing in the two rows tells them from a copy. What was paid does: the
customer pays two invoices, and of a copy it has never heard. So the book is asked how its twins are paid. Where one of
two was paid, the other one is paid as well in a book of real orders; in a book that was loaded twice it never is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from quality.rules.rule import ROW

_SAME = ("customer_id", "currency", "amount", "issued_on", "due_on")
_PAID, _GRACE = 0.9, timedelta(days=30)
"""An invoice counts as paid from this share of it; it should have been, so long after its due day."""
_CHANCE, _USUAL, _MAX_SHARE = 0.01, 0.01, 0.5
"""Some twins are copies where chance leaves so many untouched less often than this, given the share of other invoices
that fell due and were never touched, at least the second; above the last share, all are taken for copies, also those
of which neither was touched."""


def copies_never_paid(
    items: ir.Table, until: date, keep: Callable[[str, ir.Table], ir.Table]
) -> ir.Table:
    """The invoices that are copies of another: `.row`, and `value`, the number of the one that stays.

    Args:
        items: the invoices as `owed.covered` has them.
        until: last complete day.
        keep: computes a relation, which is small, and gives it a name.
    """
    is_paid = items.paid >= items.amount * ibis.literal(str(_PAID)).cast("decimal(4, 2)")
    is_due = items.due_on <= ibis.literal(until - _GRACE)
    rows = items.mutate(is_paid=is_paid, is_due=is_due).filter(items.amount > 0)
    groups = rows.group_by(list(_SAME)).aggregate(
        n=rows.count(),
        n_paid=rows.is_paid.sum(),
        paid_id=rows.invoice_id.min(where=rows.is_paid),
        touched_id=rows.invoice_id.min(where=rows.is_touched),
        first_id=rows.invoice_id.min(where=~rows.is_touched),
    )
    twins = keep("twins", rows.inner_join(groups.filter(groups.n > 1), list(_SAME)))
    n, others = _never_touched(twins)
    n_usually, of = _untouched(rows.filter(rows.is_due))
    usual = max(n_usually / of if of else 0.0, _USUAL)
    stays = twins.paid_id.coalesce(twins.touched_id, twins.first_id)
    copies = twins.mutate(value=stays).filter(~twins.is_touched, twins.invoice_id != stays)
    if not n or _at_least(n, others, usual) >= _CHANCE:
        return copies.limit(0).select(ROW, "value")
    if n / others <= _MAX_SHARE:
        copies = copies.filter(copies.is_due, copies.n_paid > 0)
    return copies.select(ROW, "value")


def _never_touched(twins: ir.Table) -> tuple[int, int]:
    """Of the twins of paid invoices that fell due: how many were never touched, and how many there are."""
    due = twins.filter(twins.is_due, twins.n_paid > 0)
    # each has one that is known to be paid: how the others fared is the question
    paid_first = ibis.window(group_by=list(_SAME), order_by=[due.is_paid.cast("int8").desc(), ROW])
    placed = due.mutate(place=ibis.row_number().over(paid_first))
    return _untouched(placed.filter(placed.place > 0))


def _at_least(n: int, of: int, usual: float) -> float:
    """The chance of so many or more untouched.

    >>> round(_at_least(2, 3, 0.1), 3)  # 3 x 0.01 x 0.9 + 0.001
    0.028
    """
    from scipy.special import bdtrc  # noqa: PLC0415 - a book without twins needs none

    return float(bdtrc(n - 1, of, usual))


def _untouched(rows: ir.Table) -> tuple[int, int]:
    found = rows.aggregate(n=(~rows.is_touched).sum(), of=rows.count())
    row = found.to_pyarrow().to_pylist()[0]
    return int(row["n"] or 0), int(row["of"])
