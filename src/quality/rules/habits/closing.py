"""Rules of what closed the last invoices of a customer: an insurer, a collector or the books themselves, where it never paid."""

from __future__ import annotations

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import Book, Broken, Severity, rule

_SILENT_DAYS, _LATE_DAYS = 180, 30
_USUAL, _WINDOW = 0.9, 4
"""Days of lateness on which one payer pays: a weekend may lie between."""
_MIN_BEFORE, _LAST = 4, 2
_MIN_SHARE, _MAX_SHARE = 0.5, 1.1
"""Of what was unpaid by its number: an insurer bears half of it or more, and nobody pays much beyond it."""
_MIN_ALIKE = 0.5
"""Of those who left with their last invoices at one lateness, so many at the same one: those who paid late are as late as it happens."""
_AROUND, _CLEARLY = 20, 8.0
"""Or so many times as many as in four days of the twenty before and after, where there are six of them or more."""
_MIN_CLEAR = 6
_AGAIN_DAYS = 45
_TIMES, _CHAIN = 5, 3
"""So many times as often after the payments as before them: where prices are round, one invoice is the sum of others by chance."""


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.0,
    least=MIN_CUSTOMERS,
    title=(
        "Left after the last invoices were each closed so many days late, the same number for all of them: by an insurer or the books?",
        "客户在最后几张发票均以相同逾期天数结清后离开，且各客户相同：是否由保险公司或账务本身结清？",
    ),
    remedy=(
        "What an insurer, a collector or a bank that bears the loss pays is no payment of the customer, and a posting against losses is none at all: leave these rows out, and deliver an event of kind 'insurer_claim' or 'write_off' (docs/your-own-data.md, somebody else bears the loss). As it is, who failed has paid. Where these customers did pay, nothing is wrong: set the tolerance of this rule",
        "由保险公司、催收机构或承担损失的银行支付的款项不是客户付款，冲入坏账的记账更不是付款：请去除这些行，并交付 kind = 'insurer_claim' 或 'write_off' 的事件（见 docs/your-own-data.md，由他人承担的损失）。否则违约者看似已付款。若客户确已付款，则无误：请设置该规则的容忍度",
    ),
)
def closed_at_one_lateness(rows: ir.Table, book: Book) -> Broken:
    """All that fell due last, two invoices or more, was last paid within four days of one lateness, 30 days or more and 30 more than nine in ten of the four invoices or more before; so of three customers or more at one lateness.

    Of customers without a default event that were billed and paid nothing in the 180 days since; that lateness is of half or more of
    all whose last invoices were closed at one, for in a large book some are alike by chance; or of six or more, and of eight times as many as are at those around it.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None:
        return {}
    items = _of_who_left(documents, book, default.events)
    items = items.mutate(late=items["last"].delta(items.due_on, unit="D"))
    ends = items.group_by("customer_id").aggregate(at=items.late.argmax(items.due_on))
    items = items.inner_join(ends.filter(ends["at"] >= _LATE_DAYS), "customer_id")
    near = (items.late - items["at"]).abs() < _WINDOW
    items = items.mutate(near=near.fill_null(False))
    begun = items.group_by("customer_id").aggregate(begun=items.due_on.min(where=items.near))
    items = items.inner_join(begun, "customer_id")
    is_last = items.due_on >= items.begun
    whose = items.group_by(["customer_id", "at"]).aggregate(
        n=is_last.sum(),
        every=items.near.all(where=is_last),
        before=(~is_last).sum(),
        usual=items.late.quantile(_USUAL, where=~is_last),
    )
    whose = whose.filter(
        whose.every,
        whose.n >= _LAST,
        whose.before >= _MIN_BEFORE,
        whose["at"] >= whose.usual + _LATE_DAYS,
    )
    found = _alike(whose.select("customer_id", "at"), MIN_CUSTOMERS)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


def _alike(whose: ir.Table, least: int) -> ir.Table:
    """Customers of which so many, and half or more of all given, have nearly the same number (`at`); or six or more, and far more than the numbers around it."""
    spans = whose.select(since="at").distinct().cross_join(whose.rename(n="at"))
    is_in = spans.n.between(spans.since, spans.since + _WINDOW - 1)
    is_near = spans.n.between(spans.since - _AROUND, spans.since + _WINDOW - 1 + _AROUND)
    tally = spans.group_by("since").aggregate(alike=is_in.sum(), near=is_near.sum(), every=spans.count())  # fmt: skip
    usual = (tally.near - tally.alike) * _WINDOW / (2.0 * _AROUND)  # in four days, by those around
    is_clear = (tally.alike >= _MIN_CLEAR) & (tally.alike >= _CLEARLY * usual)
    tally = tally.filter(tally.alike >= least, (tally.alike >= _MIN_ALIKE * tally.every) | is_clear)
    found = spans.inner_join(tally.select("since"), "since")
    return found.filter(found.n.between(found.since, found.since + _WINDOW - 1))


def _of_who_left(documents: ir.Table, book: Book, final: Collection[str]) -> ir.Table:
    """The invoices of customers that were billed nothing for half a year, and paid nothing by a number; those with a default event left out."""
    items = documents.filter(documents.is_invoice)
    whose = items.group_by("customer_id").aggregate(ended=items["last"].max(), billed=items.issued_on.max())  # fmt: skip
    since = ibis.literal(book.complete_until).delta(ibis.greatest(whose.ended, whose.billed), unit="D")  # fmt: skip
    whose = whose.filter(since >= _SILENT_DAYS)
    events = book.delivered.get("events")
    if events is not None:
        whose = whose.anti_join(events.filter(events.kind.isin(list(final))), "customer_id")
    return items.semi_join(whose, "customer_id")


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.005,
    least=MIN_CUSTOMERS,
    title=(
        "Left after one sum on account, the first ever, for invoices long overdue: did the customer pay it?",
        "客户在首次以预收款方式一次性结清逾期已久的发票后离开：是否由客户支付？",
    ),
    remedy=(
        "An insurer, a guarantor or a collector pays in one sum, and it is no payment of the customer: leave these rows out, with the credit notes of the rest, and deliver an event of kind 'insurer_claim' or 'write_off' (docs/your-own-data.md, somebody else bears the loss). As it is, who failed has paid. Where these customers did pay, nothing is wrong: set the tolerance of this rule",
        "保险公司、担保人或催收机构一次性付款，并非客户付款：请去除这些行及冲销余额的贷项凭证，并交付 kind = 'insurer_claim' 或 'write_off' 的事件（见 docs/your-own-data.md，由他人承担的损失）。否则违约者看似已付款。若客户确已付款，则无误：请设置该规则的容忍度",
    ),
)
def paid_on_account_and_left(rows: ir.Table, book: Book) -> Broken:
    """All money on account of a customer came after its last payment that names an invoice, the oldest unpaid one 30 days late or more; it is half to eleven tenths of what was unpaid by its number.

    Of customers without a default event, with four paid invoices or more, that were billed and paid nothing by a number in the 180 days since.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None:
        return {}
    items = _of_who_left(documents, book, default.events)
    payments = book.delivered["payments"]
    loose = payments.filter(payments.invoice_id.isnull(), payments.kind == PAYMENT_KINDS[0])
    loose = loose.filter(loose.customer_id.notnull()).group_by("customer_id")
    loose = loose.aggregate(came=lambda one: one.paid_on.min(), sent=lambda one: one.paid_on.max(), money=lambda one: one.amount.sum())  # fmt: skip
    left = items.amount - items.paid
    is_open = left > 0
    whose = items.group_by("customer_id").aggregate(
        paid=items["last"].max(),
        n=(items.days > 0).sum(),
        left=left.sum(where=is_open).cast("float64"),
        due=items.due_on.min(where=is_open),
    )
    both = whose.inner_join(loose, "customer_id")
    share = both.money.cast("float64") / both.left
    late = both.came.delta(both.due, unit="D")
    silent = ibis.literal(book.complete_until).delta(both.sent, unit="D") >= _SILENT_DAYS
    found = both.filter(
        both.n >= _MIN_BEFORE,
        both.came > both.paid,
        late >= _LATE_DAYS,
        share.between(_MIN_SHARE, _MAX_SHARE),
        silent,
    )
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.002,
    least=MIN_CUSTOMERS,
    title=(
        "Billed in one sum just what was paid in the month before, by two invoices or more: did the payments come back?",
        "开出的一张发票金额恰为上月所付两张或更多发票之和：这些付款是否被退回？",
    ),
    remedy=(
        "Where debits or cheques came back and are billed again, together or with a new due day, nothing was paid and no new debt was made: leave out the new item, and deliver the return as a row of kind 'reversal' of each payment on its own day (docs/your-own-data.md, a payment that comes back). As it is, who fails pays to the day, for ever",
        "若代扣或支票被退回后合并重新开票或改了到期日，则既未付款也无新债：请去除新项目，并在退回当日为每笔付款交付一条 kind = 'reversal' 的行（见 docs/your-own-data.md，被退回的付款）。否则违约者看似永远准时付款",
    ),
)
def billed_again_in_one_sum(rows: ir.Table, book: Book) -> Broken:
    """An invoice is just the sum of two invoices or more, not of one amount, that were paid in full in one month, and is issued after it and within 45 days of the last of them; nothing else was paid in that month.

    Found where that is of five times as many customers as have such an invoice in the 45 days before the first of these payments;
    or where it is so three times or more of a customer and never before, of five times as many customers as the other way round.
    """
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice)
    both = _months_in_one_sum(items).inner_join(
        items.select("customer_id", "issued_on", whole="amount"), ["customer_id", "whole"]
    )
    after = both.issued_on.delta(both.sent, unit="D").between(1, _AGAIN_DAYS)
    after &= both.issued_on.truncate("M") > both.month
    before = both.begun.delta(both.issued_on, unit="D").between(1, _AGAIN_DAYS)
    before &= both.issued_on.truncate("M") < both.month
    # one invoice is the sum of others by chance, before them as often as after; again and again it is not
    both = both.mutate(after=after, before=before)
    whose = both.group_by("customer_id").aggregate(after=both.after.sum(), before=both.before.sum())
    is_chain, is_reverse = ((one >= _CHAIN) & (other == 0) for one, other in ((whose.after, whose.before), (whose.before, whose.after)))  # fmt: skip
    whose = whose.mutate(is_after=whose.after > 0, is_chain=is_chain)
    many = whose.aggregate(
        n=whose.is_after.sum(),
        chance=(whose.before > 0).sum(),
        chains=whose.is_chain.sum(),
        reverse=is_reverse.sum(),
    )
    both = whose.cross_join(many)
    is_often = both.is_after & (both.n >= _TIMES * both.chance)
    is_again = both.is_chain & (both.chains >= MIN_CUSTOMERS) & (both.chains >= _TIMES * both.reverse)  # fmt: skip
    return {"customer_id": rows.customer_id.isin(both.filter(is_often | is_again).customer_id)}


def _months_in_one_sum(items: ir.Table) -> ir.Table:
    """Months in which a customer paid in full two invoices or more, not of one amount: their sum, the first payment and the last."""
    paid = items.filter(items.days == 1, items.money == items.amount)
    paid = paid.mutate(month=paid["last"].truncate("M"))
    months = paid.group_by(["customer_id", "month"]).aggregate(
        n=paid.count(),
        different=paid.amount.nunique(),
        whole=paid.amount.sum().cast(items.amount.type()),
        begun=paid["last"].min(),
        sent=paid["last"].max(),
    )
    return months.filter(months.n >= _LAST, months.different >= _LAST)
