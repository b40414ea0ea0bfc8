"""Rules of due days and accounts that are the house's custom and not what was agreed: payers that are late by the books alone."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.rule import Book, Broken, Severity, rule

_WITHOUT = "events_only"
MIN_CUSTOMERS = 3
"""What fewer do is no custom of the house, whatever share of a small book they are: it is told, and stops nothing."""
_NINETY = 90
"""Where a portfolio says that default comes sooner, it is meant that many are so late."""
_MIN_INVOICES = 3
"""So many invoices paid so late are a habit."""
_TWINS = 2
_BETWEEN = (-31, 93)
"""Days from the last invoice under one number to the first under the other."""


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.05,
    least=MIN_CUSTOMERS,
    title=(
        "Invoices paid so late that it is default, again and again, by customers that are billed on",
        "客户屡次在达到违约天数之后才付款，却仍在继续开票",
    ),
    remedy=(
        "Check due_on: season dating, letters of credit, consignment and self-billing fall due by what was agreed, and not by the standard terms of the system (docs/your-own-data.md, a due day that was agreed); check paid_on: a clearing run, or the day on which a bank's bill matures, is not the day of payment. Where due_on is right and the trade pays so late, say in the portfolio's yaml with `default > days` after how many days it is default; else all these are defaults that cure by themselves",
        "请检查 due_on：季节性延期、信用证、寄售与自开票应按约定到期，而非系统的标准账期（见 docs/your-own-data.md，约定的到期日）；并请检查 paid_on：批量清账日或银行承兑汇票的到期日并非付款日。若 due_on 无误而该行业付款确实如此之晚，请在配置中以 default > days 说明逾期多少天算违约；否则这些客户均为自行恢复的违约",
    ),
)
def paid_after_default_by_habit(rows: ir.Table, book: Book) -> Broken:
    """Three or more invoices of which half or more came in one payment after the days of default, and after 90; the customer was billed later still.

    One or two late payers are no custom of the house: they are told, and stop nothing.
    """
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
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=MIN_CUSTOMERS,
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

    One or two are told, and stop nothing. Few sell on to who has not paid for half a year; where subscriptions run on, these are in default. Found when all tables have been asked; see `quality.delivery.paying`.
    """
    return {}


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
    both = twins(book)
    return {} if both is None else {"name": rows.customer_id.isin(both.customer_id)}


def with_usual_terms(items: ir.Table, least: int = 1) -> ir.Table:
    """Invoices with their `terms` in days and those `usual` for their customer, the median; of customers with so many invoices or more."""
    items = items.mutate(terms=items.due_on.delta(items.issued_on, unit="D"))
    usual = items.group_by("customer_id").aggregate(n=items.count(), usual=items.terms.median())
    return items.inner_join(usual.filter(usual.n >= least).drop("n"), "customer_id")


def twins(book: Book) -> ir.Table | None:
    """Customers of one name that follow each other: customer_id, called, another (the number that is billed later); None without invoices."""
    invoices = book.delivered.get("invoices")
    if invoices is None:
        return None
    own = book.own.select("customer_id", "country", called=book.own.name.strip().lower())
    own = own.mutate(alike=own.count().over(ibis.window(group_by=["called", "country"])))
    namesakes = own.filter(own.alike == _TWINS)
    ends = invoices.semi_join(namesakes, "customer_id").group_by("customer_id")
    ends = ends.aggregate(first=lambda one: one.issued_on.min(), last=lambda one: one.issued_on.max())  # fmt: skip
    namesakes = namesakes.inner_join(ends, "customer_id")
    old = namesakes.select("called", "country", "customer_id", "last", began="first")
    new = namesakes.select("called", "country", another="customer_id", first="first")
    both = old.inner_join(new, ["called", "country"])
    both = both.filter(both.customer_id != both.another, both.first > both.began)
    apart = both.first.delta(both["last"], unit="D")
    return both.filter(apart.between(*_BETWEEN)).select("customer_id", "called", "another")
