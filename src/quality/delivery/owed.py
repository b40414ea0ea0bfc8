"""What was paid and credited of invoices, as the rows stand: for rules that look at a ledger as a whole."""

from __future__ import annotations

import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from quality.rules.rule import ROW

KEY = ("invoice_id", "customer_id", "currency")


def covered(ledger: ir.Table) -> ir.Table:
    """Every invoice, and every credit note that names none, with what was paid and credited of it by name.

    Columns: `.row`, the key, amount, issued_on, booked_at, due_on (of a credit note the day of issue), `paid`, of it
    `by_payment`, the `first` and the `last` day on which money came, `is_invoice`, and `is_touched`: whether a payment, a credit
    note or a dispute names it at all.

    Args:
        ledger: of the rows (see `quality.rules.ledger`).
    """
    items = ledger.filter(ledger.is_invoice | ledger.credits.isnull())
    return items.select(
        ROW,
        *KEY,
        "issued_on",
        "booked_at",
        "first",
        "last",
        "is_invoice",
        due_on=items.due_on.coalesce(items.issued_on),
        amount=items.amount.cast(AMOUNT),
        paid=items.settled,
        by_payment=items.paid,
        is_touched=items.is_named,
    )
