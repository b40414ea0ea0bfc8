"""Rules of due days and accounts that are the house's custom and not what was agreed: payers that are late by the books alone."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import INVOICE_KINDS, PAYMENT_KINDS
from quality.rules.rule import Book, Broken, Severity, rule

_WITHOUT = "events_only"
MIN_CUSTOMERS = 3
"""What fewer do is no custom of the house, whatever share of a small book they are."""
_NINETY = 90
"""Where a portfolio says that default comes sooner, it is meant that many are so late."""
_MIN_INVOICES = 3
"""So many invoices paid so late are a habit."""
_OVERDUE_DAYS = 30
"""What is cancelled and billed again sooner was billed wrongly more often than not."""
_AGAIN_DAYS = 7
_ALIKE = 0.01
_TWINS = 2
_BETWEEN = (-31, 93)
"""Days from the last invoice under one number to the first under the other."""


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.05,
    title=(
        "Invoices paid so late that it is default, again and again, by customers that are billed on",
        "客户屡次在达到违约天数之后才付款，却仍在继续开票",
    ),
    remedy=(
        "Check due_on: season dating, letters of credit, consignment and self-billing fall due by what was agreed, and not by the standard terms of the system (docs/your-own-data.md, a due day that was agreed). Where due_on is right and the trade pays so late, say in the portfolio's yaml with `default > days` after how many days it is default; else all these are defaults that cure by themselves",
        "请检查 due_on：季节性延期、信用证、寄售与自开票应按约定到期，而非系统的标准账期（见 docs/your-own-data.md，约定的到期日）。若 due_on 无误而该行业付款确实如此之晚，请在配置中以 default > days 说明逾期多少天算违约；否则这些客户均为自行恢复的违约",
    ),
)
def paid_after_default_by_habit(rows: ir.Table, book: Book) -> Broken:
    """Three or more invoices of which half or more came in one payment after the days of default, and after 90, on which the customer was billed later still; of three customers or more."""
    documents, default = book.ledger, book.default
    if documents is None or default is None or default.preset == _WITHOUT:
        return {}
    items = documents.filter(documents.is_invoice)
    days = max(default.days, _NINETY)
    ever = items.filter(items["last"].delta(items.due_on, unit="D") > days)
    payments = book.delivered["payments"]
    money = payments.filter(payments.kind == PAYMENT_KINDS[0])
    paid = money.select("invoice_id", "paid_on", part="amount").inner_join(
        ever.select("invoice_id", "customer_id", "amount", "due_on"), "invoice_id"
    )
    late = paid.filter(
        paid.paid_on.delta(paid.due_on, unit="D") > days, paid.part * 2 >= paid.amount
    )
    habits = late.group_by("customer_id").aggregate(n=late.invoice_id.nunique(), first=late.paid_on.min())  # fmt: skip
    habits = habits.filter(habits.n >= _MIN_INVOICES)
    last = items.group_by("customer_id").aggregate(last=items.issued_on.max())
    found = habits.inner_join(last, "customer_id")
    found = found.filter(found["last"] > found["first"])
    return {"customer_id": rows.customer_id.isin(_by_several(found).customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    title=(
        "Late for half a year, without a payment, and billed on as if nothing were owed",
        "逾期已半年且无任何付款，却仍照常开票",
    ),
    remedy=(
        "Look at one of them, and for what pays it: a head office or a new number of the same customer (coalesce(new, old) AS customer_id in every SELECT), netting with what you owe it, a processor or a factor; deliver that (docs/your-own-data.md, section 11). Those that nobody pays for, as where subscriptions run on, are in default",
        "请抽查其中一个客户，寻找为其付款者：总公司或同一客户的新编号（在所有 SELECT 中写 coalesce(new, old) AS customer_id）、与应付账款的抵销、支付机构或保理商，并予以交付（见 docs/your-own-data.md 第 11 节）。确实无人付款的（例如继续开票的订阅）即为违约",
    ),
)
def late_and_billed_on(_rows: ir.Table, _book: Book) -> Broken:
    """More than the materiality is late by 90 days more than default is defined by, on the last complete day; three invoices or more were issued in the 90 days before, and nothing was paid.

    Asked of three customers or more. Few sell on to who has not paid for half a year; where subscriptions run on, these are in default. Found when all tables have been asked; see `quality.delivery.paying`.
    """
    return {}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    title=(
        "Overdue invoices were cancelled, and the same amount was billed again with a new due day",
        "逾期发票被冲销，并以新的到期日重新开具相同金额",
    ),
    remedy=(
        "Leave out the credit note and what was billed again, and let what pays the new invoices pay the old one (docs/your-own-data.md, overdue invoices that are billed again); a due day that was agreed because the customer could not pay is a payment plan. As it is, late payers are never late, and what they owe is young",
        "冲销的贷项凭证与重新开具的发票均不交付，并将新发票的付款归入原发票（见 docs/your-own-data.md，逾期发票重新开具）；因客户无力付款而约定的新到期日属于付款计划。否则拖欠者从不逾期，欠款账龄总是很新",
    ),
)
def billed_again_when_overdue(rows: ir.Table, book: Book) -> Broken:
    """A credit note of the whole of an invoice 30 days or more after its due day, and within a week invoices of one day that come to the same; of three customers or more."""
    invoices = book.delivered.get("invoices")
    if invoices is None:
        return {}
    is_invoice = invoices.kind == INVOICE_KINDS[0]
    notes = invoices.filter(~is_invoice, invoices.credits.notnull())
    old = invoices.filter(is_invoice).select("invoice_id", "due_on", owed="amount")
    notes = notes.select("customer_id", "amount", "credits", noted="issued_on")
    whole = notes.inner_join(old, notes.credits == old.invoice_id)
    whole = whole.filter(whole.amount == whole.owed, whole.noted.delta(whole.due_on, unit="D") >= _OVERDUE_DAYS)  # fmt: skip
    # several may be billed anew on one day, and what is billed may be several
    days = whole.group_by(["customer_id", "noted"]).aggregate(gone=whole.amount.sum().cast("float64"))  # fmt: skip
    new = invoices.filter(is_invoice).semi_join(days, "customer_id")
    new = new.group_by(["customer_id", "issued_on"]).aggregate(came=new.amount.sum().cast("float64"), most=new.amount.max().cast("float64"))  # fmt: skip
    both = days.inner_join(new, "customer_id")
    apart = both.issued_on.delta(both.noted, unit="D")
    is_same = ibis.or_(*((one - both.gone).abs() <= _ALIKE * both.gone for one in (both.came, both.most)))  # fmt: skip
    found = both.filter(apart >= 0, apart <= _AGAIN_DAYS, is_same)
    return {"customer_id": rows.customer_id.isin(_by_several(found).customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    title=(
        "One name under two numbers, the second billed once the first was not: one customer?",
        "同一名称有两个编号，前者停止开票后后者开始：是否为同一客户？",
    ),
    remedy=(
        "Where both are one customer, give every row the number of today and leave the other out of customers.sql (docs/your-own-data.md, two accounts of one customer); else what is paid under the new number does not pay what the old one owes, and the new one has no past",
        "若为同一客户，请在每一行使用现编号，并从 customers.sql 中去除另一编号（见 docs/your-own-data.md，同一客户的两个账户）；否则新编号下的付款不能抵付旧编号的欠款，新编号也没有历史",
    ),
)
def one_customer_under_two_numbers(rows: ir.Table, book: Book) -> Broken:
    """Two customers, and no third, of one name and country; the first invoice of one came up to 93 days after the last of the other, or up to 31 before it."""
    invoices = book.delivered.get("invoices")
    if invoices is None:
        return {}
    own = book.own.select("customer_id", "country", called=book.own.name.strip().lower())
    own = own.mutate(alike=own.count().over(ibis.window(group_by=["called", "country"])))
    twins = own.filter(own.alike == _TWINS)
    ends = invoices.semi_join(twins, "customer_id").group_by("customer_id")
    ends = ends.aggregate(first=lambda one: one.issued_on.min(), last=lambda one: one.issued_on.max())  # fmt: skip
    twins = twins.inner_join(ends, "customer_id")
    old = twins.select("called", "country", "customer_id", "last", began="first")
    new = twins.select("called", "country", another="customer_id", first="first")
    both = old.inner_join(new, ["called", "country"])
    both = both.filter(both.customer_id != both.another, both.first > both.began)
    apart = both.first.delta(both["last"], unit="D")
    return {"name": rows.customer_id.isin(both.filter(apart.between(*_BETWEEN)).customer_id)}


def _by_several(found: ir.Table) -> ir.Table:
    """What was found, where it is of `MIN_CUSTOMERS` or more; else nothing."""
    whose = found.select("customer_id").distinct()
    whose = whose.mutate(n=whose.count().over())
    return whose.filter(whose.n >= MIN_CUSTOMERS)
