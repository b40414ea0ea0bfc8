"""Rules of promises that were read as payments: cheques that replace one another, notes and drafts, and what was taken back."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.amounts import on_account, signed
from quality.rules.habits.customs import MIN_CUSTOMERS, with_usual_terms
from quality.rules.rule import Book, Broken, Severity, rule

_TWICE, _AT_ONCE_DAYS, _APART_DAYS = 2, 1, 20
_MIN_INVOICES, _OWN_AMOUNTS = 4, 0.8
_SHORTER_DAYS, _WITHIN_DAYS = 20, 400
_EARLY_DAYS, _SHARE, _MIN_SHARE = 30, 0.9, 0.05
_SILENT_DAYS = 180


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.005,
    least=MIN_CUSTOMERS,
    title=(
        "Payments came back and were made again on the same day, one after another: cheques or drafts that replace each other?",
        "付款被退回后当日又重新付款，且接连如此：是否为以新支票或票据换旧？",
    ),
    remedy=(
        "A cheque or a draft that is dated ahead pays on the day its money comes, and one that replaces another pays nothing: deliver no payment on receipt, and none for those that were replaced (docs/your-own-data.md, promises to pay). As it is, who cannot pay has always paid. Where an application was corrected on that day, leave both rows out",
        "远期支票或票据在款项到账之日才算付款，以新换旧的则分文未付：收到票据时不应交付付款，被替换的票据亦不应交付（见 docs/your-own-data.md，付款承诺）。否则无力付款者看似总已付款。若只是当日更正了核销，请去除这两行",
    ),
)
def paid_again_as_it_came_back(rows: ir.Table, book: Book) -> Broken:
    """Twice or more, twenty days apart or more, was a payment of an invoice returned and as much paid on it on that day or the next."""
    if book.ledger is None:
        return {}
    payments = book.delivered["payments"]
    own = payments.filter(payments.invoice_id.notnull()).select("invoice_id", "kind", "amount", "paid_on")  # fmt: skip
    back = own.filter(own.kind == PAYMENT_KINDS[-1]).select("invoice_id", "amount", returned="paid_on")  # fmt: skip
    again = own.filter(own.kind == PAYMENT_KINDS[0]).semi_join(back, "invoice_id")
    both = back.inner_join(again.drop("kind"), ["invoice_id", "amount"])
    both = both.filter(both.paid_on.delta(both.returned, unit="D").between(0, _AT_ONCE_DAYS))
    each = both.group_by("invoice_id").aggregate(n=both.returned.nunique(), begun=both.returned.min(), ended=both.returned.max())  # fmt: skip
    each = each.filter(each.n >= _TWICE, each.ended.delta(each.begun, unit="D") >= _APART_DAYS)
    found = book.ledger.semi_join(each, "invoice_id")
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.005,
    least=MIN_CUSTOMERS,
    title=(
        "Billed again for just what an older invoice had been paid, due at once, and never paid: was the payment dishonoured?",
        "以某张已付旧发票的相同金额再次开票、立即到期且从未支付：原付款是否被拒付？",
    ),
    remedy=(
        "A draft that is dishonoured, and a receivable that a factor gives back, are the old debt and no new one: leave the new item out, and deliver a row of kind 'reversal' of what had paid the old one, on the day it came back (docs/your-own-data.md, promises to pay). As it is, who failed was punctual, and its default begins months too late",
        "被拒付的票据、保理商退回的应收账款都是原有欠款而非新债：请去除新项目，并在退回当日对原付款交付一条 kind = 'reversal' 的行（见 docs/your-own-data.md，付款承诺）。否则违约者看似准时付款，违约晚了数月才开始",
    ),
)
def opened_again_when_dishonoured(rows: ir.Table, book: Book) -> Broken:
    """An invoice of which nothing was paid or credited, on terms 20 days or more shorter than usual for the customer, of the amount of one older invoice of the 400 days before that was paid in full, and of no other.

    Of customers with four invoices or more, of which four in five have amounts of their own.
    """
    documents = book.ledger
    if documents is None:
        return {}
    items = with_usual_terms(documents.filter(documents.is_invoice), _MIN_INVOICES)
    whose = items.group_by("customer_id").aggregate(n=items.count(), own=items.amount.nunique())
    whose = whose.filter(whose.own >= _OWN_AMOUNTS * (whose.n - 1))
    alike = ibis.window(group_by=["customer_id", "amount"])
    items = items.semi_join(whose, "customer_id").mutate(alike=lambda one: one.count().over(alike))
    items = items.filter(items.alike == 2)
    old = items.filter(items.days > 0, items.paid == items.amount).select("customer_id", "amount", since="issued_on")  # fmt: skip
    new = items.filter(items.settled == 0, items.usual - items.terms >= _SHORTER_DAYS)
    both = new.select("customer_id", "amount", "issued_on").inner_join(old, ["customer_id", "amount"])  # fmt: skip
    found = both.filter(both.issued_on.delta(both.since, unit="D").between(1, _WITHIN_DAYS))
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=_MIN_SHARE,
    least=MIN_CUSTOMERS,
    title=(
        "Customers that pay nearly every invoice in full a month or more before it is due: with money, or with notes?",
        "部分客户几乎每张发票都在到期一个月以前全额结清：是以资金还是以票据？",
    ),
    remedy=(
        "A promissory note, a draft or a cheque that is dated ahead (pagares, traites, tegata) closes an invoice when it is received, and is a payment on the day its money comes: deliver that day, and nothing of those that were not met; the same where a platform or a factor pays (docs/your-own-data.md, promises to pay). As it is, nobody with such terms ever fails. Where these customers do pay so early, nothing is wrong: set the tolerance of this rule",
        "本票、汇票或远期支票（承兑汇票等）在收到时即结清发票，但款项到账之日才算付款：请交付到账日，未兑付者则不交付付款；由平台或保理商付款者亦同（见 docs/your-own-data.md，付款承诺）。否则采用此类条款的客户从不违约。若客户确实如此提前付款，则无误：请设置该规则的容忍度",
    ),
)
def closed_long_before_due(rows: ir.Table, book: Book) -> Broken:
    """Nine in ten of the invoices that fell due, of five or more, were paid in full in one sum, after the day of issue, a month or more before they were due.

    Paid on the day of issue is cash, and what is paid less a discount has a reason. An invoice that was paid twice, or came back, is not asked.
    """
    documents = book.ledger
    if documents is None:
        return {}
    own = documents.filter(documents.is_invoice, documents.due_on <= ibis.literal(book.complete_until))  # fmt: skip
    is_whole = (own.days == 1) & (own.money == own.amount) & (own.paid == own.amount)
    is_after = own["last"].delta(own.issued_on, unit="D") > 0
    is_early = own.due_on.delta(own["last"], unit="D") >= _EARLY_DAYS
    own = own.mutate(is_early=(is_whole & is_after & is_early).fill_null(False))
    whose = own.group_by("customer_id").aggregate(n=own.count(), early=own.is_early.sum())
    found = whose.filter(whose.n > _MIN_INVOICES, whose.early >= _SHARE * whose.n)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=MIN_CUSTOMERS,
    title=(
        "Customers that left in credit, by half a usual invoice or more",
        "客户离开时账上有贷方余额，且达到通常发票金额的一半以上",
    ),
    remedy=(
        "Few leave money behind. Look at these accounts: a chargeback or a payment that came back is a row of kind 'reversal', and no credit note or refund; the amount of an open item is that of the document, and not what is left of it (docs/your-own-data.md, what is left over); what was sent back is a reversal; a deposit is no payment. As it is, who failed owes nothing. Where they did leave it, nothing is wrong: set the tolerance of this rule",
        "很少有人会留下余款。请检查这些账户：拒付或被退回的付款应为 kind = 'reversal' 的行，而非贷项凭证或退款；未清项目的金额应为单据金额，而非其余额（见 docs/your-own-data.md，余额）；退还的款项是 reversal；保证金不是付款。否则违约者看似毫无欠款。若客户确实留下余款，则无误：请设置该规则的容忍度",
    ),
)
def left_in_credit(rows: ir.Table, book: Book) -> Broken:
    """With four invoices or more, billed nothing in the 180 days before the last complete one, and more was paid and credited than billed, by half of the customer's median invoice or more."""
    documents = book.ledger
    if documents is None:
        return {}
    sign = ibis.ifelse(documents.is_invoice, 1, -1)
    open_ = (sign * (documents.amount - documents.paid)).cast(AMOUNT)
    owner = ["customer_id", "currency"]
    loose = on_account(book.delivered["payments"], book.delivered["customers"])
    loose = loose.select(*owner, open=(-signed(loose)).cast(AMOUNT))
    both = documents.select(*owner, open=open_).union(loose)
    balance = both.group_by(owner).aggregate(balance=both.open.sum().cast("float64"))
    items = documents.filter(documents.is_invoice)
    usual = items.group_by(owner).aggregate(n=items.count(), usual=items.amount.cast("float64").median())  # fmt: skip
    last = documents.group_by("customer_id").aggregate(billed=documents.issued_on.max(where=documents.is_invoice))  # fmt: skip
    since = ibis.literal(book.complete_until).delta(last.billed, unit="D")
    gone = balance.inner_join(usual, owner).semi_join(last.filter(since >= _SILENT_DAYS), "customer_id")  # fmt: skip
    found = gone.filter(gone.n >= _MIN_INVOICES, gone.balance * 2 <= -gone.usual)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}
