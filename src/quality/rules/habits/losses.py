"""Rules of customers that did not pay, and would look as if they had; and of payers that carry the mark of a loss."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_OVERDUE_DAYS = 14
"""What is cancelled so long after its due day had not been paid, and was not billed by mistake alone."""
_SILENT_DAYS = 90
"""A customer that has neither bought nor paid for so long has left."""
_LET_GO_DAYS, _LONG_DAYS = 30, 180
_COVERED = 0.9
_MIN_PAID = 3
_FINAL = ("write_off", "ceased_trading")
_EARLY_DAYS = 7
"""Paid so long before the due day is paid early."""
_WINDOW = 4
"""Days of age on which one payer pays: a weekend may lie between."""
_MIN_INVOICES, _MIN_OF_ONE_PAYER = 100, 10
_MIN_SHARE = 0.5


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.005,
    title=(
        "Left with overdue invoices that were cancelled, and never paid or bought again",
        "逾期发票被冲销，此后客户再未付款或购买",
    ),
    remedy=(
        "Where contracts are cancelled because they were not paid, that is a default: deliver an event of kind 'write_off' for each (docs/your-own-data.md, contracts cancelled because nobody paid); as credit notes alone these customers look as if they had paid",
        "若因未付款而终止合同并冲销发票，即为违约：请为每个客户交付一条 kind = 'write_off' 的事件（见 docs/your-own-data.md）；仅有贷项凭证时，这些客户看似已付款",
    ),
)
def cancelled_when_overdue(rows: ir.Table, book: Book) -> Broken:
    """All that fell due after the customer's last payment was credited, 14 days or more after its due day and before it was late enough for default.

    Of customers without a default event that were not billed again, and have been silent for 90 days.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None:
        return {}
    both = documents.left_join(_last_paid(documents, book.delivered["payments"]), "customer_id")
    is_invoice = both.is_invoice
    never = both.last_paid.isnull()
    unpaid = is_invoice & (never | (both.due_on > both.last_paid))
    noted = ~is_invoice & (never | (both.issued_on > both.last_paid))
    ends = both.group_by("customer_id").aggregate(
        owed=both.amount.sum(where=unpaid).cast("float64"),
        credited=both.amount.sum(where=noted).cast("float64"),
        due=both.due_on.min(where=unpaid),
        noted=both.issued_on.max(where=noted),
        billed=both.issued_on.max(where=is_invoice),
    )
    days = ends.noted.delta(ends.due, unit="D")
    silent = ibis.literal(book.complete_until).delta(ends.noted, unit="D")
    gone = ends.filter(
        ends.credited >= _COVERED * ends.owed,
        ends.billed <= ends.noted,
        days >= _OVERDUE_DAYS,
        days <= default.days,
        silent >= _SILENT_DAYS,
    )
    events = book.delivered.get("events")
    if events is not None:
        gone = gone.anti_join(events.filter(events.kind.isin(list(default.events))), "customer_id")
    return {"customer_id": rows.customer_id.isin(gone.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.005,
    least=MIN_CUSTOMERS,
    title=(
        "Left with overdue invoices of which half or more was credited: let go, or written down?",
        "客户离开时，其逾期发票的一半以上已被贷项冲减：是放弃还是减记？",
    ),
    remedy=(
        "What is let go because the customer cannot pay is a default: deliver an event of kind 'write_off' on that day beside the credit notes. A value adjustment is no credit note at all, for the customer owes what it owed: leave it out (docs/your-own-data.md, a debt that is written off). As it is, who failed owes little or nothing. Where the goods were at fault, nothing is wrong: set the tolerance of this rule",
        "因客户无力付款而放弃的部分即为违约：请在当日除贷项凭证外交付一条 kind = 'write_off' 的事件。计提的减值根本不是贷项凭证，客户所欠不变：请去除（见 docs/your-own-data.md，核销的债务）。否则违约者看似所欠甚少或毫无欠款。若因货物有瑕疵，则无误：请设置该规则的容忍度",
    ),
)
def let_go_in_part_and_left(rows: ir.Table, book: Book) -> Broken:
    """All that fell due last, two invoices or more, was credited by half of it or more by name, and not all of it, 30 days late or more; nothing was billed after the last of these credit notes, of 90 days ago or earlier.

    Of customers without a default event.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None:
        return {}
    notes = documents.filter(~documents.is_invoice, documents.credits.notnull())
    notes = notes.group_by(invoice_id="credits").aggregate(noted=notes.issued_on.max(), gone=notes.amount.sum().cast("float64"))  # fmt: skip
    items = documents.filter(documents.is_invoice).select("invoice_id", "customer_id", "amount", "due_on", "issued_on")  # fmt: skip
    items = items.left_join(notes, "invoice_id").drop("invoice_id_right")
    whole = items.amount.cast("float64")
    is_cut = (items.gone * 2 >= whole) & (items.gone < whole) & (items.noted.delta(items.due_on, unit="D") >= _LET_GO_DAYS)  # fmt: skip
    items = items.mutate(is_cut=is_cut.fill_null(False))
    begun = items.group_by("customer_id").aggregate(begun=items.due_on.min(where=items.is_cut))
    last = items.inner_join(begun.filter(begun.begun.notnull()), "customer_id")
    last = last.filter(last.due_on >= last.begun)
    whose = last.group_by("customer_id").aggregate(n=last.count(), every=last.is_cut.all(), noted=last.noted.max(), billed=last.issued_on.max())  # fmt: skip
    silent = ibis.literal(book.complete_until).delta(whose.noted, unit="D") >= _SILENT_DAYS
    found = whose.filter(whose.n > 1, whose.every, whose.billed <= whose.noted, silent)
    events = book.delivered.get("events")
    if events is not None:
        found = found.anti_join(events.filter(events.kind.isin(list(default.events))), "customer_id")  # fmt: skip
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


def _last_paid(documents: ir.Table, payments: ir.Table) -> ir.Table:
    """The day of each customer's last payment, whether or not it names a document: customer_id, last_paid."""
    named = documents.select("customer_id", paid_on="last")
    loose = payments.filter(payments.kind == PAYMENT_KINDS[0], payments.customer_id.notnull())
    loose = loose.anti_join(documents, "invoice_id").select("customer_id", "paid_on")
    made = named.union(loose)
    return made.group_by("customer_id").aggregate(last_paid=made.paid_on.max())


@rule(
    Severity.REPORT,
    "events",
    tolerance=0.002,
    title=(
        "A debt was written off, and its customer bought and paid on",
        "债务已核销，但客户此后仍在购买并付款",
    ),
    remedy=(
        "A remainder that is let go is no loss of a debtor: deliver it as a row of payments of kind 'fee', and a write-off only where a debtor failed (docs/your-own-data.md, a debt that is written off); the customer is in default for good otherwise",
        "放弃的尾差不是坏账：请作为 kind = 'fee' 的付款行交付，仅在债务人违约时交付核销事件（见 docs/your-own-data.md）；否则该客户将被永久视为违约",
    ),
)
def written_off_and_paying(rows: ir.Table, book: Book) -> Broken:
    """A write-off, or an end of trading, after which three or more invoices were issued and paid."""
    documents = book.ledger
    if documents is None:
        return {}
    paid = documents.filter(documents.is_invoice, documents.days > 0)
    own = book.own.filter(book.own.kind.isin(list(_FINAL)))
    both = own.select(ROW, "customer_id", "occurred_on").inner_join(
        paid.select("customer_id", "issued_on"), "customer_id"
    )
    later = both.filter(both.issued_on > both.occurred_on)
    found = later.group_by(ROW).aggregate(n=later.count())
    return {"kind": rows[ROW].isin(found.filter(found.n >= _MIN_PAID)[ROW])}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.0,
    least=MIN_CUSTOMERS,
    title=(
        "Most customers that became insolvent bought and paid on as before",
        "多数被记为破产的客户此后仍照常购买并付款",
    ),
    remedy=(
        "Check how the events were matched: by name alone a bureau's insolvency is another firm's (match by registration or tax number, and deliver no event where that differs); and what they are: a petition or a lawsuit is a legal_action, and only the opening of proceedings an insolvency (docs/your-own-data.md, section 12). As it is, each of these payers is in default for good",
        "请检查事件的匹配方式：仅按名称匹配时，征信机构的破产记录可能属于另一公司（请按注册号或税号匹配，不一致者不交付事件）；并检查事件性质：申请或诉讼为 legal_action，仅正式启动破产程序为 insolvency（见 docs/your-own-data.md 第 12 节）。否则这些付款者将被永久视为违约",
    ),
)
def insolvent_and_paying(rows: ir.Table, book: Book) -> Broken:
    """An insolvency half a year ago or earlier, after which three or more invoices were issued and paid; asked where it is so of more than half of those that were insolvent and had been billed.

    Who is reorganised trades on, but few are.
    """
    documents, events = book.ledger, book.delivered.get("events")
    if documents is None or events is None:
        return {}
    since = ibis.literal(book.complete_until).delta(events.occurred_on, unit="D")
    own = events.filter(events.kind == "insolvency", since >= _LONG_DAYS)
    own = own.group_by("customer_id").aggregate(since=own.occurred_on.min())
    both = documents.filter(documents.is_invoice).inner_join(own, "customer_id")
    is_paid = (both.issued_on > both.since) & (both.days > 0)
    whose = both.group_by("customer_id").aggregate(n=is_paid.sum())
    is_trading = whose.n >= _MIN_PAID
    whose = whose.mutate(is_trading=is_trading, many=is_trading.sum().over(), every=whose.count().over())  # fmt: skip
    found = whose.filter(whose.is_trading, whose.many * 2 > whose.every)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.5,
    title=(
        "Most invoices are paid early at one and the same age, whoever the customer",
        "无论哪个客户，大部分发票都在相同账龄提前付清",
    ),
    remedy=(
        "Where receivables are sold, the factor paid and not the customer: deliver what the customer paid to the factor, from the factor's statement (docs/your-own-data.md, receivables that are sold). A bill that the customer accepted is a promise and no money: an item of its own, due when it matures (a bill or a note). Where it is a direct debit, due_on is the day of the debit",
        "若应收账款已转让，付款的是保理商而非客户：请按保理商对账单交付客户向其支付的款项（见 docs/your-own-data.md）。客户承兑的商业汇票是承诺而非付款：应作为到期日付款的单独项目交付（汇票）。若为代扣，due_on 应为扣款日",
    ),
)
def paid_early_at_one_age(rows: ir.Table, book: Book) -> Broken:
    """More than half of what was paid was paid a week or more before it was due, within the same four days after its issue.

    Asked of a hundred invoices and ten customers or more. Paid on the day of issue is cash, and not asked; nor is what was paid less a discount.
    """
    documents = book.ledger
    if documents is None:
        return {}
    own = documents.filter(documents.is_invoice, documents.first_money * 2 >= documents.amount)
    own = own.mutate(
        age=own["first"].delta(own.issued_on, unit="D"),
        early=own.due_on.delta(own["first"], unit="D") >= _EARLY_DAYS,
    )
    payments = book.delivered["payments"]
    cut = payments.filter(payments.kind == PAYMENT_KINDS[1])  # a cash discount is why
    early = own.filter(own.early, own.age > 0).anti_join(cut, "invoice_id")
    early = early.select(ROW, "customer_id", "age")
    ages = early.group_by("age").aggregate(n=early.count())
    spans = ages.select(since="age").cross_join(ages)
    spans = spans.filter(spans.age >= spans.since, spans.age < spans.since + _WINDOW)
    spans = spans.group_by("since").aggregate(n=spans.n.sum())
    best = spans.order_by([spans.n.desc(), "since"]).limit(1)
    found = early.cross_join(best)
    found = found.filter(found.age >= found.since, found.age < found.since + _WINDOW)
    many = found.aggregate(n=found.count(), whose=found.customer_id.nunique())
    many = many.cross_join(own.aggregate(every=own.count()))
    many = many.filter(many.n >= _MIN_INVOICES, many.whose >= _MIN_OF_ONE_PAYER, many.n > _MIN_SHARE * many.every)  # fmt: skip
    return {"issued_on": rows[ROW].isin(found.cross_join(many.select("every"))[ROW])}
