"""Payments on the wrong invoice: one customer's is paid twice, and another's is unpaid by just that amount."""

from __future__ import annotations

from collections.abc import Callable

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.rule import ROW

_YEAR, _AHEAD = 365, 31
"""Days after the due day, and before the day of issue, on which an invoice may be paid."""
_RARE = 3
"""An amount that more invoices than this share is a price, and proves nothing."""


def misapplied(
    payments: ir.Table, documents: ir.Table, keep: Callable[[str, ir.Table], ir.Table]
) -> ir.Table:
    """Payments that belong to another invoice: `.row`, `value` (the invoice they were applied to), `owner` (the other).

    Args:
        payments: the valid ones.
        documents: as `owed.covered` has them.
        keep: computes a relation, which is small, and gives it a name.
    """
    owed = documents.mutate(left=(documents.amount - documents.paid).cast(AMOUNT))
    # nobody owes a credit note: money on one that is not just its refund may be meant for an invoice
    beyond = owed.filter((owed["left"] < 0) | ~owed.is_invoice).select(
        "is_invoice",
        value="invoice_id",
        worth="amount",
        whose="customer_id",
        beyond=(-owed["left"]).cast(AMOUNT),
    )
    money = payments.filter(payments.kind == PAYMENT_KINDS[0]).select(
        ROW, "paid_on", value="invoice_id", left=payments.amount.cast(AMOUNT)
    )
    # several may lie on one invoice: each of them is no more than what is too much
    odd = money.inner_join(beyond, "value")
    odd = keep(
        "paid beyond",
        odd.filter(odd.is_invoice.ifelse(odd["left"] <= odd.beyond, odd["left"] != odd.worth)),
    )
    short = owed.filter(owed.is_invoice, owed["left"] > 0).select(
        "left", "issued_on", "due_on", owner="invoice_id", its_customer="customer_id"
    )
    # whatever their currencies: a payment has that of the invoice it names
    both = odd.inner_join(short, "left")
    both = both.filter(
        both.its_customer != both.whose,
        both.paid_on.epoch_days() - both.due_on.epoch_days() <= _YEAR,
        both.issued_on.epoch_days() - both.paid_on.epoch_days() <= _AHEAD,
    )
    prices = documents.group_by("amount").aggregate(n=documents.count())
    prices = prices.filter(prices.n > _RARE).select(left="amount")
    rare = keep("misapplied at first", both.anti_join(prices, "left"))
    return _one_to_one(rare)


def _one_to_one(pairs: ir.Table) -> ir.Table:
    """Each payment with the nearest of the invoices it may belong to, each of these with one payment."""
    pairs = pairs.mutate(apart=(pairs.paid_on.epoch_days() - pairs.due_on.epoch_days()).abs())
    for key in (ROW, "owner"):
        order = ibis.window(group_by=key, order_by=["apart", "owner", ROW])
        placed = pairs.mutate(place=ibis.row_number().over(order))
        pairs = placed.filter(placed.place == 0).drop("place")
    return pairs.select(ROW, "value", "owner")
