"""Rules of dates: nothing from the future, nothing in the wrong order."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from contracts.rules.rule import EVERY_TABLE, Book, Broken, Severity, rule

_OTHER_PAST_DATES = {"customers": ("founded_on", "onboarded_on"), "disputes": ("closed_on",)}
_EARLIEST = date(1950, 1, 1)
"""Ledgers are younger; an older date is a filler such as 1900-01-01 or a two-digit year gone wrong."""


def _past_columns(book: Book) -> list[str]:
    """Columns that cannot lie after the delivery, happened before known, without repetition."""
    own = (book.contract.happened, book.contract.known)
    other = _OTHER_PAST_DATES.get(book.contract.name, ())
    return list(dict.fromkeys(name for name in (*own, *other) if name is not None))


@rule(
    Severity.STOP,
    *EVERY_TABLE,
    en="The date lies after the delivery's last complete day",
    zh="日期晚于数据截止日",
    remedy="Correct the date in the SELECT, exclude later rows with WHERE, "
    "or set complete_until in the portfolio's yaml to the last day the extract is complete for",
)
def known_after_delivery(rows: ir.Table, book: Book) -> Broken:
    """A fact that happened, or became known, after `complete_until`: the future does not get in."""
    last = ibis.literal(book.complete_until)
    return {name: rows[name] > last for name in _past_columns(book)}


@rule(
    Severity.QUARANTINE,
    *EVERY_TABLE,
    tolerance=0.001,
    en="The date is before 1950",
    zh="日期早于 1950 年",
    remedy="Look for fillers such as 1900-01-01 and for two-digit years in the date format of the SELECT",
)
def date_too_early(rows: ir.Table, book: Book) -> Broken:
    """A date no ledger can hold. Companies may be older: `founded_on` is not asked."""
    names = [name for name in _past_columns(book) if name != "founded_on"]
    return {name: rows[name] < ibis.literal(_EARLIEST) for name in names}


@rule(
    Severity.QUARANTINE,
    "invoices",
    "payments",
    "events",
    en="It was known before it happened",
    zh="知悉日早于发生日",
    remedy="Check which column of the source is the document's date and which the booking date",
)
def happened_after_known(rows: ir.Table, book: Book) -> Broken:
    """Booked before its own date: features by knowledge date would see the future."""
    known, happened = str(book.contract.known), str(book.contract.happened)
    return {known: rows[known] < rows[happened]}


@rule(
    Severity.QUARANTINE,
    "financials",
    en="The statement was published before its period ended",
    zh="报表公布日早于期末日",
    remedy="Check published_on in the SELECT: it is when the statement could be read, not its period",
)
def published_before_period_end(rows: ir.Table, _book: Book) -> Broken:
    """Published on the last day itself is allowed."""
    return {"published_on": rows.published_on < rows.period_end}


@rule(
    Severity.QUARANTINE,
    "invoices",
    en="The invoice was due before it was issued",
    zh="到期日早于开票日",
    remedy="Check the date formats of issued_on and due_on in the SELECT (day and month swapped?)",
)
def due_before_issued(rows: ir.Table, _book: Book) -> Broken:
    """Due on the day of issue is allowed."""
    return {"due_on": rows.due_on < rows.issued_on}


@rule(
    Severity.QUARANTINE,
    "payments",
    en="Paid before the invoice was issued",
    zh="付款日早于开票日",
    remedy="Check the date formats; exclude advance payments in the SELECT, or let them be dated on the invoice",
)
def paid_before_issued(rows: ir.Table, _book: Book) -> Broken:
    """Paid on the day of issue is allowed. A payment of a credit note is a refund and follows the same order."""
    return {"paid_on": rows.paid_on < rows["invoice.issued_on"]}


@rule(
    Severity.QUARANTINE,
    "disputes",
    en="The dispute was closed before it was opened",
    zh="争议结案日早于提出日",
    remedy="Check opened_on and closed_on in the SELECT",
)
def closed_before_opened(rows: ir.Table, _book: Book) -> Broken:
    """Closed on the day it was opened is allowed; an open dispute has no `closed_on`."""
    return {"closed_on": rows.closed_on < rows.opened_on}


@rule(
    Severity.QUARANTINE,
    "disputes",
    en="The dispute was opened before the invoice was issued",
    zh="争议提出日早于开票日",
    remedy="Check opened_on in the SELECT and the invoice it is tied to",
)
def disputed_before_issued(rows: ir.Table, _book: Book) -> Broken:
    """Opened on the day of issue is allowed."""
    return {"opened_on": rows.opened_on < rows["invoice.issued_on"]}


@rule(
    Severity.REPORT,
    "invoices",
    en="The invoice is older than the business relation",
    zh="开票日早于建立客户关系日",
    remedy="Check onboarded_on in the SELECT of customers",
)
def issued_before_onboarded(rows: ir.Table, _book: Book) -> Broken:
    """Tenure would start after the first invoice."""
    return {"issued_on": rows.issued_on < rows["customer.onboarded_on"]}


@rule(
    Severity.REPORT,
    "customers",
    en="The company was founded after it became a customer",
    zh="公司成立日晚于建立客户关系日",
    remedy="Check founded_on and onboarded_on in the SELECT; re-registrations show up like this",
)
def founded_after_onboarded(rows: ir.Table, _book: Book) -> Broken:
    """Age of the company would be below its tenure."""
    return {"founded_on": rows.founded_on > rows.onboarded_on}
