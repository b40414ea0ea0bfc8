"""Rules of settings under which nobody, or hardly anybody, can default: a materiality beyond what is owed, a tolerance beyond remainders."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import INVOICE_KINDS
from quality.rules.amounts import on_account, signed, worth
from quality.rules.rule import Book, Broken, Severity, rule

_WITHOUT = ("events_only", "dollars_late")
"""Presets that know no materiality."""
_CENT = 0.01
_MIN_CUSTOMERS = 5
_MUCH, _MIN_INVOICES = 5, 20
"""Where the tolerance is a fifth of an invoice, it is no remainder."""


@rule(
    Severity.REPORT,
    "customers",
    title=(
        "Late by more than the days of default, and in no default because so little is owed",
        "逾期天数已达违约标准，但因欠款金额低于重要性门槛而不计为违约",
    ),
    remedy=(
        "Where these are the usual customers, set `default > materiality` of the portfolio's yaml to what such a customer can owe (100 is usual for households); with the one in force they can never default",
        "若此类客户很常见，请将配置中的 default > materiality 设为其可能欠付的金额（个人客户通常为 100）；按现行门槛，这些客户永远不会违约",
    ),
)
def late_below_materiality(rows: ir.Table, book: Book) -> Broken:
    """Asked of a book in which at least five customers are, and more than owe above the materiality.

    On the last complete day, of invoices of which less than half was paid, less what names no invoice.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None or default.preset in _WITHOUT:
        return {}
    late = _late(documents, book.complete_until, default.days)
    loose = on_account(book.delivered["payments"], book.delivered["customers"])
    loose = loose.select("customer_id", "currency", owed=-signed(loose).cast("float64"))
    notes = documents.filter(~documents.is_invoice, documents.credits.isnull())
    notes = notes.select("customer_id", "currency", owed=-notes.amount.cast("float64"))
    every = late.union(loose).union(notes)
    every = every.mutate(owed=worth(every.owed, every.currency, book))
    owed = every.group_by("customer_id").aggregate(owed=every.owed.sum())
    owed = owed.filter(owed.owed > _CENT)
    is_small = owed.owed <= default.materiality
    both = owed.mutate(small=is_small, n=is_small.sum().over(), every=owed.count().over())
    small = both.filter(both.small, both.n >= _MIN_CUSTOMERS, both.n * 2 > both.every)
    return {"customer_id": rows.customer_id.isin(small.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.5,
    least=_MIN_CUSTOMERS,
    title=(
        "Was billed less in all than has to be owed for a default",
        "累计开票金额不足违约所要求的欠款金额",
    ),
    remedy=(
        "Nearly nobody of this book can ever default by days past due: correct `default > materiality` of the portfolio's yaml, which is an amount in the reporting currency (500 is usual for firms, 100 for households), or deliver amounts in the unit that the currency says",
        "该组合几乎没有客户可能因逾期而违约：请更正配置中的 default > materiality（以报告货币计的金额；企业通常为 500，个人为 100），或按币种单位交付金额",
    ),
)
def billed_below_materiality(rows: ir.Table, book: Book) -> Broken:
    """All invoices of the customer come to no more than the materiality, and nobody can owe more than was billed.

    Asked of a book of five such customers or more, where nine in ten of those with an invoice are; at the rates the book is checked at.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None or default.preset in _WITHOUT:
        return {}
    every = documents.filter(documents.is_invoice)
    every = every.mutate(billed=worth(every.amount, every.currency, book))
    billed = every.group_by("customer_id").aggregate(billed=every.billed.sum())
    is_small = billed.billed <= default.materiality
    both = billed.mutate(small=is_small, n=is_small.sum().over(), every=billed.count().over())
    small = both.filter(both.small, both.n >= _MIN_CUSTOMERS, both.n * 10 >= both.every * 9)
    return {"customer_id": rows.customer_id.isin(small.customer_id)}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.1,
    least=_MIN_INVOICES,
    title=(
        "A fifth of the invoice or more may be left, and it counts as settled",
        "发票余额达五分之一或以上仍视为结清",
    ),
    remedy=(
        "Correct `settlement > amount` of the portfolio's yaml: it is in the invoice's currency and not in cents, and says which remainder nobody would chase (1.00 is usual, some ten times as much where banks keep a fee). Under the one in force these invoices count as settled though nobody pays them, and nobody who owes them can default",
        "请更正配置中的 settlement > amount：该值以发票币种计而非以分计，表示无人追讨的尾差（通常为 1.00；银行扣费时可约为其十倍）。按现行设置，这些发票无人付款也视为结清，欠款者永远不会违约",
    ),
)
def tolerated_though_a_fifth_is_left(rows: ir.Table, book: Book) -> Broken:
    """Its amount is at most five times `settlement > amount`, the remainder at which an invoice of any size counts as settled."""
    if book.settlement is None:
        return {}
    most = float(book.settlement.amount) * _MUCH
    amount = rows.amount.cast("float64")  # a voided invoice that stays at nought owes nothing
    return {"amount": (rows.kind == INVOICE_KINDS[0]) & (amount > 0) & (amount <= most)}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.0,
    least=_MIN_INVOICES,
    title=(
        "What may be left of the invoice is more than has to be owed for a default",
        "该发票可容忍的余额高于构成违约所要求的欠款金额",
    ),
    remedy=(
        "Correct `settlement > amount` of the portfolio's yaml, which is in the invoice's currency and says what nobody would chase (1.00 is usual), or `default > materiality`, which is in the reporting currency. As they are, a customer may owe more than the materiality on each of several invoices, for ever, and none of them counts as open",
        "请更正配置中的 settlement > amount（以发票币种计，表示无人追讨的尾差，通常为 1.00）或 default > materiality（以报告货币计）。按现行设置，客户可在多张发票上长期各欠超过重要性门槛的金额，而均不视为未清",
    ),
)
def settled_above_materiality(rows: ir.Table, book: Book) -> Broken:
    """`settlement > amount`, at the rate of the invoice's currency, is above `default > materiality`; asked of invoices of more than that amount, where any amount is not material anyway."""
    settlement, default = book.settlement, book.default
    if settlement is None or default is None or default.preset in _WITHOUT or not default.materiality:  # fmt: skip
        return {}
    most = ibis.literal(float(settlement.amount))
    is_more = worth(most, rows.currency, book) > default.materiality
    return {"currency": (rows.kind == INVOICE_KINDS[0]) & (rows.amount.cast("float64") > most) & is_more}  # fmt: skip


def _late(documents: ir.Table, until: date, days: int) -> ir.Table:
    """What is left of invoices that are more than so many days late, of which less than half was paid or credited: customer_id, currency, owed."""
    whole = documents.amount.cast("float64")
    owed = (documents.amount - documents.settled).cast("float64")
    age = ibis.literal(until).delta(documents.due_on, unit="D")
    late = documents.filter(documents.is_invoice, age > days, owed * 2 > whole)
    return late.select("customer_id", "currency", owed=owed)
