"""Rules of who paid, and whether it was the customer: what was cleared at the end, what somebody else pays, and what another rate makes of it."""

from __future__ import annotations

from collections.abc import Collection

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import Book, Broken, Severity, rule

_SILENT_DAYS = 180
_LAST, _MIN_INVOICES = 2, 6
_LATE_DAYS = 30
_USUAL = 0.9
_UNLIKELY, _SELDOM, _CUSTOM = 6.9, 0.05, 0.25
"""Once in a thousand books (e^-6.9), where one in twenty is expected at least; more than a quarter of all customers did not fail."""
_EARLY_DAYS = 7
_MIN_EARLY, _MIN_OF_ONE_PAYER, _ADVANCED = 5, 10, 0.7
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

    Of customers without a default event, with six invoices or more, none of which is open. Who could not pay is seldom the one
    that pays all on one day and leaves. Where customers that go on pay so at times, that many are found by chance less than once
    in a thousand books; where it is so of a quarter of all customers it is how the trade ends a job, upon acceptance.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None:
        return {}
    days = _caught_up(documents.filter(documents.is_invoice), book, default.events)
    sums = days.aggregate(
        n=days.count(),
        ends=days.is_end.sum(),
        found=(days.is_end & days.is_caught).sum(),
        others=(~days.is_end & days.is_caught).sum(),
    )
    sums = sums.cross_join(documents.aggregate(every=documents.customer_id.nunique()))
    usual = sums.ends * sums.others / ibis.greatest(sums.n - sums.ends, 1)
    usual = ibis.greatest(usual.cast("float64"), _SELDOM)
    # Chernoff's bound of so many where so few are expected: e^-(k ln(k / m) - k + m)
    apart = sums.found * (ibis.greatest(sums.found, 1) / usual).ln() - sums.found + usual
    is_odd = (sums.found > usual) & ((sums.found < MIN_CUSTOMERS) | (apart >= _UNLIKELY))
    sums = sums.filter(is_odd, sums.found < _CUSTOM * sums.every)
    found = days.filter(days.is_end, days.is_caught).cross_join(sums.select("every"))
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


def _caught_up(items: ir.Table, book: Book, final: Collection[str]) -> ir.Table:
    """The days on which customers with six invoices or more paid: customer_id, whether it was the last of one that left having paid all (`is_end`), and whether two or more were closed so late (`is_caught`)."""
    items = items.mutate(late=items["last"].delta(items.due_on, unit="D"))
    whose = items.group_by("customer_id").aggregate(
        n=items.count(),
        ended=items["last"].max(),
        billed=items.issued_on.max(),
        is_paid=(items.money >= items.amount).fill_null(False).all(),
    )
    since = ibis.literal(book.complete_until).delta(ibis.greatest(whose.ended, whose.billed), unit="D")  # fmt: skip
    whose = whose.mutate(has_left=(since >= _SILENT_DAYS) & whose.is_paid)
    events = book.delivered.get("events")
    if events is not None:
        whose = whose.anti_join(events.filter(events.kind.isin(list(final))), "customer_id")
    both = items.inner_join(whose.filter(whose.n >= _MIN_INVOICES), "customer_id")
    before = both["last"] != both.ended
    usual = both.group_by("customer_id").aggregate(usual=both.late.quantile(_USUAL, where=before))
    days = both.filter(both["last"].notnull()).group_by(["customer_id", "last"])
    days = days.aggregate(
        closed=lambda one: one.count(),
        most=lambda one: one.late.max(),
        is_end=lambda one: (one.has_left & (one["last"] == one.ended)).any(),
    ).inner_join(usual, "customer_id")
    is_late = (days.most >= _LATE_DAYS) & (days.most >= days.usual + _LATE_DAYS)
    is_caught = ((days.closed >= _LAST) & is_late).fill_null(False)
    return days.select("customer_id", "is_end", is_caught=is_caught)


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
        "Where their receivables are sold, the factor paid, or advanced most of it, and not they: leave these invoices out, or deliver what they paid to the factor (docs/your-own-data.md, receivables that are sold). Where they pay by card or by debit, nothing is wrong: set the tolerance of this rule",
        "若其应收账款已转让，付款（或垫付大部分）的是保理商而非客户：请去除这些发票，或交付客户向保理商支付的款项（见 docs/your-own-data.md，转让的应收账款）。若为刷卡或代扣，则无误：请设置该规则的容忍度",
    ),
)
def paid_by_a_factor(rows: ir.Table, book: Book) -> Broken:
    """Five invoices or more, seven tenths or more of each paid at once a week or more before it was due, within four days of age of one another; so of ten customers or more at one age.

    A factor may pay all, or advance eight or nine tenths and send the rest once the customer has paid.

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
    is_most = own.first_money.cast("float64") >= _ADVANCED * own.amount.cast("float64")
    is_early = (own.due_on.delta(own["first"], unit="D") >= _EARLY_DAYS) & is_most & (age > 0)
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
