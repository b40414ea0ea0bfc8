"""What was paid and credited of invoices, as the rows stand: for rules that look at a ledger as a whole."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import INVOICE_KINDS
from quality.rules.amounts import signed
from quality.rules.rule import ROW

KEY = ("invoice_id", "customer_id", "currency")


def covered(rows: Mapping[str, ir.Table]) -> ir.Table:
    """Every invoice, and every credit note that names none, with what was paid and credited of it by name.

    Columns: `.row`, the key, amount, issued_on, booked_at, due_on (of a credit note the day of issue), paid, `is_invoice`, and
    `is_touched`: whether a payment, a credit note or a dispute names it at all.
    """
    documents, payments = rows["invoices"], rows["payments"]
    notes = documents.filter(documents.kind != INVOICE_KINDS[0], documents.credits.notnull())
    parts = [
        payments.select("invoice_id", amount=signed(payments).cast(AMOUNT)),
        notes.select(invoice_id="credits", amount=notes.amount.cast(AMOUNT)),
    ]
    nothing = ibis.literal(0).cast(AMOUNT)
    if "disputes" in rows:
        parts.append(rows["disputes"].select("invoice_id", amount=nothing))
    every = ibis.union(*parts)
    every = every.filter(every.invoice_id.notnull())
    sums = every.group_by("invoice_id").aggregate(paid=every.amount.sum().cast(AMOUNT))
    is_invoice = documents.kind == INVOICE_KINDS[0]
    items = documents.filter(is_invoice | documents.credits.isnull())
    both = items.left_join(sums, "invoice_id")
    return both.select(
        ROW,
        *KEY,
        "issued_on",
        "booked_at",
        due_on=both.due_on.coalesce(both.issued_on),
        amount=both.amount.cast(AMOUNT),
        paid=both.paid.coalesce(nothing),
        is_invoice=both.kind == INVOICE_KINDS[0],
        is_touched=both.paid.notnull(),
    )
