"""Rules of how invoices are settled: what is left, what came back, and discounts nobody stated."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT, MONEY
from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_MIN_INVOICES = 5
"""So many punctual payments short by one and the same rate are a habit."""
_MIN_RATE, _MAX_RATE = 0.0075, 0.05
"""Cash discounts are 1 to 5 per cent; below lie fees and roundings, above part payments."""


@rule(
    Severity.QUARANTINE,
    "payments",
    title=("More was returned than was paid", "退回金额超过付款金额"),
    remedy=(
        "Deliver the payments that were returned as well, each on the invoice it was applied to",
        "请同时交付被退回的原付款，并记在其所核销的发票上",
    ),
)
def returned_more_than_paid(rows: ir.Table, book: Book) -> Broken:
    """The reversals of an invoice (or of a customer's money on account) exceed its payments by more than a tenth of the largest.

    A tenth, because banks add their charges to what they return. Whether the rest was ever paid nobody can say. On account
    those are broken whose amount was taken back more often than it came: the others are what they say. Nor can
    it where returns that are equal in all but their number take back more than was paid by their day: one is a second
    load, though a payment that came later may cover both.
    """
    own = book.delivered["payments"]  # a return that was loaded twice came back once
    owner = ibis.coalesce(own.invoice_id, ibis.literal("on account of ") + own.customer_id)
    whose = own.mutate(**{".owner": owner})
    returned = whose.filter(whose.kind == PAYMENT_KINDS[-1])
    whose = whose.semi_join(returned, ".owner")  # of most owners nothing came back
    back = whose.kind == PAYMENT_KINDS[-1]
    nothing = ibis.literal(0).cast(MONEY)
    sums = whose.group_by(".owner").aggregate(
        back=back.ifelse(whose.amount, nothing).sum(),
        paid=back.ifelse(nothing, whose.amount).sum(),
        most=back.ifelse(whose.amount, nothing).max(),
    )
    beyond = sums.filter((sums.back - sums.paid) * 10 > sums.most)
    often = whose.mutate(one=back.ifelse(1, -1)).group_by([".owner", "amount"])
    often = often.aggregate(more=lambda rows: rows.one.sum())
    broken = whose.filter(back).semi_join(beyond, ".owner")
    broken = broken.inner_join(often, [".owner", "amount"])
    broken = broken.filter(broken.invoice_id.notnull() | (broken.more > 0)).select(ROW)
    return {"amount": rows[ROW].isin(broken.union(_returned_twice(whose, back))[ROW])}


def _returned_twice(whose: ir.Table, back: ir.BooleanValue) -> ir.Table:
    """The number of each return that equals another of its owner, and with it takes back more than was paid by its day."""
    same = [".owner", "paid_on", "amount", "booked_at"]
    returned = whose.filter(back)
    twins = returned.group_by(same).aggregate(n=returned.count())
    twins = twins.filter(twins.n > 1).drop("n")
    days = twins.select(".owner", on="paid_on").distinct()
    by_then = days.inner_join(whose, ".owner").filter(lambda rows: rows.paid_on <= rows.on)
    is_back = by_then.kind == PAYMENT_KINDS[-1]
    left = is_back.ifelse(-by_then.amount, by_then.amount).cast(AMOUNT)
    sums = (
        by_then.mutate(left=left)
        .group_by([".owner", "on"])
        .aggregate(paid=lambda rows: rows["left"].sum())
    )
    both = returned.semi_join(twins, same)
    both = both.inner_join(sums, [".owner", both.paid_on == sums.on])
    # by more than half of it, because banks add their charges
    return both.filter(-both.paid * 2 > both.amount).select(ROW)


@rule(
    Severity.REPORT,
    "invoices",
    title=("What is left of a settled invoice was tolerated", "已结清发票的尾差被容忍"),
    remedy=(
        "Nothing, where these are cents, fees and agreed discounts; what is tolerated is `settlement` of the portfolio's yaml",
        "若为尾差、手续费或约定折扣则无需处理；容忍范围见配置中的 settlement",
    ),
)
def remainder_tolerated(_rows: ir.Table, _book: Book) -> Broken:
    """More than nothing is left, and no more than the tolerance and, where taken in time, the discount that was agreed.

    Found by `quality.delivery.tolerated`, with the money that was tolerated in place of that of the invoices.
    """
    return {}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    title=(
        "Punctual payments short by one rate look like a cash discount",
        "按时付款均少付同一比例，疑似现金折扣",
    ),
    remedy=(
        "State the agreed discount: discount_days and discount_rate in credit_terms.sql, or under settlement of the portfolio's yaml; without it the rest stays overdue for ever. What a card processor keeps is its fee: deliver the gross amount. Where the rest is paid later it was held back, and is an invoice of its own with its own due day",
        "请说明约定的现金折扣：credit_terms.sql 或配置 settlement 中的 discount_days 与 discount_rate；否则余额将一直显示逾期。若少付部分为支付机构扣留的手续费，请交付总额。若余额日后支付，则为质保金，应作为有其自身到期日的单独发票",
    ),
)
def discount_not_stated(rows: ir.Table, book: Book) -> Broken:
    """Five or more invoices paid once, by their due day, and short by the same 1 to 5 per cent, where no discount is agreed."""
    documents = book.ledger
    if documents is None:
        return {}
    both = documents.filter(
        documents.is_invoice,
        documents.amount > 0,
        documents.n_paid == 1,
        documents["last"] <= documents.due_on,
    )
    amount = both.amount.cast("float64")
    short = ((amount - both.paid.cast("float64")) / amount).round(3)
    habits = both.mutate(short=short).filter(short.between(_MIN_RATE, _MAX_RATE))
    habits = habits.group_by(["customer_id", "short"]).aggregate(n=habits.count())
    found = habits.filter(habits.n >= _MIN_INVOICES)
    is_short = rows.customer_id.isin(found.customer_id)
    terms = book.delivered.get("credit_terms")
    if book.settlement is not None and book.settlement.discount_rate is not None:
        return {"customer_id": ibis.literal(value=False)}
    if terms is None:
        return {"customer_id": is_short}
    agreed = terms.filter(terms.discount_rate.notnull())
    return {"customer_id": is_short & ~rows.customer_id.isin(agreed.customer_id)}


@rule(
    Severity.QUARANTINE,
    "payments",
    title=(
        "Money beyond one invoice is just what is open of another customer's",
        "某发票多付的金额恰为其他客户未付的金额",
    ),
    remedy=(
        "Correct the invoice the payment names: one customer looks unpaid, and another has paid twice",
        "更正付款所指的发票：一个客户显得未付款，另一个则重复付款",
    ),
)
def paid_on_another_invoice(_rows: ir.Table, _book: Book) -> Broken:
    """What an invoice was paid too much is one of its payments, and just what is left of another customer's invoice.

    That invoice is unknown. Among a customer's own invoices the ledger nets by itself. An amount that many invoices share
    proves nothing. Found when all tables have been asked; see `quality.delivery.misapplied`.
    """
    return {}


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=(
        "Paid a hundredth or a thousandth of its amount: a decimal point is misplaced",
        "仅付金额的百分之一或千分之一：小数点错位",
    ),
    remedy=(
        "Correct the amount of the invoice or of its payment in the SELECT: one of them lost its decimal point, or took that between thousands for one",
        "在SELECT中更正发票或其付款的金额：其一丢失了小数点，或将千分位误作小数点",
    ),
)
def decimal_point_misplaced(_rows: ir.Table, _book: Book) -> Broken:
    """What was paid of an invoice, put right by a hundred or a thousand, is all of it, or all but a discount of 6 %.

    As delivered it would be unpaid for ever. A deposit of a tenth is common, one of a hundredth is not. Found when all tables
    have been asked; see `quality.delivery.magnitude`.
    """
    return {}


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=(
        "Never paid by its customer, while the group has paid more than it was billed",
        "客户从未付款，而其所属集团的付款超过账单金额",
    ),
    remedy=(
        "Where a head office pays for its branches in one sum, make it the customer: coalesce(head, branch) AS customer_id in every SELECT; or say for each payment which branch it is meant for",
        "若总公司统一为各分支付款，请以总公司为客户：在所有 SELECT 中写 coalesce(head, branch) AS customer_id；或逐笔注明付款所属的分支",
    ),
)
def paid_by_its_group(_rows: ir.Table, _book: Book) -> Broken:
    """Its head office has paid too much by at least half of what it owes: whose money that was nobody can say.

    Believed, every branch would be in default and the head office never. Found when all tables have been asked; see
    `quality.delivery.grouped`.
    """
    return {}
