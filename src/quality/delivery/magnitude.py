"""Invoices whose payment says that a decimal point is in the wrong place: of the amount, or of the payment."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from quality.rules.rule import ROW

_FACTORS = (100, 1000)
"""A point that was lost, and one between thousands that was read as a decimal point. Not ten: a deposit of a tenth is common."""
_MIN_PAID = 0.94
"""Of an amount put right, a customer pays at least so much: the rest is discount, or a bank's fee ..."""
_MAX_PAID = 1.001
"""... and hardly more than all of it."""
_MIN_MONEY = 1
"""Less than this is cents, which say nothing of a magnitude."""


def of_another_magnitude(items: ir.Table) -> ir.Table:
    """Invoices that were paid a hundredth or a thousandth of their amount, less a discount: `.row`, `value` (the amount), invoice_id.

    Either the amount or the payment is wrong; which, nobody can say. Believed, the invoice would be unpaid for ever. Most of it is
    money: a bonus of 1 % that was credited says nothing of a point.

    Args:
        items: invoices as `owed.covered` has them.
    """
    items = items.filter(2 * items.by_payment >= items.paid)
    amount, paid = items.amount.cast("float64"), items.paid.cast("float64")
    is_so = ibis.or_(
        *((paid * factor).between(_MIN_PAID * amount, _MAX_PAID * amount) for factor in _FACTORS)
    )
    found = items.filter(is_so & (paid >= _MIN_MONEY))
    return found.select(ROW, "invoice_id", value=found.amount.cast("string"))
