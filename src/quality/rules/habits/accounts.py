"""Rules of what lies on a customer's account: money that pays nothing, and debts that others of the book say were never owed."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.amounts import on_account
from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import Book, Broken, Severity, rule

_LYING = timedelta(days=180)
_SETTLED_BY = timedelta(days=30)
_MIN_INVOICES = 3
_NEARLY, _QUARTER = 0.9, 0.25
_OWNER = ("customer_id", "currency")
_MIN_CARRIED, _CARRIED_DAYS, _MAX_DAYS = 10, 3, 12


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.05,
    least=MIN_CUSTOMERS,
    title=(
        "Money has lain on account for half a year, beside invoices that are all paid by their numbers",
        "预收款项已滞留半年，而发票均另行按编号付清",
    ),
    remedy=(
        "Money that was applied is delivered twice where the receipt and its application both stand there: a reversal without an invoice takes it off the account on the day it is applied (docs/your-own-data.md, money on account that is applied later). A security deposit is no payment, and is left out. As it is, this money pays whatever is late, and a default is later or never seen",
        "若收款与其核销同时交付，同一笔款项即被重复计算：核销当日应以一条不含发票的 reversal 从预收款中转出（见 docs/your-own-data.md，日后核销的预收款）。保证金不是付款，不应交付。否则这些款项会抵付任何逾期项目，违约被推迟或永远看不到",
    ),
)
def credit_left_lying(rows: ir.Table, book: Book) -> Broken:
    """What came on account 180 days ago or earlier and was not taken off it, beyond all that is open, is a usual invoice or more; of three or more that fell due since, nine in ten were paid by name.

    Open is what is left of every invoice by what names it: money on account that pays invoices which nothing names is used.
    """
    documents = book.ledger
    if documents is None:
        return {}
    since = book.complete_until - _LYING
    loose = on_account(book.delivered["payments"], book.delivered["customers"])
    is_old = (loose.kind == PAYMENT_KINDS[0]) & (loose.paid_on <= ibis.literal(since))
    back = loose.kind == PAYMENT_KINDS[-1]
    nothing = ibis.literal(0).cast(AMOUNT)
    free = is_old.ifelse(loose.amount, back.ifelse(-loose.amount, nothing)).cast(AMOUNT)
    came = loose.mutate(free=free).group_by(_OWNER).aggregate(free=lambda one: one.free.sum())
    idle = _idle(came, documents, book)
    found = idle.filter(idle.idle >= idle.usual)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.05,
    least=MIN_CUSTOMERS,
    title=(
        "Credit notes that name no invoice have been left unused for half a year, beside invoices that are all paid by their numbers",
        "未注明发票的贷项凭证已半年未使用，而发票均另行按编号付清",
    ),
    remedy=(
        "Where they were paid out (a yearly bonus, goods sent back), deliver what the bank sent as a payment on the credit note, which uses it up (docs/your-own-data.md, a credit note that is paid out); where the list of payments holds money that comes in alone, take the outgoing ones as well. As it is, these credit notes pay whatever is late, and a default is later or never seen",
        "若已以银行付款支付（年终返利、退货），请将汇出的款项作为该贷项凭证的付款交付，使其用尽（见 docs/your-own-data.md，以付款退还的贷项凭证）；若付款清单仅含收款，请同时取汇出款。否则这些贷项凭证会抵付任何逾期项目，违约被推迟或永远看不到",
    ),
)
def credit_notes_left_lying(rows: ir.Table, book: Book) -> Broken:
    """Credit notes without `credits` of 180 days ago or earlier, less what was paid on them, come to a quarter of a usual invoice beyond all that is open of what fell due 30 days ago or earlier; of three or more invoices that fell due since, nine in ten were paid by name."""
    documents = book.ledger
    if documents is None:
        return {}
    since = ibis.literal(book.complete_until - _LYING)
    notes = documents.filter(~documents.is_invoice, documents.credits.isnull(), documents.issued_on <= since)  # fmt: skip
    left = ibis.greatest(notes.amount - notes.paid, ibis.literal(0).cast(AMOUNT))
    came = notes.mutate(free=left).group_by(_OWNER).aggregate(free=lambda one: one.free.sum())
    idle = _idle(came, documents, book, due=book.complete_until - _SETTLED_BY)
    found = idle.filter(idle.idle >= _QUARTER * idle.usual)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


def _idle(came: ir.Table, documents: ir.Table, book: Book, due: date | None = None) -> ir.Table:
    """Of owners who were credited so much (`free`) and pay nine in ten of three or more invoices by name: what of it is `idle` beyond all that is open (or of what fell due by then, as what is not due is not paid yet by anything), and their `usual` invoice."""
    since = book.complete_until - _LYING
    nothing = ibis.literal(0).cast(AMOUNT)
    items = documents.filter(documents.is_invoice).semi_join(came.filter(came.free > 0), _OWNER)
    left = (items.amount - items.settled).cast(AMOUNT)
    is_late = items.due_on.between(ibis.literal(since), ibis.literal(book.complete_until - _SETTLED_BY))  # fmt: skip
    by_name = (items.money * 10 >= items.amount * 9).fill_null(False)
    items = items.mutate(open=ibis.greatest(left, nothing), is_late=is_late, is_paid=is_late & by_name)  # fmt: skip
    whose = items.group_by(_OWNER).aggregate(
        open=items.open.sum(where=None if due is None else items.due_on <= ibis.literal(due)),
        usual=items.amount.cast("float64").median(),
        n=items.is_late.sum(),
        paid=items.is_paid.sum(),
    )
    both = came.inner_join(whose, _OWNER)
    both = both.mutate(idle=(both.free - both.open).cast("float64"))
    return both.filter(both.n >= _MIN_INVOICES, both.paid >= _NEARLY * both.n)


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.01,
    least=MIN_CUSTOMERS,
    title=(
        "Money on account of a customer that is billed in another currency than its own",
        "预收款项所属客户从未以其自身币种开票",
    ),
    remedy=(
        "Money that names no invoice is in the currency of its customer: in customers.sql give the currency in which the customer is billed and pays, or name the invoice that each payment pays (docs/your-own-data.md, money on account). As it is, dollars are read as euros, pay no invoice, and hide or make a default",
        "不注明发票的款项以其客户的币种计：请在 customers.sql 中填写客户实际开票与付款的币种，或注明每笔付款所付的发票（见 docs/your-own-data.md，预收款）。否则美元被读作欧元，不能抵付任何发票，违约因此被掩盖或虚增",
    ),
)
def on_account_in_another_currency(rows: ir.Table, book: Book) -> Broken:
    """Payments without an invoice, of a customer that has invoices and none in its own currency."""
    documents = book.ledger
    if documents is None:
        return {}
    loose = on_account(book.delivered["payments"], book.delivered["customers"])
    whose = loose.select("customer_id", own="currency").distinct()
    items = documents.filter(documents.is_invoice).select("customer_id", "currency").distinct()
    both = whose.inner_join(items, "customer_id")
    is_own = both.group_by("customer_id").aggregate(is_own=(both.currency == both.own).any())
    return {"currency": rows.customer_id.isin(is_own.filter(~is_own.is_own).customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=_MIN_CARRIED,
    title=(
        "On few days what many customers owed was closed in one sum, and opened again as one item",
        "在少数几天，大量客户的欠款被合计结清，并以一笔金额重新开立",
    ),
    remedy=(
        "Leave out what closes one year's ledger and what opens the next, and deliver each invoice once, under its own number and days, with its payments (docs/your-own-data.md, one ledger a year). As it is, what was owed is young again each year",
        "年度账簿的结转结清行与期初余额行均不交付；每张发票只交付一次，保留原编号与原日期及其付款（见 docs/your-own-data.md，每年一本账）。否则欠款账龄每年重新起算",
    ),
)
def carried_in_one_sum(rows: ir.Table, book: Book) -> Broken:
    """Money on account, or a credit note that names nothing, and within the first three days of the month after an invoice of the same amount; so of ten customers or more on each of twelve days or fewer, which hold most of such pairs."""
    documents = book.ledger
    if documents is None:
        return {}
    loose = on_account(book.delivered["payments"], book.delivered["customers"])
    loose = loose.filter(loose.kind == PAYMENT_KINDS[0])
    notes = documents.filter(~documents.is_invoice, documents.credits.isnull())
    closed = loose.select("customer_id", "amount", day="paid_on")
    closed = closed.union(notes.select("customer_id", amount=notes.amount.cast(closed.amount.type()), day="issued_on"))  # fmt: skip
    items = documents.filter(documents.is_invoice).semi_join(closed, ["customer_id", "amount"])
    pairs = closed.inner_join(items.select("customer_id", "amount", "issued_on"), ["customer_id", "amount"])  # fmt: skip
    apart = pairs.issued_on.delta(pairs.day, unit="D")
    # a year ends with a month, whichever month it is
    pairs = pairs.filter(apart.between(1, _CARRIED_DAYS), pairs.issued_on.month() != pairs.day.month())  # fmt: skip
    pairs = pairs.mutate(every=pairs.count().over())
    days = pairs.group_by("issued_on").aggregate(n=pairs.count(), whose=pairs.customer_id.nunique(), every=pairs.every.max())  # fmt: skip
    days = days.filter(days.whose >= _MIN_CARRIED)
    days = days.mutate(held=days.n.sum().over(), many=days.count().over())
    days = days.filter(days.held * 2 > days.every, days.many <= _MAX_DAYS)
    return {"customer_id": rows.customer_id.isin(pairs.semi_join(days, "issued_on").customer_id)}
