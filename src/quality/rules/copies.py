"""Rules of rows that are there more than once."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.spec import Kind, Table
from quality.rules.rule import EVERY_TABLE, ROW, Book, Broken, Severity, rule

COPY = ".copy"
_PLAIN = (Kind.DAY, Kind.MONEY)


def numbered(repeated: ir.Table, contract: Table) -> ir.Table:
    """The rows of repeated keys, with `.copy`: 0, 1, 2 ... among those that agree in every column."""
    alike = ibis.window(group_by=list(contract.column_names), order_by=ROW)
    return repeated.mutate(**{COPY: ibis.row_number().over(alike)})


def _copies(book: Book) -> ir.Table:
    return numbered(book.repeated, book.contract)


@rule(
    Severity.QUARANTINE,
    *EVERY_TABLE,
    title=("A row was delivered more than once", "同一行重复交付"),
    remedy=(
        "Look for a file loaded twice, or write SELECT DISTINCT; the first of the equal rows is used",
        "检查是否有文件被重复加载，或使用 SELECT DISTINCT；相同的行中保留第一行",
    ),
)
def repeated_row(rows: ir.Table, book: Book) -> Broken:
    """Equal in every column to an earlier row: nothing is lost by setting it aside."""
    copies = _copies(book)
    return {book.contract.grain[0]: rows[ROW].isin(copies.filter(copies[COPY] > 0)[ROW])}


@rule(
    Severity.STOP,
    *EVERY_TABLE,
    title=("Rows that differ share a key that must be unique", "内容不同的行使用了相同主键"),
    remedy=(
        "Where they are versions of one record, keep the one changed last in the SELECT of the table; where they are records of their own (two ledgers, companies or years with the same numbers), put what tells them apart before the number, in every table that names it; a payment and its return under one number are both needed: give the return a number of its own",
        "若为同一记录的不同版本，在该表的 SELECT 中只保留最后修改的一行；若为不同记录（两个账套、公司或年度使用相同编号），请在所有引用该编号的表中于编号前加上区分它们的内容；付款及其退回共用一个编号时两者都需保留：请为退回另行编号",
    ),
)
def duplicate_key(rows: ir.Table, book: Book) -> Broken:
    """All versions of a repeated key are broken: which of them is right, the data cannot say."""
    grain = list(book.contract.grain)
    copies = _copies(book)
    versions = copies.filter(copies[COPY] == 0)
    rivals = versions.mutate(n=versions.count().over(ibis.window(group_by=grain)))
    return {grain[0]: rows[ROW].isin(rivals.filter(rivals.n > 1)[ROW])}


@rule(
    Severity.REPORT,
    "invoices",
    "payments",
    "disputes",
    "events",
    title=("The same record under another number", "相同记录使用了不同编号"),
    remedy=(
        "Look for a file loaded twice with new numbers; two equal documents on one day may be right",
        "检查是否有文件以新编号重复加载；同一天两张相同单据也可能是正确的",
    ),
)
def loaded_twice(rows: ir.Table, book: Book) -> Broken:
    """Equal to an earlier row in everything but its number. Every such row after the first is counted."""
    key = book.contract.grain[0]
    content = [name for name in book.contract.column_names if name != key]
    own = _alike(book)
    same = own.group_by(content).aggregate(
        low=own[key].min(), high=own[key].max(), **{".first": own[ROW].min()}
    )
    same = same.filter(same.low != same.high)
    matches = [
        own[name].identical_to(same[name]) if book.contract.column(name).nullable else name
        for name in content
    ]
    later = own.inner_join(same, matches)
    return {key: rows[ROW].isin(later.filter(later[ROW] > later[".first"])[ROW])}


def _alike(book: Book) -> ir.Table:
    """The rows whose days and amounts another one has as well: a cheap test that leaves few to compare by all columns."""
    columns = book.contract.columns
    plain = [one.name for one in columns if one.kind in _PLAIN and not one.nullable]
    same = book.own.group_by(plain).aggregate(n=book.own.count())
    return book.own.semi_join(same.filter(same.n > 1), plain)


@rule(
    Severity.QUARANTINE,
    "invoices",
    title=(
        "A second copy of an invoice that was paid under another number",
        "发票重复交付：另一编号下的同一发票已付款",
    ),
    remedy=(
        "Deliver each invoice once, under the number its payments name; look for a second load, or for numbers given anew",
        "每张发票只交付一次，并使用其付款所指的编号；检查是否重复加载或重新编号",
    ),
)
def copy_never_paid(_rows: ir.Table, _book: Book) -> Broken:
    """Equal to another in all but its number, and never touched while the other was paid.

    Two equal orders of one day are two invoices: where a book's twins are paid as its other invoices are, all of them
    stay. Found when all tables have been asked; see `quality.delivery.twins`.
    """
    return {}
