"""Rules of what an extract of a ledger holds: open items alone, or what was open on its first day and all that came later."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.habits.customs import with_usual_terms
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_DUE_DAYS = 30
_MIN_DUE = 20
"""So many invoices that fell due 30 days ago or earlier say whether a ledger holds what was paid."""
_BEGINNING = 0.002
"""Payments of a ledger have begun once this share of them was made."""
_BEFORE_DAYS = 14
_MIN_OPEN, _MIN_SHARE, _THIN = 20, 0.9, 0.6
_MIN_CUSTOMERS = 10
_AT_ONCE, _LAG_DAYS = 0.9, 14
_MIN_TERMS, _MIN_AT_ONCE = 14, 20
_YEAR, _FIRST = 365, 0.02
_MIN_LEAVING, _TEN = 50, 10
_PILE_DAYS, _HALF_YEAR = 45, 183
_TENTH, _THIRD = 0.1, 3


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.0,
    title=(
        "Most of what fell due was never paid: a list of open items alone?",
        "大部分到期发票从未付款：是否只交付了未清项清单？",
    ),
    remedy=(
        "Deliver cleared items as well (of SAP both BSID and BSAD, of other systems the ledger and not the aged list): without them nobody has ever paid, and customers that pay are not in the book",
        "请同时交付已清项（SAP 为 BSID 与 BSAD 两表；其他系统请交付明细账而非账龄表）：否则无人付过款，正常付款的客户也不在数据中",
    ),
)
def open_items_alone(rows: ir.Table, book: Book) -> Broken:
    """Of twenty or more invoices that fell due 30 days before the last complete day, less than half was paid or credited of most.

    Nor is what came on account, or was paid beyond other invoices, half of what is open of these.
    """
    documents = book.ledger
    if documents is None:
        return {}
    payments = book.delivered["payments"]
    loose = payments.filter(payments.invoice_id.isnull())
    # on account nobody knows what was paid, but it was
    loose = loose.aggregate(loose=loose.amount.sum().cast("float64").coalesce(0.0))
    age = ibis.literal(book.complete_until).delta(documents.due_on, unit="D")
    items = documents.filter(documents.is_invoice, age >= _DUE_DAYS)
    is_open = items.settled * 2 < items.amount
    every = items.aggregate(
        n=items.count(),
        open=is_open.sum(),
        owed=items.amount.sum(where=is_open).cast("float64"),
        # a transfer for several invoices may name the first of them
        over=ibis.greatest(items.paid - items.amount, 0).sum().cast("float64"),
    ).cross_join(loose)
    is_paid = (every.loose + every.over) * 2 >= every.owed
    many = every.filter(every.n >= _MIN_DUE, every.open * 2 > every.n, ~is_paid)
    found = items.filter(is_open).cross_join(many.select("n"))
    return {"invoice_id": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.0,
    title=(
        "What fell due before the first payments was all unpaid by then: the extract begins with open items",
        "首批付款之前到期的发票届时均未付：数据以未清项开始",
    ),
    remedy=(
        "Say that of these items nothing was known before the extract's first day: greatest(booked_at, DATE '...') AS booked_at; or deliver what was paid earlier as well. Else the months before hold late payers alone (docs/your-own-data.md, an extract that begins with open items)",
        "请注明这些项目在数据首日之前尚不可知：greatest(booked_at, DATE '...') AS booked_at；或同时交付此前已付的项目。否则此前月份只有拖欠者（见 docs/your-own-data.md）",
    ),
)
def begins_with_open_items(rows: ir.Table, book: Book) -> Broken:
    """Twenty or more invoices fell due two weeks before payments begin, were booked by then, and nine in ten had no payment yet.

    Payments have begun when a five-hundredth of them was made. Who was punctual before that is not in the extract: in the fortnight
    before those two weeks less fell due than in 14 days after the beginning, and it was paid two weeks later than is usual in this book.
    A ledger that really began then is whole from its first day, and everybody pays as late as ever.
    """
    documents = book.ledger
    if documents is None:
        return {}
    payments = book.delivered["payments"]
    money = payments.filter(payments.kind == PAYMENT_KINDS[0])
    days = money.select(day=money.paid_on.epoch_days())
    begun = days.aggregate(begun=days.day.quantile(_BEGINNING).floor().cast("int64"))
    own = documents.filter(documents.is_invoice)
    own = own.mutate(late=own["first"].delta(own.due_on, unit="D"))
    own = own.cross_join(begun).mutate(ahead=lambda one: one.begun - one.due_on.epoch_days())
    is_thin = (
        own.ahead.between(_BEFORE_DAYS + 1, 2 * _BEFORE_DAYS).sum()
        < _THIN * own.ahead.between(-2 * _BEFORE_DAYS, -_BEFORE_DAYS - 1).sum()
    )
    thin = own.aggregate(is_thin=is_thin, usual=own.late.median())
    before = own.filter(own.ahead > _BEFORE_DAYS, own.booked_at.epoch_days() < own.begun)
    is_open = before["first"].isnull() | (before["first"].epoch_days() >= before.begun)
    before = before.mutate(
        is_open=is_open,
        n=before.count().over(),
        open=is_open.sum().over(),
        then=before.late.median().over(),
    ).cross_join(thin)
    is_slow = (before.then >= before.usual + _BEFORE_DAYS).fill_null(True)
    before = before.filter(before.is_open, before.is_thin, is_slow)
    found = before.filter(before.open >= _MIN_OPEN, before.open >= _MIN_SHARE * before.n)
    return {"booked_at": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "payments",
    tolerance=0.0,
    title=(
        "On one day items of many customers were closed, and opened again under new numbers",
        "同一天大量客户的项目被结清，并以新编号重新开立",
    ),
    remedy=(
        "Deliver each item once, under its old number and dates, with the payments of the new one; leave out what closed it and what opened it again (docs/your-own-data.md, open items that a migration numbered anew). As it is, late payers have paid, and what they owe is young again",
        "每个项目只交付一次，保留原编号与原日期，并将新编号下的付款归入其中；结清行与重新开立行均不交付（见 docs/your-own-data.md）。否则拖欠者看似已付款，欠款账龄重新起算",
    ),
)
def opened_anew(rows: ir.Table, book: Book) -> Broken:
    """A payment of the whole of an older invoice, and on the same day the customer has an invoice of just that amount under another number.

    Or a customer that is billed for the first time on that day has it, and the payer is not billed again: customers got new numbers.
    Asked of days on which it is so for ten customers or more, and which hold most of such pairs. Who pays a flat fee with the
    next bill makes such pairs as well: customers that pay half of their bills on days of their own bills are not asked.
    """
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice)
    again = items.select("customer_id", "amount", day="issued_on").distinct()
    own = book.own.filter(book.own.kind == PAYMENT_KINDS[0])
    own = own.select(ROW, "invoice_id", "amount", day="paid_on")
    owners = items.select("invoice_id", "customer_id", "issued_on")
    alike = own.semi_join(again, ["amount", "day"])  # few, and without a look at their customers
    whole = alike.inner_join(owners, "invoice_id")
    whole = whole.filter(whole.issued_on < whole.day)
    pairs = whole.semi_join(again, ["customer_id", "amount", "day"])
    paid = own.inner_join(owners, "invoice_id")
    pairs = pairs.anti_join(_paying_with_the_next(paid, again, pairs), "customer_id")
    pairs = pairs.select(ROW, "customer_id", "day").union(_under_new_numbers(items, whole, again))
    pairs = pairs.mutate(every=pairs.count().over())
    days = pairs.group_by("day").aggregate(n=pairs.count(), whose=pairs.customer_id.nunique(), every=pairs.every.max())  # fmt: skip
    days = days.filter(days.whose >= _MIN_CUSTOMERS, days.n * 2 > days.every)
    return {"paid_on": rows[ROW].isin(pairs.semi_join(days, "day")[ROW])}


def _paying_with_the_next(paid: ir.Table, again: ir.Table, pairs: ir.Table) -> ir.Table:
    """Of the customers of `pairs` those that pay half of their bills on days on which they are billed: customer_id."""
    own = paid.semi_join(pairs, "customer_id")
    days = again.select("customer_id", "day", is_billed=True).distinct()
    both = own.left_join(days, ["customer_id", "day"])
    share = both.group_by("customer_id").aggregate(share=both.is_billed.fill_null(False).mean())
    return share.filter(share.share * 2 >= 1)


def _under_new_numbers(items: ir.Table, whole: ir.Table, again: ir.Table) -> ir.Table:
    """Payments by customers that were not billed later, of an amount that one customer alone is billed on that day, its first: `.row`, customer_id, day."""
    ends = items.group_by("customer_id").aggregate(first=items.issued_on.min(), last=items.issued_on.max())  # fmt: skip
    gone = whole.inner_join(ends, "customer_id")
    gone = gone.filter(gone["last"] < gone.day).select(ROW, "customer_id", "amount", "day")
    came = again.inner_join(ends, "customer_id")
    came = came.filter(came["first"] == came.day).select("amount", "day")
    both = gone.inner_join(came, ["amount", "day"])
    alike = ibis.window(group_by=["amount", "day"])  # a price that many are billed tells nothing
    both = both.mutate(alike=both.count().over(alike))
    return both.filter(both.alike == 1).select(ROW, "customer_id", "day")


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.5,
    title=(
        "Nearly all invoices are due on the day of issue, and paid weeks later",
        "几乎所有发票均于开票日到期，却在数周后才付款",
    ),
    remedy=(
        "Check that due_on is no baseline date: the day from which terms are counted is not that on which they end (of SAP: ZFBDT + ZBD3T, or ZBD2T, or ZBD1T); of a direct debit it is the day of the debit. Where invoices are indeed due on receipt, say so in credit_terms.sql with payment_terms_days = 0, or set the tolerance of this rule",
        "请检查 due_on 是否为基准日：账期起算日并非到期日（SAP 为 ZFBDT + ZBD3T，或 ZBD2T，或 ZBD1T）；若为代扣，到期日是扣款日。若发票确为见票即付，请在 credit_terms.sql 中写 payment_terms_days = 0，或设置该规则的容忍度",
    ),
)
def due_when_issued(rows: ir.Table, book: Book) -> Broken:
    """Nine in ten invoices fall due when they are issued, and half of the payments come 14 days later or more.

    Not asked of customers whose terms of payment are 0 days.
    """
    documents = book.ledger
    if documents is None:
        return {}
    own = documents.filter(documents.is_invoice)
    terms = book.delivered.get("credit_terms")
    if terms is not None:
        own = own.anti_join(terms.filter(terms.payment_terms_days == 0), "customer_id")
    own = own.mutate(
        at_once=own.due_on == own.issued_on, lag=own["first"].delta(own.issued_on, unit="D")
    )
    every = own.aggregate(share=own.at_once.mean(), lag=own.lag.median())
    every = every.filter(every.share >= _AT_ONCE, every.lag >= _LAG_DAYS)
    found = own.filter(own.at_once).cross_join(every.select("share"))
    return {"due_on": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.05,
    least=_MIN_AT_ONCE,
    title=(
        "Due on the day of issue, and paid as late as the customer's other invoices, which have terms",
        "到期日即开票日，但付款与该客户其他有账期的发票一样晚",
    ),
    remedy=(
        "A due day that is not in the source is not the day of issue: count the agreed terms from it, coalesce(due, issued + terms) AS due_on (docs/your-own-data.md, a due day that was agreed); else these invoices are late, and their customers in default, a whole term too early",
        "来源中缺失的到期日并非开票日：请自开票日加上约定账期，coalesce(due, issued + terms) AS due_on（见 docs/your-own-data.md，约定的到期日）；否则这些发票的逾期与客户的违约都提前了整个账期",
    ),
)
def due_day_missing(rows: ir.Table, book: Book) -> Broken:
    """Of customers whose invoices usually have terms of 14 days or more; half of those that are due at once are paid no sooner than half the usual terms.

    What is paid on the spot, as goods for cash or a first instalment, is due when it is issued, and not found.
    """
    documents = book.ledger
    if documents is None:
        return {}
    own = documents.filter(documents.is_invoice)
    own = with_usual_terms(own.mutate(lag=own["first"].delta(own.issued_on, unit="D")))
    own = own.filter(own.usual >= _MIN_TERMS)
    at_once = own.filter(own.terms == 0)
    slow = at_once.aggregate(share=(at_once.lag * 2 >= at_once.usual).cast("float64").mean())
    found = at_once.cross_join(slow.filter(slow.share * 2 >= 1))
    return {"due_on": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.0,
    title=(
        "Of the customers of the first years not one left before a certain time: those that did are not in the extract",
        "最初几年的客户中无人在某一时间之前离开：已离开者不在数据中",
    ),
    remedy=(
        "Deliver the customers that are blocked, deleted or archived as well, with all their documents (of SAP also those with a deletion flag, and the archive): who fails is no longer billed, and a list of those that are still active has no defaults in its past. Where the archive is lost, observe customers from the time from which nobody was deleted (`cohort > first` of the portfolio's yaml), and set the tolerance of this rule. Where nobody could leave, as under contracts of two years, nothing is wrong",
        "请同时交付已冻结、删除或归档的客户及其全部单据（SAP 亦包括带删除标志者与归档数据）：违约者不再开票，仅含现有客户的清单在过去没有违约。若归档已丢失，请自无人被删除之时起观察客户（配置中的 cohort > first），并设置该规则的容忍度。若客户因两年期合同等原因无法离开，则无误",
    ),
)
def nobody_left_before(rows: ir.Table, book: Book) -> Broken:
    """Of customers that were billed for a year or more and since then not for another, none left before a day by which ten or more should have, as they do since.

    Asked of fifty customers or more. An age before which nobody left is the term of a contract, and its days are not counted: where
    customers began over half a year, or a third of those that left did so within 45 days of it. A purge knows the calendar, and no age.
    """
    documents = book.ledger
    if documents is None:
        return {}
    ends = _leaving(documents.filter(documents.is_invoice), book)
    nothing = ibis.literal(0)
    before = ibis.greatest(ibis.least(ends.began, ends["last"]) - ends.known, nothing)
    since = ibis.greatest(ibis.least(ends["last"], ends.until) - ibis.greatest(ends.known, ends.began), nothing)  # fmt: skip
    sums = ends.aggregate(
        n=ends.count(), gone=ends.is_gone.sum(), before=before.sum(), since=since.sum(),
        early=(ends.is_gone & (ends["last"] < ends.began)).sum(),
    )  # fmt: skip
    sums = sums.filter(sums.n >= _MIN_LEAVING, sums.gone * sums.before >= (_TEN + 3 * sums.early) * sums.since)  # fmt: skip
    found = ends.filter(ends.known < ends.began).cross_join(sums.select("gone"))
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


def _leaving(items: ir.Table, book: Book) -> ir.Table:
    """Customers whose first invoice is a year and another back: customer_id, their `last` day, from which day on they could leave (`known`), whether they did (`is_gone`), and of all the day on which it `began`; day numbers."""
    ends = items.group_by("customer_id").aggregate(first=items.issued_on.epoch_days().min(), last=items.issued_on.epoch_days().max())  # fmt: skip
    until = ibis.literal(book.complete_until).epoch_days() - _YEAR
    ends = ends.filter(ends["first"] + _YEAR < until)
    age = ends["last"] - ends["first"]
    ends = ends.mutate(age=age, is_gone=(ends["last"] < until) & (age >= _YEAR), until=until)
    gone = ends.filter(ends.is_gone)
    at = gone.aggregate(began=gone["last"].quantile(_FIRST).floor().cast("int64"), term=gone.age.quantile(_FIRST).floor().cast("int64"))  # fmt: skip
    ends = ends.cross_join(at)
    piled = (ends.is_gone & (ends.age <= ends.term + _PILE_DAYS)).sum()
    spread = ends["first"].quantile(1 - _TENTH) - ends["first"].quantile(_TENTH)
    every = ends.aggregate(is_term=(spread >= _HALF_YEAR) | (piled * _THIRD >= ends.is_gone.sum()))
    ends = ends.cross_join(every)
    return ends.mutate(known=ends["first"] + ends.is_term.ifelse(ends.term, ibis.literal(_YEAR)))
