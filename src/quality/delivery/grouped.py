"""Customers that never pay themselves, while their group pays more than it is billed: a head office that pays for its branches."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.amounts import on_account, signed
from quality.rules.rule import ROW

_HALF = 2
"""What the others of the group paid too much covers at least half of what the customer owes."""


def paid_by_group(documents: ir.Table, payments: ir.Table, customers: ir.Table) -> ir.Table:
    """Open invoices of customers that never paid, whose group has that money on account: `.row`, invoice_id, `value` (the group's head).

    Args:
        documents: as `owed.covered` has them.
        payments: the valid ones.
        customers: the valid ones.
    """
    heads = customers.select(
        "customer_id", head=ibis.coalesce(customers.parent_id, customers.customer_id)
    )
    balances = _balances(documents, payments, customers).inner_join(heads, "customer_id")
    beyond = balances.filter(balances.open < 0)
    beyond = beyond.group_by(["head", "currency"]).aggregate(beyond=(-beyond.open).sum())
    money = payments.filter(payments.kind == PAYMENT_KINDS[0])
    by_name = documents.filter(documents["first"].notnull()).select("customer_id")
    loose = money.filter(money.invoice_id.isnull()).select("customer_id")
    silent = balances.filter(balances.open > 0)
    silent = silent.anti_join(by_name.union(loose), "customer_id")
    covered = silent.inner_join(beyond, ["head", "currency"])
    covered = covered.filter(covered.beyond * _HALF >= covered.open)
    whose = covered.select("customer_id", "currency", value="head")
    items = documents.filter(documents.is_invoice, documents.amount > documents.paid)
    return items.inner_join(whose, ["customer_id", "currency"]).select(ROW, "invoice_id", "value")


def _balances(documents: ir.Table, payments: ir.Table, customers: ir.Table) -> ir.Table:
    """By customer and currency what is `open`: invoices less credit notes, payments and money on account; below nought where more was paid."""
    sign = documents.is_invoice.ifelse(1, -1)
    owed = documents.select(
        "customer_id", "currency", open=(sign * (documents.amount - documents.paid)).cast(AMOUNT)
    )
    loose = on_account(payments, customers)
    loose = loose.select("customer_id", "currency", open=(-signed(loose)).cast(AMOUNT))
    every = owed.union(loose)
    return every.group_by(["customer_id", "currency"]).aggregate(open=every.open.sum().cast(AMOUNT))
