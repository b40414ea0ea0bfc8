"""Rules of who paid, and whether it was the customer: what was cleared at the end, what somebody else pays, and what another rate makes of it."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import Book, Broken, Severity, rule

_SILENT_DAYS = 180
_LAST, _MIN_INVOICES = 2, 6
_LATE_DAYS = 30
_USUAL = 0.9
_EARLY_DAYS = 7
_MIN_EARLY, _MIN_OF_ONE_PAYER = 5, 10
_MIN_OFF, _MAX_OFF, _MIN_SHARE = 0.003, 0.15, 0.8
_WINDOW = 4
"""Days of age on which one payer pays: a weekend may lie between."""


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.01,
    least=MIN_CUSTOMERS,
    title=(
        "Left after the last invoices were cleared, a month later than ever before: were they paid?",
        "客户在最后几张发票被清账后离开，且清账比以往任何时候都晚一个月：是否真的付清？",
    ),
    remedy=(
        "An item that is cleared was not always paid: what was cleared against losses, a lawyer or a collector is an event of kind 'write_off' and a credit note, and no payment (docs/your-own-data.md, a debt that is written off; docs/ledgers.md, SAP). Where these customers did pay, nothing is wrong: set the tolerance of this rule",
        "已清账不等于已付款：以坏账损失、律师或催收机构清账的项目应作为 kind = 'write_off' 的事件及贷项凭证交付，而非付款（见 docs/your-own-data.md，核销的债务；docs/ledgers.md，SAP）。若这些客户确已付款，则无误：请设置该规则的容忍度",
    ),
)
def cleared_late_and_left(rows: ir.Table, book: Book) -> Broken:
    """Two invoices or more closed on the last day on which anything was paid, in full, the oldest 30 days late or more and 30 days later than nine in ten of those before; nothing was billed or paid in the 180 days since.

    Of customers without a default event, with six invoices or more, none of which is open. Who could not pay is seldom the one that pays all on one day and leaves.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None:
        return {}
    items = documents.filter(documents.is_invoice)
    ends = items.group_by("customer_id").aggregate(ended=items["last"].max(), billed=items.issued_on.max())  # fmt: skip
    silent = ibis.literal(book.complete_until).delta(ibis.greatest(ends.ended, ends.billed), unit="D") >= _SILENT_DAYS  # fmt: skip
    items = items.inner_join(ends.filter(silent), "customer_id")
    is_last = items["last"] == items.ended
    late = items["last"].delta(items.due_on, unit="D")
    whose = items.group_by("customer_id").aggregate(
        n=items.count(),
        closed=is_last.sum(),
        most=late.max(where=is_last),
        usual=late.quantile(_USUAL, where=~is_last),
        is_paid=(items.money >= items.amount).fill_null(False).all(),
    )
    is_late = (whose.most >= _LATE_DAYS) & (whose.most >= whose.usual + _LATE_DAYS)
    gone = whose.filter(whose.n >= _MIN_INVOICES, whose.closed >= _LAST, whose.is_paid, is_late)
    events = book.delivered.get("events")
    if events is not None:
        gone = gone.anti_join(events.filter(events.kind.isin(list(default.events))), "customer_id")
    return {"customer_id": rows.customer_id.isin(gone.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.1,
    least=_MIN_OF_ONE_PAYER,
    title=(
        "Customers whose every invoice is paid early at one and the same age, the same for all of them",
        "部分客户的每张发票都在同一账龄提前付清，且彼此相同",
    ),
    remedy=(
        "Where their receivables are sold, the factor paid and not they: leave these invoices out, or deliver what they paid to the factor (docs/your-own-data.md, receivables that are sold). Where they pay by card or by debit, nothing is wrong: set the tolerance of this rule",
        "若其应收账款已转让，付款的是保理商而非客户：请去除这些发票，或交付客户向保理商支付的款项（见 docs/your-own-data.md，转让的应收账款）。若为刷卡或代扣，则无误：请设置该规则的容忍度",
    ),
)
def paid_by_a_factor(rows: ir.Table, book: Book) -> Broken:
    """Five invoices or more, all paid in full a week or more before they were due, within four days of age of one another; so of ten customers or more at one age.

    Paid on the day of issue is cash, and not asked; nor is what was paid less a discount. What is not yet due may be unpaid.
    """
    documents = book.ledger
    if documents is None:
        return {}
    own = documents.filter(documents.is_invoice, documents.due_on <= ibis.literal(book.complete_until))  # fmt: skip
    payments = book.delivered["payments"]
    cut = payments.filter(payments.kind == PAYMENT_KINDS[1])  # a cash discount is why
    own = own.anti_join(cut, "invoice_id")
    age = own["first"].delta(own.issued_on, unit="D")
    is_early = (own.due_on.delta(own["last"], unit="D") >= _EARLY_DAYS) & (own.money >= own.amount) & (age > 0)  # fmt: skip
    own = own.mutate(age=age, is_early=is_early.fill_null(False))
    whose = own.group_by("customer_id").aggregate(n=own.count(), every=own.is_early.all(), least=own.age.min(), most=own.age.max())  # fmt: skip
    whose = whose.filter(whose.n >= _MIN_EARLY, whose.every, whose.most - whose.least < _WINDOW)
    spans = whose.select(since="least").distinct().cross_join(whose.select("customer_id", "least", "most"))  # fmt: skip
    spans = spans.filter(spans.least >= spans.since, spans.most < spans.since + _WINDOW)
    spans = spans.mutate(alike=spans.count().over(ibis.window(group_by="since")))
    found = spans.filter(spans.alike >= _MIN_OF_ONE_PAYER)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.02,
    least=MIN_CUSTOMERS,
    title=(
        "Hardly any payment is that of its invoice: some are a little more, some a little less",
        "几乎没有付款与其发票金额相等：有的略多，有的略少",
    ),
    remedy=(
        "Invoice and payment are at rates of two days, or in two currencies: deliver both in the currency of the document, and leave out the rows of exchange differences (docs/your-own-data.md, foreign currency). What is left of each invoice is open for ever otherwise, and what is beyond it pays others",
        "发票与付款按不同日期的汇率折算，或币种不同：两者均应以单据币种交付，汇兑差额行不交付（见 docs/your-own-data.md，外币）。否则每张发票的差额将永远未清，多付部分则抵付其他发票",
    ),
)
def paid_at_another_rate(rows: ir.Table, book: Book) -> Broken:
    """Of five invoices or more that were each paid in one sum, four in five differ from it by 0.3 to 15 per cent; two or more upwards, and two downwards."""
    documents = book.ledger
    if documents is None:
        return {}
    own = documents.filter(documents.is_invoice, documents.days == 1, documents.settled == documents.paid)  # fmt: skip
    whole = own.amount.cast("float64")
    own = own.mutate(off=(own.settled.cast("float64") - whole) / whole)
    is_off = own.off.abs().between(_MIN_OFF, _MAX_OFF)
    whose = own.group_by("customer_id").aggregate(
        n=own.count(),
        off=is_off.sum(),
        more=(is_off & (own.off > 0)).sum(),
        less=(is_off & (own.off < 0)).sum(),
    )
    found = whose.filter(
        whose.n >= _MIN_EARLY,
        whose.off >= _MIN_SHARE * whose.n,
        whose.more >= _LAST,
        whose.less >= _LAST,
    )
    return {"customer_id": rows.customer_id.isin(found.customer_id)}
