"""Rules of dates: nothing from the future, nothing in the wrong order."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import INVOICE_KINDS
from quality.rules.rule import EVERY_TABLE, ROW, Book, Broken, Severity, rule

_OTHER_PAST_DATES = {"customers": ("founded_on", "onboarded_on"), "disputes": ("closed_on",)}
_FOREVER = date(9999, 12, 31)
EARLIEST = date(1950, 1, 1)
"""Ledgers are younger; an older date is a filler such as 1900-01-01 or a two-digit year gone wrong."""

CLOCK_NOUGHT = date(1970, 1, 1)
"""Nought of a computer's clock; as a day of business it is a public holiday."""
_LONGEST_DAYS = 1827
"""Five years, as long as a builder's retention money is kept; what is due later is never overdue."""


def _past_columns(book: Book) -> list[str]:
    """Columns that cannot lie after the delivery, happened before known, without repetition."""
    own = (book.contract.happened, book.contract.known)
    other = _OTHER_PAST_DATES.get(book.contract.name, ())
    return list(dict.fromkeys(name for name in (*own, *other) if name is not None))


@rule(
    Severity.STOP,
    *EVERY_TABLE,
    title=("The date lies after the delivery's last complete day", "日期晚于数据截止日"),
    remedy=(
        "Correct the date or exclude later rows in the SELECT, or set complete_until in the portfolio's yaml later; a dispute that is closed later is open: CASE WHEN x <= complete_until THEN x END, and keep its row",
        "在 SELECT 中更正日期，用 WHERE 排除之后的行，或将配置中的 complete_until 设为数据的最后完整日；之后才结案的争议仍未结案：写 CASE WHEN x <= complete_until THEN x END，并保留该行",
    ),
)
def known_after_delivery(rows: ir.Table, book: Book) -> Broken:
    """A fact that happened, or became known, after `complete_until`: the future does not get in."""
    last = ibis.literal(book.complete_until)
    return {name: rows[name] > last for name in _past_columns(book)}


@rule(
    Severity.QUARANTINE,
    *EVERY_TABLE,
    tolerance=0.001,
    title=("The date is a filler, or before 1950", "日期为填充值或早于 1950 年"),
    remedy=(
        "Name fillers such as 1900-01-01 in `null_values` of the file; look for two-digit years in the date format of the SELECT. A first state without a beginning (terms, master data) began with the business relation: write greatest(x, onboarded_on)",
        "在该文件的 null_values 中列出 1900-01-01 之类的填充值；检查 SELECT 日期格式中的两位年份。没有起始日的首个状态（条件、主数据）自业务关系建立之日起：写 greatest(x, onboarded_on)",
    ),
)
def date_too_early(rows: ir.Table, book: Book) -> Broken:
    """A date no ledger can hold, or nought of a computer's clock. Companies may be older: `founded_on` is not asked."""
    names = [name for name in _past_columns(book) if name != "founded_on"]
    return {
        name: (rows[name] < ibis.literal(EARLIEST)) | (rows[name] == ibis.literal(CLOCK_NOUGHT))
        for name in names
    }


@rule(
    Severity.REPORT,
    "payments",
    title=("The value date is after the booking date", "起息日晚于入账日"),
    remedy=(
        "Nothing, where cheques and direct debits are booked ahead; else check that the two dates are not taken for each other",
        "支票或代扣提前入账属正常；否则请检查两个日期是否互换",
    ),
)
def booked_before_value_date(rows: ir.Table, _book: Book) -> Broken:
    """The row stays: a payment is known on the later of the two days."""
    return {"booked_at": rows.booked_at < rows.paid_on}


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=("It was known before it happened", "知悉日早于发生日"),
    remedy=(
        "Check which column of the source is the document's date and which the booking date, and whether day and month of one of them are swapped; where a year is billed ahead at once, it is known on its own day: greatest(booked_at, issued_on) AS booked_at",
        "检查来源中哪一列是单据日期、哪一列是入账日期，以及其中之一是否日月互换；若一次性提前开具全年发票，则自其自身日期起才得知：写 greatest(booked_at, issued_on) AS booked_at",
    ),
)
def happened_after_known(rows: ir.Table, book: Book) -> Broken:
    """Booked more than a month before its own date, which is seldom meant. Up to a month it was billed ahead."""
    known, happened = str(book.contract.known), str(book.contract.happened)
    return {known: rows[known] < rows[happened]}


@rule(
    Severity.QUARANTINE,
    "financials",
    title=("The statement was published before its period ended", "报表公布日早于期末日"),
    remedy=(
        "Check published_on in the SELECT: it is when the statement could be read, not its period",
        "检查 SELECT 中的 published_on：它是报表可获得的日期，而非报告期",
    ),
)
def published_before_period_end(rows: ir.Table, _book: Book) -> Broken:
    """Published on the last day itself is allowed."""
    return {"published_on": rows.published_on < rows.period_end}


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=("The invoice was due before it was issued", "到期日早于开票日"),
    remedy=(
        "Check the date formats of issued_on and due_on in the SELECT (day and month swapped?). Where terms run from the receipt of the goods, or an item was moved with its old due day, write least(issued_on, due_on) AS issued_on",
        "检查 SELECT 中 issued_on 与 due_on 的日期格式（日月是否颠倒）。若账期自收货日起算，或项目带原到期日转移而来，请写 least(issued_on, due_on) AS issued_on",
    ),
)
def due_before_issued(rows: ir.Table, _book: Book) -> Broken:
    """Due on the day of issue is allowed."""
    return {"due_on": rows.due_on < rows.issued_on}


@rule(
    Severity.QUARANTINE,
    "invoices",
    tolerance=0.01,
    title=(
        "The invoice is due more than five years after it was issued",
        "到期日晚于开票日五年以上",
    ),
    remedy=(
        "Look for fillers such as 9999-12-31 and for years typed wrong: such an invoice can never be overdue",
        "检查 9999-12-31 之类的填充值和年份录入错误：此类发票永远不会逾期",
    ),
)
def due_far_off(rows: ir.Table, _book: Book) -> Broken:
    """9999-12-31 for `none`, 2123 for 2023: a customer that never pays it would look punctual."""
    return {"due_on": rows.due_on.delta(rows.issued_on, unit="D") > _LONGEST_DAYS}


@rule(
    Severity.REPORT,
    "payments",
    title=("Paid before the invoice was issued", "付款日早于开票日"),
    remedy=(
        "Nothing, where customers pay in advance; many of them are a sign of day and month taken for each other",
        "客户预付款属正常；若数量很多，请检查日与月是否颠倒",
    ),
)
def paid_before_issued(rows: ir.Table, _book: Book) -> Broken:
    """The row stays: a payment in advance settles its invoice on the day of issue."""
    return {"paid_on": rows.paid_on < rows["invoice.issued_on"]}


@rule(
    Severity.QUARANTINE,
    "disputes",
    title=("The dispute was closed before it was opened", "争议结案日早于提出日"),
    remedy=(
        "Check opened_on and closed_on in the SELECT",
        "检查 SELECT 中的 opened_on 与 closed_on",
    ),
)
def closed_before_opened(rows: ir.Table, _book: Book) -> Broken:
    """Closed on the day it was opened is allowed; an open dispute has no `closed_on`."""
    return {"closed_on": rows.closed_on < rows.opened_on}


@rule(
    Severity.QUARANTINE,
    "disputes",
    title=("The dispute was opened before the invoice was issued", "争议提出日早于开票日"),
    remedy=(
        "Check opened_on in the SELECT and the invoice it is tied to",
        "检查 SELECT 中的 opened_on 及其所属发票",
    ),
)
def disputed_before_issued(rows: ir.Table, _book: Book) -> Broken:
    """Opened on the day of issue is allowed."""
    return {"opened_on": rows.opened_on < rows["invoice.issued_on"]}


@rule(
    Severity.REPORT,
    "invoices",
    title=("The invoice is older than the business relation", "开票日早于建立客户关系日"),
    remedy=(
        "Check onboarded_on in the SELECT of customers",
        "检查 customers 的 SELECT 中的 onboarded_on",
    ),
)
def issued_before_onboarded(rows: ir.Table, _book: Book) -> Broken:
    """Tenure would start after the first invoice."""
    return {"issued_on": rows.issued_on < rows["customer.onboarded_on"]}


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=(
        "The invoice was booked so long after its issue that nobody can know its age",
        "发票在开票很久之后才入账，账龄无从得知",
    ),
    remedy=(
        "Correct issued_on and due_on in the SELECT: the year before in a January, or another customer's number",
        "更正 SELECT 中的 issued_on 与 due_on：常见原因是一月误写上一年，或误用其他客户的编号",
    ),
)
def booked_long_after_issue(_rows: ir.Table, _book: Book) -> Broken:
    """Booked a year or more after its issue, by itself; or later than a quarter, where it is older than the business relation.

    As delivered it would have been overdue for all that time, whenever it was paid. What was carried over from another ledger
    keeps its age: it comes as a pile. Found when all tables have been asked; see `quality.delivery.undated`.
    """
    return {}


@rule(
    Severity.REPORT,
    "customers",
    title=("The company was founded after it became a customer", "公司成立日晚于建立客户关系日"),
    remedy=(
        "Check founded_on and onboarded_on in the SELECT; re-registrations show up like this",
        "检查 founded_on 与 onboarded_on；重新注册的公司会出现此情况",
    ),
)
def founded_after_onboarded(rows: ir.Table, _book: Book) -> Broken:
    """Age of the company would be below its tenure."""
    return {"founded_on": rows.founded_on > rows.onboarded_on}


@rule(
    Severity.REPORT,
    "invoices",
    title=("The due date is not that of the agreed terms", "到期日与约定账期不符"),
    remedy=(
        "Check due_on in the SELECT, or deliver the terms that were agreed in credit_terms.sql",
        "检查 SELECT 中的 due_on，或在 credit_terms.sql 中提供约定账期",
    ),
)
def terms_differ_from_agreed(rows: ir.Table, book: Book) -> Broken:
    """Days from issue to due differ from the payment terms valid on the day of issue. Credit notes have none."""
    terms = book.delivered.get("credit_terms")
    if terms is None:
        return {}
    spans = ibis.window(group_by="customer_id", order_by=["valid_from", ROW])
    until = terms.valid_from.lead().over(spans).fill_null(ibis.literal(_FOREVER))
    terms = terms.select("customer_id", "valid_from", "payment_terms_days", until=until)
    own = book.own
    both = own.filter(own.kind == INVOICE_KINDS[0]).inner_join(
        terms,
        [
            own.customer_id == terms.customer_id,
            own.issued_on >= terms.valid_from,
            own.issued_on < terms.until,
        ],
    )
    differs = both.due_on.delta(both.issued_on, unit="D") != both.payment_terms_days
    return {"due_on": rows[ROW].isin(both.filter(differs)[ROW])}
