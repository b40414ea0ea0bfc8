"""Rules of days that are those of another column: a payment with the day of its invoice, a due day with that of the payment, a load for a booking."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import PAYMENT_KINDS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_LAG_DAYS = 8
"""Cheques and weekly postings are booked sooner."""
_TURN = (4, 27)
"""Days of a month between which a ledger that posts by the month books nothing."""
_MIN_ROWS, _OFTEN = 20, 0.05
_NEARLY, _MIN_ON_THE_DAY, _ONE_TERM = 0.9, 100, 0.3
_MIN_DAYS = 15
"""Debits are collected on few days of a month."""
_MIN_HABIT = 4
"""Fewer invoices of a customer tell no day of its own."""
_FIRST, _EXPECTED = 0.01, 10
_MIN_SILENT = 365
"""Days of a ledger without any: a dispute takes weeks to come after an invoice, legal action months, a write-off a year."""
_LOADED_DAYS = 60
_MIN_LOADED, _MIN_CUSTOMERS, _MIN_SHARE = 100, 10, 0.01
_MIN_OF_ALL, _PERIOD_LAG = 0.8, 5
_SPREAD_DAYS = 8
"""Between the quarters of what came on any day of a month lie 15 days; what is booked by a run once a month, or a few days later, has one lag."""


@rule(
    Severity.REPORT,
    "payments",
    tolerance=0.0,
    least=_MIN_ROWS,
    title=(
        "Booked a week or more after it was paid, on the very day its invoice was issued or due",
        "付款入账晚于付款日一周以上，而付款日恰为其发票的开票日或到期日",
    ),
    remedy=(
        "Check paid_on in the SELECT: a ledger's payment line may carry the document day of the invoice it pays, or a value date that is set to the due day, and the day on which the money came is then that of booking (docs/your-own-data.md, two dates matter). As it is, everybody pays on time, and who paid after the days of default was in none. Where debits are booked so late, set the tolerance of this rule",
        "请检查 SELECT 中的 paid_on：账簿的付款行可能带有所付发票的单据日期，或起息日被设为到期日，此时收款日应为入账日（见 docs/your-own-data.md，最重要的两个日期）。否则所有客户看似按时付款，超过违约天数才付款者也不违约。若代扣确实如此晚入账，请设置该规则的容忍度",
    ),
)
def paid_on_the_day_of_its_invoice(rows: ir.Table, book: Book) -> Broken:
    """Paid on the day of issue or the due day of the invoice, and booked eight days later or more, not at the turn of a month; so of one payment in twenty or more."""
    if book.ledger is None:
        return {}
    own = book.own.filter(book.own.kind == PAYMENT_KINDS[0])
    is_late = own.booked_at.delta(own.paid_on, unit="D") >= _LAG_DAYS
    own = own.filter(is_late, own.booked_at.day().between(*_TURN))
    both = own.select(ROW, "invoice_id", "paid_on").inner_join(
        book.ledger.filter(book.ledger.is_invoice).select("invoice_id", "issued_on", "due_on"),
        "invoice_id",
    )
    both = both.filter((both.paid_on == both.due_on) | (both.paid_on == both.issued_on))
    many = both.aggregate(n=both.count()).cross_join(book.own.aggregate(every=book.own.count()))
    many = many.filter(many.n >= _OFTEN * many.every)
    return {"paid_on": rows[ROW].isin(both.cross_join(many)[ROW])}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=0.0,
    least=_MIN_ROWS,
    title=(
        "Nearly all that was paid fell due on the very day it was paid",
        "几乎所有已付发票的到期日恰为付款日",
    ),
    remedy=(
        "Check due_on in the SELECT: a system that writes the day of clearing over the due day has forgotten who was late. Count the agreed terms from issued_on, or take the due day from the document itself or from dated drops (docs/your-own-data.md, a due day that was agreed). As it is, everybody pays to the day, whoever was late",
        "请检查 SELECT 中的 due_on：若系统以清账日覆盖到期日，则无从得知谁曾逾期。请自 issued_on 加上约定账期，或从单据本身、带日期的分批数据中取到期日（见 docs/your-own-data.md，约定的到期日）。否则无论谁逾期，看似都准时付款",
    ),
)
def due_when_paid(rows: ir.Table, book: Book) -> Broken:
    """Nine in ten of a hundred paid invoices or more were last paid on their due day, which are on fifteen days of the month or more, and no three in ten of them have one length of terms.

    A direct debit is on its due day as well, but its due days are few, or its terms are of one length; or each customer has
    terms of its own, or a day of the month, for half of its debits. Nor are instalments asked: of one customer and day of issue.
    """
    documents = book.ledger
    if documents is None:
        return {}
    items = documents.filter(documents.is_invoice)
    items = items.mutate(alike=items.count().over(ibis.window(group_by=["customer_id", "issued_on"])))  # fmt: skip
    paid = items.filter(items.days > 0, items.alike == 1)
    paid = paid.mutate(
        is_on=paid["last"] == paid.due_on,
        terms=paid.due_on.delta(paid.issued_on, unit="D"),
        day=paid.due_on.day(),
    )
    paid = paid.anti_join(_with_own_days(paid), "customer_id")
    on = paid.filter(paid.is_on)
    usual = on.group_by("terms").aggregate(n=on.count()).aggregate(most=lambda one: one.n.max())
    every = paid.aggregate(n=paid.count(), on=paid.is_on.sum(), days=paid.day.nunique(where=paid.is_on))  # fmt: skip
    every = every.cross_join(usual)
    every = every.filter(
        every.n >= _MIN_ON_THE_DAY,
        every.on >= _NEARLY * every.n,
        every.days >= _MIN_DAYS,
        every.most <= _ONE_TERM * every.on,
    )
    found = on.cross_join(every.select("n"))
    return {"due_on": rows[ROW].isin(found[ROW])}


def _with_own_days(paid: ir.Table) -> ir.Table:
    """Customers that have one length of terms, or one day of the month, for half of what they paid: customer_id."""
    found = []
    for name in ("terms", "day"):
        often = paid.group_by(["customer_id", name]).aggregate(n=paid.count())
        often = often.group_by("customer_id").aggregate(n=often.n.sum(), most=often.n.max())
        found.append(often.filter(often.n >= _MIN_HABIT, often.most * 2 >= often.n).select("customer_id"))  # fmt: skip
    return ibis.union(*found)


@rule(
    Severity.REPORT,
    "payments",
    tolerance=0.0,
    least=_MIN_LOADED,
    title=(
        "Payments of earlier months were all booked on one day, though their invoices were known when they came",
        "此前数月的付款均在同一天入账，而其发票早已入账",
    ),
    remedy=(
        "Check booked_at in the SELECT: the day on which rows were loaded into a warehouse, or entered by a migration, is not the day on which the payment was known. Take the posting date of the ledger; where it is lost, greatest(invoice's booked_at, paid_on). As it is, until that day every invoice looked unpaid to whoever decided, and features say so of punctual payers",
        "请检查 SELECT 中的 booked_at：装入数据仓库或系统迁移录入的日期并非得知付款的日期。请使用账簿的过账日期；若已丢失，写 greatest(发票的 booked_at, paid_on)。否则在该日之前所有发票看似未付，按时付款者的指标也如此显示",
    ),
)
def payments_known_in_one_load(rows: ir.Table, book: Book) -> Broken:
    """A hundred payments or more of ten customers or more, a hundredth of all, were booked on one day, each 60 days or more after it was made and after its invoice was booked."""
    if book.ledger is None:
        return {}
    own = book.own.mutate(every=book.own.count().over())
    late = own.filter(own.booked_at.delta(own.paid_on, unit="D") >= _LOADED_DAYS)
    known = book.ledger.select("invoice_id", "customer_id", known="booked_at")
    late = late.select(ROW, "invoice_id", "paid_on", "booked_at", "every").inner_join(known, "invoice_id")  # fmt: skip
    late = late.filter(late.known <= late.paid_on)
    days = late.group_by("booked_at").aggregate(n=late.count(), whose=late.customer_id.nunique(), every=late.every.max())  # fmt: skip
    days = days.filter(days.n >= _MIN_LOADED, days.whose >= _MIN_CUSTOMERS, days.n >= _MIN_SHARE * days.every)  # fmt: skip
    return {"booked_at": rows[ROW].isin(late.semi_join(days, "booked_at")[ROW])}


@rule(
    Severity.REPORT,
    "payments",
    tolerance=0.0,
    least=_MIN_LOADED,
    title=(
        "Nearly all payments have the first day of a month, and were booked on any day of it",
        "几乎所有付款日期均为某月首日，而入账日遍布该月",
    ),
    remedy=(
        "Check paid_on in the SELECT: a ledger that keeps receipts by accounting period has the day of the receipt in the document or the bank's statement; where it is lost, booked_at is nearer to it than the first day of the period. As it is, everybody pays up to a month too early, and who paid after the days of default was in none. Where customers do pay on that day, by standing order, and are booked days later, nothing is wrong: set the tolerance of this rule",
        "请检查 SELECT 中的 paid_on：按会计期间记账的系统在单据或银行流水中有收款日；若已丢失，booked_at 比期间首日更接近。否则所有客户看似最多提前一个月付款，超过违约天数才付款者也不违约。若客户确以定期转账于该日付款、数日后才入账，则无误：请设置该规则的容忍度",
    ),
)
def paid_on_the_periods_first_day(rows: ir.Table, book: Book) -> Broken:
    """Eight payments in ten have the first day of a month, and half of those were booked five days later or more, and on days as different as eight between the quarters; of a hundred payments or more."""
    if book.ledger is None:
        return {}
    own = book.own.filter(book.own.kind == PAYMENT_KINDS[0])
    lag = own.booked_at.delta(own.paid_on, unit="D")
    own = own.mutate(is_first=own.paid_on.day() == 1, lag=lag)
    first = own.filter(own.is_first)
    many = first.aggregate(
        n=first.count(),
        lag=first.lag.median(),
        spread=first.lag.quantile(0.75) - first.lag.quantile(0.25),
    )
    many = many.cross_join(own.aggregate(every=own.count()))
    many = many.filter(many.n >= _MIN_LOADED, many.n >= _MIN_OF_ALL * many.every, many.lag >= _PERIOD_LAG, many.spread >= _SPREAD_DAYS)  # fmt: skip
    found = first.filter(first.lag > 0).select(ROW).cross_join(many.select("every"))
    return {"paid_on": rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "payments",
    tolerance=1.0,
    title=(
        "Nearly all payments have the last day of a month: by a run, or by the period they were applied in?",
        "几乎所有付款日期均为某月末日：是集中付款，还是核销所属期间？",
    ),
    remedy=(
        "Check paid_on in the SELECT: the day on which receipts are applied, or the period they are kept by, is not the day on which the money came (docs/your-own-data.md, two dates matter). As it is, everybody pays up to a month too late. Where an association or a run of all customers settles on that day, nothing is wrong",
        "请检查 SELECT 中的 paid_on：核销日或所属会计期间并非收款日（见 docs/your-own-data.md，最重要的两个日期）。否则所有客户看似最多晚一个月付款。若确由采购联盟或全部客户于该日集中付款，则无误",
    ),
)
def paid_on_the_periods_last_day(rows: ir.Table, book: Book) -> Broken:
    """Eight payments in ten have the last day of a month and are not made on the due day; of a hundred payments or more. Told, and stops nothing: customers may pay so."""
    if book.ledger is None:
        return {}
    own = book.own.filter(book.own.kind == PAYMENT_KINDS[0])
    own = own.mutate(is_last=(own.paid_on + ibis.interval(days=1)).day() == 1)
    due = book.ledger.select("invoice_id", "due_on")
    last = own.filter(own.is_last).select(ROW, "invoice_id", "paid_on").left_join(due, "invoice_id")
    last = last.filter((last.due_on != last.paid_on).fill_null(True))
    many = last.aggregate(n=last.count()).cross_join(own.aggregate(every=own.count()))
    many = many.filter(many.n >= _MIN_LOADED, many.n >= _MIN_OF_ALL * many.every)
    return {"paid_on": rows[ROW].isin(last.cross_join(many)[ROW])}


@rule(
    Severity.REPORT,
    "events",
    "disputes",
    "credit_terms",
    tolerance=0.0,
    title=(
        "Nothing of this kind is told of the ledger's first years, and much since",
        "账簿最初几年没有此类记录，其后却很多",
    ),
    remedy=(
        "Deliver the years before as well: a feed that was subscribed to later, or a table that knows today alone, says that nothing happened until then, and defaults, disputes or limits of those years look as if there were none. Where nobody kept them, observe customers from then on (`cohort > first` of the portfolio's yaml) and set the tolerance of this rule, or leave the kind (of limits the table) out: what is known today alone cannot be learned from",
        "请同时交付此前年份：后来才订阅的数据源，或仅有当前状态的表，等于声称此前什么都没有发生，那些年份的违约、争议或额度看似不存在。若已无记录，请自该日起观察客户（配置中的 cohort > first）并设置该规则的容忍度，或去除该类记录（额度则去除整张表）：仅知道今天的内容无法用于学习",
    ),
)
def begins_after_the_ledger(rows: ir.Table, book: Book) -> Broken:
    """Of a kind of event, of disputes or of terms: at the pace at which twenty or more came since their first, ten or more should lie beside the invoices before it, of a year or more.

    The first is the day before which a hundredth of them lie, those not counted; the pace is that of invoices, so that a book which grew is none.
    """
    if book.ledger is None:
        return {}
    happened = str(book.contract.happened)
    own = book.own
    kind = own.kind if "kind" in own.columns else ibis.literal("all")
    own = own.select(ROW, kind=kind, day=own[happened].epoch_days())
    own = own.inner_join(own.group_by("kind").aggregate(begun=own.day.quantile(_FIRST).floor().cast("int64")), "kind")  # fmt: skip
    begun = own.group_by(["kind", "begun"]).aggregate(n=own.count(), early=(own.day < own.begun).sum())  # fmt: skip
    items = book.ledger.filter(book.ledger.is_invoice)
    days = begun.cross_join(items.select(day=items.issued_on.epoch_days()))
    pace = days.group_by(["kind", "begun", "n", "early"]).aggregate(
        before=(days.day < days.begun).sum(),
        since=(days.day >= days.begun).sum(),
        opened=days.day.quantile(_FIRST),
    )
    pace = pace.filter(pace.n >= _MIN_ROWS, pace.begun - pace.opened >= _MIN_SILENT)
    late = pace.filter(pace.n * pace.before >= (_EXPECTED + 3 * pace.early) * ibis.greatest(pace.since, 1))  # fmt: skip
    early = own.semi_join(late, "kind")
    early = early.filter(early.day <= early.begun)
    return {happened: rows[ROW].isin(early[ROW])}
