"""Rules of debts that are made young again: cancelled and billed anew, bounced and billed anew, or due on another day than before."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from contracts.tables.raw import INVOICE_KINDS
from quality.rules.habits.customs import MIN_CUSTOMERS, with_usual_terms
from quality.rules.rule import Book, Broken, Severity, rule

_OVERDUE_DAYS = 30
"""What is cancelled and billed again sooner was billed wrongly more often than not, unless it is so again and again."""
_AGAIN_DAYS = 7
_ALIKE, _MORE = 0.01, 0.10
"""Interest and a fee may be added to what is billed again; then it is on the next day at the latest, for more is often billed by chance."""
_AT_ONCE_DAYS = 1
_OFTEN = 3
_BOUNCE_DAYS = 10
"""A cheque comes back within so many days."""
_MIN_BEFORE, _OWN_AMOUNTS = 12, 0.8
"""Of so many invoices before, this share had an amount of its own: of a flat fee, or a list of prices, the next bill is no bill again."""
_MIN_TERMS, _ONE_TERM, _SLACK_DAYS = 5, 0.6, 3
_LONGER_DAYS = 30
_PATIENCE_DAYS = 14
_HELD = 0.2
_FEW = 0.2
"""Where a larger share of a month's invoices is due so late, it was agreed: a season."""


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=MIN_CUSTOMERS,
    title=(
        "Overdue invoices were cancelled, and the same amount was billed again with a new due day",
        "逾期发票被冲销，并以新的到期日重新开具相同金额",
    ),
    remedy=(
        "Leave out the credit note and what was billed again, and let what pays the new invoices pay the old one (docs/your-own-data.md, overdue invoices that are billed again); a due day that was agreed because the customer could not pay is a payment plan. Where it was an estimate, or a demand, that the invoice took the place of (Kingdee's estimated receivables), leave that and its credit note out instead. As it is, late payers are never late, and what they owe is young",
        "冲销的贷项凭证与重新开具的发票均不交付，并将新发票的付款归入原发票（见 docs/your-own-data.md，逾期发票重新开具）；因客户无力付款而约定的新到期日属于付款计划。若被冲销的是暂估应收或付款请求、后由正式发票取代，则请排除该暂估单据及其红字冲销。否则拖欠者从不逾期，欠款账龄总是很新",
    ),
)
def billed_again_when_overdue(rows: ir.Table, book: Book) -> Broken:
    """A credit note of the whole of an invoice, or of what a payment left of it, 30 days or more after its due day, and within a week of it invoices of one day that come to the same; or on the same day or the next, to a tenth more.

    Or sooner after the due day, three times. A credit note that names nothing is that of an older invoice of its amount which nobody paid.
    """
    invoices = book.delivered.get("invoices")
    if invoices is None:
        return {}
    is_invoice = invoices.kind == INVOICE_KINDS[0]
    notes = invoices.filter(~is_invoice)
    notes = notes.select("customer_id", "amount", "credits", note="invoice_id", noted="issued_on")
    old = invoices.filter(is_invoice).select("invoice_id", "due_on", owed="amount")
    named = notes.inner_join(old, notes.credits == old.invoice_id)
    whole = named.filter(named.amount == named.owed).select("customer_id", "note", "noted", "due_on", "amount")  # fmt: skip
    if book.ledger is not None:
        whole = whole.union(_unnamed(notes, book.ledger)).union(_rests(notes, book.ledger))
    whole = whole.mutate(late=whole.noted.delta(whole.due_on, unit="D"))
    whole = whole.filter(whole.late > 0)
    # several may be billed anew on one day, and what is billed may be several
    days = whole.group_by(["customer_id", "noted"]).aggregate(gone=whole.amount.sum().cast("float64"), late=whole.late.max())  # fmt: skip
    new = invoices.filter(is_invoice).semi_join(days, "customer_id")
    new = new.group_by(["customer_id", "issued_on"]).aggregate(came=new.amount.sum().cast("float64"), most=new.amount.max().cast("float64"))  # fmt: skip
    both = days.inner_join(new, "customer_id")
    apart = both.issued_on.delta(both.noted, unit="D")
    most = apart.between(-_AT_ONCE_DAYS, _AT_ONCE_DAYS).ifelse(_MORE, _ALIKE)
    more = ((one - both.gone) / both.gone for one in (both.came, both.most))
    is_same = ibis.or_(*((one >= -_ALIKE) & (one <= most) for one in more))
    both = both.filter(apart.between(-_AGAIN_DAYS, _AGAIN_DAYS), is_same)
    whose = both.group_by("customer_id").aggregate(n=both.noted.nunique(), late=both.late.max())
    found = whose.filter((whose.late >= _OVERDUE_DAYS) | (whose.n >= _OFTEN))
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


def _rests(notes: ir.Table, documents: ir.Table) -> ir.Table:
    """Credit notes of all that payments had left of the invoice they name, half of it or more: columns as of `_unnamed`."""
    items = documents.filter(documents.is_invoice, documents.paid > 0)
    items = items.select("invoice_id", "due_on", owed="amount", left=(items.amount - items.paid).cast(AMOUNT))  # fmt: skip
    both = notes.inner_join(items, notes.credits == items.invoice_id)
    both = both.filter(both.amount == both.left, both.left * 2 >= both.owed)
    return both.select("customer_id", "note", "noted", "due_on", "amount")  # fmt: skip


def _unnamed(notes: ir.Table, documents: ir.Table) -> ir.Table:
    """Credit notes that name nothing, each with the oldest invoice of its amount that nobody paid: customer_id, note, noted, due_on, amount."""
    items = documents.filter(documents.is_invoice, documents.paid == 0)
    items = items.select("customer_id", "amount", "due_on")
    both = notes.filter(notes.credits.isnull()).inner_join(items, ["customer_id", "amount"])
    both = both.filter(both.due_on < both.noted)
    first = both.group_by(["customer_id", "note", "noted", "amount"]).aggregate(due_on=both.due_on.min())  # fmt: skip
    return first.select("customer_id", "note", "noted", "due_on", "amount")


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=MIN_CUSTOMERS,
    title=(
        "Paid, and within days billed again for the same amount or one fee more, again and again: did the payments bounce?",
        "付清数日后又以相同金额或加一笔费用重新开票，且反复如此：付款是否被退回？",
    ),
    remedy=(
        "Deliver the return of the cheque or debit as a reversal of the payment, and leave the new bill and the fee out (docs/your-own-data.md, a payment that was returned). As it is, who never paid has always paid",
        "请将退票或退回的扣款作为该付款的 reversal 交付，并去除重新开具的发票与费用（见 docs/your-own-data.md，被退回的付款）。否则从未付款者看似每次都已付清",
    ),
)
def billed_again_when_bounced(rows: ir.Table, book: Book) -> Broken:
    """Three invoices in a row, each issued within ten days of the payment of the one before, in one sum, and larger by one and the same fee of at most a tenth.

    Or of one new amount, after twelve invoices. Asked where four in five of the customer's invoices had amounts of their own: of a flat fee, or a list of prices, one bill is like another.
    """
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice)
    order = ibis.window(group_by="customer_id", order_by=["issued_on", "invoice_id"])
    alike = ibis.window(group_by=["customer_id", "amount"], order_by=["issued_on", "invoice_id"])
    items = items.select("customer_id", "invoice_id", "amount", "issued_on", "last", "days", at=ibis.row_number().over(order), is_own=ibis.row_number().over(alike) == 0)  # fmt: skip
    upto = ibis.cumulative_window(group_by="customer_id", order_by=["issued_on", "invoice_id"])
    own = items.is_own.cast("int64")
    items = items.mutate(own=own.sum().over(upto), share=own.mean().over(ibis.window(group_by="customer_id")))  # fmt: skip
    paid = items.filter(items.days == 1)
    paid = paid.select("customer_id", "invoice_id", "at", "own", "share", "is_own", gone="amount", day=paid["last"].epoch_days())  # fmt: skip
    ahead = ibis.range(0, _BOUNCE_DAYS + 1).unnest()
    paid = paid.mutate(ahead=ahead)
    paid = paid.mutate(day=paid.day + paid.ahead)
    new = items.select("customer_id", came="amount", another="invoice_id", day=items.issued_on.epoch_days())  # fmt: skip
    pairs = paid.inner_join(new, ["customer_id", "day"])
    more = (pairs.came - pairs.gone).cast("float64")
    pairs = pairs.mutate(more=more.round(3))
    pairs = pairs.filter(pairs.another != pairs.invoice_id, pairs.more >= 0, pairs.more <= _MORE * pairs.gone.cast("float64"))  # fmt: skip
    later = pairs.select("customer_id", "more", another="invoice_id")
    chains = pairs.inner_join(later, ["customer_id", "more", "another"])
    has_own = chains.own >= _OWN_AMOUNTS * chains["at"]
    is_unusual = chains.is_own & has_own & (chains["at"] >= _MIN_BEFORE)
    found = chains.filter(((chains.more > 0) & (chains.share >= _OWN_AMOUNTS)) | is_unusual)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=MIN_CUSTOMERS,
    title=(
        "Due far later than the customer's other invoices, and unpaid when those would have been due: was the due day moved?",
        "到期日远晚于该客户的其他发票，且在通常到期日时未付：到期日是否被改动？",
    ),
    remedy=(
        "A due day that was moved because the customer could not pay stays the first one, and the agreement is a payment plan (docs/your-own-data.md, a due day that was agreed): dated drops keep what a system overwrites. Where these terms were agreed for goods or buyers of their own, nothing is wrong: set the tolerance of this rule",
        "若因客户无力付款而推迟到期日，应保留最初的到期日，并将约定作为付款计划交付（见 docs/your-own-data.md，约定的到期日）；带日期的分批数据可保留被系统覆盖的内容。若该账期本就为特定商品或买方约定，则无误：请设置该规则的容忍度",
    ),
)
def due_day_moved(rows: ir.Table, book: Book) -> Broken:
    """Two or more invoices due 30 days or more later than is usual for the customer, the usual day two weeks ago or more, and none of such was ever paid within two weeks of its own.

    Usual are the terms that three in five of its invoices have. In months in which a fifth of all invoices is due so late it was agreed: a season, or new terms for all.
    Nor is what comes to a fifth or less of what the customer was billed that day asked: money held back until a warranty ends.
    """
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice)
    items = with_usual_terms(items, _MIN_TERMS)
    items = items.mutate(usual=items.usual.cast("int64"), whole=items.amount.sum().over(ibis.window(group_by=["customer_id", "issued_on"])))  # fmt: skip
    near = (items.terms - items.usual).abs() <= _SLACK_DAYS
    whose = ibis.window(group_by="customer_id")
    items = items.mutate(steady=near.cast("float64").mean().over(whose), is_long=items.terms >= items.usual + _LONGER_DAYS, month=items.issued_on.truncate("M"))  # fmt: skip
    months = items.group_by("month").aggregate(share=items.is_long.cast("float64").mean())
    is_held = items.amount.cast("float64") <= _HELD * items.whole.cast("float64")
    long = items.filter(items.is_long, items.steady >= _ONE_TERM, ~is_held).inner_join(
        months, "month"
    )
    until = ibis.literal(book.complete_until).epoch_days()
    long = long.filter(long.share < _FEW, long.issued_on.epoch_days() + long.usual + _PATIENCE_DAYS <= until)  # fmt: skip
    # who pays on the later day had agreed on it: an instalment, or terms of its own
    is_open = long["first"].isnull() | (long["first"].delta(long.due_on, unit="D") > _PATIENCE_DAYS)
    long = long.filter(long.settled == long.paid)  # what was credited is no longer due
    found = long.group_by("customer_id").aggregate(n=long.count(), every=is_open.all())
    return {"customer_id": rows.customer_id.isin(found.filter(found.n > 1, found.every).customer_id)}  # fmt: skip
