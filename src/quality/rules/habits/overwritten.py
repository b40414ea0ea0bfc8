"""Rules of days that a system wrote over: a document dated anew under its old number, and a history that was entered on one day."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from quality.rules.habits.customs import MIN_CUSTOMERS
from quality.rules.rule import ROW, Book, Broken, Severity, rule

_NEXT, _LATER = 5, 10
"""Numbers before and after, whose days tell when a number was given; where a new range begins those before are no older."""
_ANEW_DAYS, _SLACK_DAYS = 30, 7
_MIN_ROWS, _IN_ORDER = 100, 0.95
_UNPAID = 0.8
_LOADED_DAYS, _MIN_CUSTOMERS, _MIN_SHARE = 60, 10, 0.01


@rule(
    Severity.REPORT,
    "customers",
    tolerance=0.005,
    least=MIN_CUSTOMERS,
    title=(
        "Unpaid invoices are dated a month or more after those with the numbers that follow: were they dated anew?",
        "未付发票的日期比其后编号的发票晚一个月以上：是否被改了日期？",
    ),
    remedy=(
        "An invoice keeps the day on which it was first issued, and its first due day: a system that writes over them when the customer disputes or asks for time has forgotten who was late. Take the days from the document itself or from dated drops, and deliver a dispute or a payment plan for what was agreed (docs/your-own-data.md, a due day that was agreed). As it is, the default of who fails begins months too late, or never",
        "发票应保留首次开票日与最初到期日：若系统在客户提出争议或请求延期时覆盖这些日期，则无从得知谁曾逾期。请从单据本身或带日期的分批数据中取日期，并将约定作为争议或付款计划交付（见 docs/your-own-data.md，约定的到期日）。否则违约者的违约晚数月才开始，甚至从不发生",
    ),
)
def dated_after_its_number(rows: ir.Table, book: Book) -> Broken:
    """Nothing was paid or credited of it, and the fifth and the tenth number both before and after its own, of the same letters before the digits, were issued 30 days before it or earlier.

    Asked where a hundred numbers or more are in the order of their days, nineteen in twenty, and where of invoices out of it four in five are unpaid.
    """
    documents = book.ledger
    if documents is None:
        return {}
    own = documents.filter(documents.is_invoice)
    own = own.select("customer_id", "invoice_id", "issued_on", "settled", series=own.invoice_id.re_replace("[0-9]+$", ""), width=own.invoice_id.length())  # fmt: skip
    order = ibis.window(group_by="series", order_by=["width", "invoice_id"])
    days = own.issued_on.epoch_days()
    near = [days.lead(n) for n in (_NEXT, _LATER)] + [days.lag(n) for n in (_NEXT, _LATER)]
    own = own.mutate(later=days - days.lead(_LATER).over(order), least=days - ibis.greatest(*(one.over(order) for one in near)))  # fmt: skip
    own = own.filter(own.later.notnull())
    own = own.mutate(
        is_anew=(own.least >= _ANEW_DAYS).fill_null(False),
        is_open=own.settled == 0,
    )
    tally = own.aggregate(
        n=own.count(),
        ordered=(own.later <= _SLACK_DAYS).sum(),
        anew=own.is_anew.sum(),
        unpaid=(own.is_anew & own.is_open).sum(),
    )
    tally = tally.filter(tally.n >= _MIN_ROWS, tally.ordered >= _IN_ORDER * tally.n, tally.unpaid >= _UNPAID * tally.anew)  # fmt: skip
    found = own.filter(own.is_anew, own.is_open).cross_join(tally.select("n"))
    return {"customer_id": rows.customer_id.isin(found.customer_id)}


@rule(
    Severity.REPORT,
    "invoices",
    tolerance=1.0,
    title=(
        "Invoices that had long been paid were all booked on one day: a history that was entered when the system changed",
        "早已付清的发票均在同一天入账：更换系统时一次录入的历史",
    ),
    remedy=(
        "Nothing of what was entered that day counts as known before it, so no customer is observed until then, and the years before teach nothing. Where the old ledger was not changed afterwards, deliver its own posting days; where they are lost, issued_on for invoices and paid_on for payments of before that day (docs/your-own-data.md, two dates matter). Where only what was still open was entered, booked_at is right as it is",
        "当天录入的内容在此之前均视为未知，因此该日之前没有任何客户可供观察，此前各年也无从学习。若旧账簿此后未被修改，请交付其自身的过账日期；若已丢失，对该日之前的发票用 issued_on、付款用 paid_on（见 docs/your-own-data.md，最重要的两个日期）。若只录入了当时未清的项目，则 booked_at 无误",
    ),
)
def history_known_in_one_load(rows: ir.Table, book: Book) -> Broken:
    """A hundred invoices or more of ten customers or more, a hundredth of all, were booked on one day, 60 days or more after their issue, and had been paid in full before it."""
    documents = book.ledger
    if documents is None:
        return {}
    own = documents.filter(documents.is_invoice)
    own = own.mutate(every=own.count().over())
    old = own.filter(own.booked_at.delta(own.issued_on, unit="D") >= _LOADED_DAYS, own.paid >= own.amount, own["last"] < own.booked_at)  # fmt: skip
    days = old.group_by("booked_at").aggregate(n=old.count(), whose=old.customer_id.nunique(), every=old.every.max())  # fmt: skip
    days = days.filter(days.n >= _MIN_ROWS, days.whose >= _MIN_CUSTOMERS, days.n >= _MIN_SHARE * days.every)  # fmt: skip
    return {"booked_at": rows[ROW].isin(old.semi_join(days, "booked_at")[ROW])}
