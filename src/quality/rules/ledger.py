"""The documents of a ledger, each with what payments and credit notes say of it: summed up once, for all rules that ask."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import INVOICE_KINDS, PAYMENT_KINDS
from quality.rules.amounts import signed
from quality.rules.rule import ROW

_OWN = ("invoice_id", "customer_id", "currency", "amount", "issued_on", "due_on", "booked_at")


def ledger(documents: ir.Table, payments: ir.Table, disputes: ir.Table | None) -> ir.Table:
    """One row per row of `documents`: `.row`, its key, amount and days, `is_invoice`, `credits`, and what names it.

    Nought where nothing does: `n_paid` payments of any kind, which come to `paid` less what was returned; `settled`, with the
    credit notes that name it as well. Of money alone (no discount, fee or return), where two payments on one day are one:
    the number of `days`, the `money` of all of them, of the `first` and `last` day `first_money` and `last_money`, and the
    `least` and the `most` of a day; missing where no money came. `is_named`: a payment, a credit note or a dispute names it.

    Args:
        documents: invoices and credit notes.
        payments: of the same delivery.
        disputes: likewise, None where there are none.
    """
    notes = documents.filter(documents.kind != INVOICE_KINDS[0], documents.credits.notnull())
    noted = notes.group_by("credits").aggregate(credited=notes.amount.sum().cast(AMOUNT))
    own = documents.select(ROW, *_OWN, names="credits", is_invoice=documents.kind == INVOICE_KINDS[0])  # fmt: skip
    both = own.left_join(_paid(payments), "invoice_id").drop("invoice_id_right")
    both = both.left_join(noted, both.invoice_id == noted.credits).drop("credits")
    nothing = ibis.literal(0).cast(AMOUNT)
    paid, credited = (both[name].coalesce(nothing) for name in ("paid", "credited"))
    is_named = both.n_paid.notnull() | both.credited.notnull()
    if disputes is not None:
        is_named |= both.invoice_id.isin(disputes.filter(disputes.invoice_id.notnull()).invoice_id)
    return (
        both.mutate(
            n_paid=both.n_paid.coalesce(0),
            paid=paid,
            settled=(paid + credited).cast(AMOUNT),
            days=both.days.coalesce(0),
            is_named=is_named,
        )
        .rename(credits="names")
        .drop("credited")
    )


def _paid(payments: ir.Table) -> ir.Table:
    """What each document was paid: see `ledger`."""
    named = payments.filter(payments.invoice_id.notnull())
    is_money = named.kind == PAYMENT_KINDS[0]
    daily = named.group_by(["invoice_id", "paid_on"]).aggregate(
        n=named.count(),
        paid=signed(named).sum().cast(AMOUNT),
        money=named.amount.sum(where=is_money).cast(AMOUNT),
    )
    money, day, is_paid = daily.money, daily.paid_on, daily.money.notnull()
    return daily.group_by("invoice_id").aggregate(
        n_paid=daily.n.sum(),
        paid=daily.paid.sum().cast(AMOUNT),
        days=money.count(),
        money=money.sum().cast(AMOUNT),
        first=day.min(where=is_paid),
        last=day.max(where=is_paid),
        first_money=money.argmin(day),
        last_money=money.argmax(day),
        least=money.min(),
        most=money.max(),
    )
