"""Rules of documents that a ledger makes by itself: the rest of an item that was paid in part, accruals, items that are taken away."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_LATE_DAYS = 14
_TWO, _SELDOM = 2, 0.05
"""Of who is billed on more than one other day in twenty, payments fall on days of billing by chance."""
_OVERDUE_DAYS = 30
_BACK_DAYS = 3
_MIN_ACCRUALS, _MIN_MONTHS, _MIN_SHARE = 20, 3, 0.2
_MIN_MOVED, _MIN_OWN = 5, 2
_SMALL, _MIN_EACH = 0.2, 3


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.01,
    least=MIN_CUSTOMERS,
    title=(
        "Late invoices are paid in full on the day on which a smaller one is issued: is that the rest of them?",
        "逾期发票全额付清当日又开出金额更小的发票：是否为其余额？",
    ),
    remedy=(
        "Where a ledger clears an item that was paid in part and opens the rest as an item of its own (SAP: a residual item), the rest keeps the due day of the old item, and is not issued after it: least(issued_on, due) AS issued_on, due AS due_on (docs/your-own-data.md, a rest that is an item of its own). As it is, late payers have paid in full, and what they owe is young",
        "若账簿将部分付款的项目清账，并将余额另立一项（SAP 的剩余项目），余额须沿用原项目的到期日，且开票日不晚于该日：least(issued_on, due) AS issued_on, due AS due_on（见 docs/your-own-data.md，余额另立一项）。否则拖欠者看似已全额付清，欠款账龄总是很新",
    ),
)
def rest_billed_when_paid(rows: ir.Table, book: Book) -> Broken:
    """An invoice paid in one sum two weeks late or more, and on that day one of less is issued that is due on the very day the old one was.

    Or it is so, whatever the new due day, of two invoices or more and of half of those paid so late, of customers that are
    billed on one other day in twenty at most and were never billed as much or more on such a day.
    """
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice)
    old = items.filter(items.days == 1, items.money >= items.amount, items["last"].delta(items.due_on, unit="D") >= _LATE_DAYS)  # fmt: skip
    old = old.select("customer_id", "invoice_id", day="last", gone="amount", due="due_on")
    new = items.select("customer_id", day="issued_on", came="amount", due_anew="due_on", another="invoice_id")  # fmt: skip
    pairs = old.inner_join(new, ["customer_id", "day"])
    pairs = pairs.filter(pairs.another != pairs.invoice_id)
    is_less = pairs.came < pairs.gone
    is_sure = is_less & (pairs.due_anew == pairs.due)
    sums = pairs.group_by("customer_id").aggregate(
        sure=is_sure.sum(), n=pairs.invoice_id.nunique(where=is_less), more=(~is_less).sum()
    )
    late = old.group_by("customer_id").aggregate(late=old.count())
    span = items.issued_on.max().delta(items.issued_on.min(), unit="D")
    billed = items.group_by("customer_id").aggregate(on=items.issued_on.nunique(), span=span)
    both = sums.inner_join(late, "customer_id").inner_join(billed, "customer_id")
    is_habit = (both.n >= _TWO) & (both.n * 2 >= both.late) & (both.more == 0) & (both.on - both.n <= _SELDOM * both.span)  # fmt: skip
    found = both.filter((both.sure > 0) | is_habit)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.01,
    least=MIN_CUSTOMERS,
    title=(
        "All that was open was cancelled on one day, overdue and unpaid, and the customer is billed on",
        "所有未清且逾期的发票在同一天被冲销，而客户仍在继续开票",
    ),
    remedy=(
        "Items that are handed to a collector or a lawyer, or moved to an account of doubtful debts, are owed on: leave out the credit notes that take them away, or deliver an event of kind 'write_off' for each customer (docs/your-own-data.md, a debt that is written off). As it is, who failed owes nothing. Where goods were taken back, nothing is wrong: set the tolerance of this rule",
        "移交催收机构、律师或转入呆账科目的项目仍然欠付：请勿交付将其冲销的贷项凭证，或为每个客户交付 kind = 'write_off' 的事件（见 docs/your-own-data.md，核销的债务）。否则违约者看似无欠款。若为退货，则无误：请设置该规则的容忍度",
    ),
)
def cancelled_together_when_overdue(rows: ir.Table, book: Book) -> Broken:
    """Credit notes of one day take away two or more whole invoices of which nothing was paid, the oldest 30 days late or more; they are all that was due and unpaid on that day.

    Of customers that were billed later and have no default event. Who left then is found by `cancelled_when_overdue`.
    """
    documents, default = book.ledger, book.default
    if documents is None or default is None:
        return {}
    notes = documents.filter(~documents.is_invoice, documents.credits.notnull())
    notes = notes.select(invoice_id="credits", noted="issued_on", part="amount")
    items = documents.filter(documents.is_invoice)
    whole = items.filter(items.n_paid == 0).inner_join(notes, "invoice_id")
    whole = whole.filter(whole.part == whole.amount)
    days = whole.group_by(["customer_id", "noted"]).aggregate(n=whole.count(), due=whole.due_on.min())  # fmt: skip
    days = days.filter(days.n >= _TWO, days.noted.delta(days.due, unit="D") >= _OVERDUE_DAYS)
    both = days.inner_join(items.select("customer_id", "issued_on", "due_on", "days", "last", "settled", "amount"), "customer_id")  # fmt: skip
    is_due = (both.due_on <= both.noted) & ((both.days == 0) | (both["last"] > both.noted))
    ends = both.group_by(["customer_id", "noted"]).aggregate(
        n=both.n.max(), due=is_due.sum(), later=(both.issued_on > both.noted).sum()
    )
    found = ends.filter(ends.due <= ends.n, ends.later > 0)
    events = book.delivered.get("events")
    if events is not None:
        found = found.anti_join(events.filter(events.kind.isin(list(default.events))), "customer_id")  # fmt: skip
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.005,
    least=MIN_CUSTOMERS,
    title=(
        "Invoices are closed late, and on that day an account of another number is billed just their amount",
        "发票逾期后被结清，而当天另一编号的账户恰被开出相同金额",
    ),
    remedy=(
        "Items that were moved to an account of doubtful debts, of a lawyer, of a sister or of a group, or billed again there, are owed by the customer they were billed to: leave out what closed them there and what opened them on the other account, with that account (docs/your-own-data.md, two accounts of one customer). As it is, who failed owes nothing, and another account owes it all",
        "转入呆账、律师、关联公司或集团账户、或改向其重新开票的项目仍由原客户欠付：原账户上的结清行、另一账户上的开立行以及该账户本身均不交付（见 docs/your-own-data.md，同一客户的两个账户）。否则违约者看似无欠款，而全部欠款记在另一账户",
    ),
)
def moved_to_another_account(rows: ir.Table, book: Book) -> Broken:
    """Two thirds of the invoices of an account, five or more, are just the amount by which an invoice of another customer was closed in full that day, after its due day, and nobody else's; of three customers or more.

    Or two invoices or more of it are, and so of three accounts or more, each with a customer of its own.
    """
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice)
    by_money = items.filter(items.days == 1, items.money == items.amount).select("customer_id", "amount", "due_on", day="last")  # fmt: skip
    notes = documents.filter(~documents.is_invoice, documents.credits.notnull())
    notes = notes.select(invoice_id="credits", day="issued_on", amount="amount")
    by_note = items.select("invoice_id", "customer_id", "amount", "due_on").inner_join(notes, ["invoice_id", "amount"])  # fmt: skip
    closed = by_money.union(by_note.select(*by_money.columns))
    closed = closed.filter(closed.day > closed.due_on)
    new = items.select("amount", "invoice_id", another="customer_id", day="issued_on")
    pairs = closed.inner_join(new, ["amount", "day"])
    pairs = pairs.filter(pairs.another != pairs.customer_id)
    alike = ibis.window(group_by=["amount", "day"])  # a price that many are billed tells nothing
    pairs = pairs.mutate(alike=pairs.count().over(alike))
    pairs = pairs.filter(pairs.alike == 1)
    taken = pairs.group_by("another").aggregate(n=pairs.invoice_id.nunique(), whose=pairs.customer_id.nunique())  # fmt: skip
    every = items.group_by(another="customer_id").aggregate(every=items.count())
    taken = taken.inner_join(every, "another")
    taken = taken.filter(taken.n >= _MIN_OWN, taken.n * 3 >= taken.every * 2)
    one_for_all = taken.filter(taken.n >= _MIN_MOVED, taken.whose >= MIN_CUSTOMERS)
    own = taken.filter(taken.whose == 1)
    own = own.cross_join(own.aggregate(accounts=own.count()))
    own = own.filter(own.accounts >= MIN_CUSTOMERS)
    taken = one_for_all.select("another").union(own.select("another"))
    return {"customer_id": rows.customer_id.isin(pairs.semi_join(taken, "another").customer_id)}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.0,
    least=_MIN_ACCRUALS,
    title=(
        "Documents of a month's last day that are taken back on the first days of the next: accruals",
        "月末最后一天入账、次月初即冲回的单据：暂估应收",
    ),
    remedy=(
        "What is delivered and not yet billed is accrued for the closing and taken back: no invoice, and no debt of that day. Leave both documents out, by their type (docs/your-own-data.md, what is no debt). As it is, sales and credit notes count twice, and on the last complete day every customer owes what nobody has billed",
        "已交付未开票的金额为结账而暂估并随即冲回：既非发票，也非当日欠款。请按单据类型排除这两类单据（见 docs/your-own-data.md，并非欠款的单据）。否则销售与贷项重复计算，且在数据截止日每个客户都欠付尚未开票的金额",
    ),
)
def accrued_and_taken_back(rows: ir.Table, book: Book) -> Broken:
    """Issued on the last day of a month, and a credit note of all of it is of the first three days of the next; twenty or more, in three months or more, and a fifth of what is issued on such days."""
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice)
    items = items.select(ROW, "invoice_id", "customer_id", "amount", "issued_on")
    is_end = (items.issued_on + ibis.interval(days=1)).day() == 1
    ends = items.filter(is_end)
    notes = documents.filter(~documents.is_invoice)
    notes = notes.select("customer_id", "amount", "credits", noted="issued_on")
    pairs = ends.inner_join(notes, ["customer_id", "amount"])
    apart = pairs.noted.delta(pairs.issued_on, unit="D")
    pairs = pairs.filter(apart.between(1, _BACK_DAYS), pairs.credits.isnull() | (pairs.credits == pairs.invoice_id))  # fmt: skip
    found = pairs.select(ROW, "issued_on").distinct()
    many = found.aggregate(n=found.count(), months=found.issued_on.nunique())
    many = many.cross_join(ends.aggregate(every=ends.count()))
    many = many.filter(many.n >= _MIN_ACCRUALS, many.months >= _MIN_MONTHS, many.n >= _MIN_SHARE * many.every)  # fmt: skip
    return {"issued_on": rows[ROW].isin(found.cross_join(many.select("n"))[ROW])}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.0,
    least=MIN_CUSTOMERS,
    title=(
        "Small documents of month ends, some against the customer and some for it, that nobody ever paid: revaluations?",
        "月末的小额单据，有借有贷且从未付款：是否为汇率重估？",
    ),
    remedy=(
        "A revaluation of open items in foreign currency, or another difference that the ledger posts on the account by itself, is no invoice and no credit note: leave these documents out by their type (Dynamics 365: TransType ExchAdjustment of CustTrans; docs/your-own-data.md, what is no debt). As it is, they are owed for ever, and payers are in default once they add up",
        "外币未清项的汇率重估或账簿自行记入账户的其他差额既非发票也非贷项凭证：请按单据类型排除（Dynamics 365 中为 CustTrans 的 TransType ExchAdjustment；见 docs/your-own-data.md，并非欠款的单据）。否则它们将永远未清，累计后付款者也会违约",
    ),
)
def revalued_at_month_ends(rows: ir.Table, book: Book) -> Broken:
    """Three invoices and three credit notes or more of months' last days, each below a fifth of the customer's median invoice, that no payment and no credit note names; of three customers or more."""
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice, documents.n_paid > 0)
    usual = items.group_by("customer_id").aggregate(usual=items.amount.cast("float64").median())
    own = documents.filter(documents.n_paid == 0, documents.settled == 0, documents.credits.isnull())  # fmt: skip
    own = own.filter((own.issued_on + ibis.interval(days=1)).day() == 1)
    own = own.inner_join(usual, "customer_id")
    own = own.filter(own.amount.cast("float64") < _SMALL * own.usual)
    whose = own.group_by("customer_id").aggregate(n=own.is_invoice.sum(), notes=(~own.is_invoice).sum())  # fmt: skip
    found = whose.filter(whose.n >= _MIN_EACH, whose.notes >= _MIN_EACH)
    return {"customer_id": rows.customer_id.isin(found.customer_id)}
