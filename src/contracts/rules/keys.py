"""Rules of keys, values and references: what every table must keep."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.rules.rule import EVERY_TABLE, REFERENCES, Book, Broken, Severity, rule
from contracts.tables import Kind


@rule(
    Severity.STOP,
    *EVERY_TABLE,
    en="Two rows share a key that must be unique",
    zh="主键重复",
    remedy="Keep one row per key in the SELECT of the table; a file loaded twice shows up like this",
)
def duplicate_key(rows: ir.Table, book: Book) -> Broken:
    """All rows of a repeated key are broken: which of them is right, the data cannot say."""
    grain = list(book.contract.grain)
    complete = ibis.and_(*(rows[name].notnull() for name in grain))
    repeated = rows.count().over(ibis.window(group_by=grain)) > 1
    return {grain[0]: complete & repeated}


@rule(
    Severity.QUARANTINE,
    *EVERY_TABLE,
    tolerance=0.001,
    en="A required value is missing",
    zh="必填项缺失",
    remedy="Fill the column in the SELECT (COALESCE) or exclude the rows (WHERE ... IS NOT NULL)",
)
def missing_value(rows: ir.Table, book: Book) -> Broken:
    """NULL, or text that is blank, in a column that may not be missing."""
    broken = {}
    for column in book.contract.columns:
        if column.nullable:
            continue
        value = rows[column.name]
        is_blank = value.strip() == "" if column.kind is Kind.TEXT else ibis.literal(value=False)
        broken[column.name] = value.isnull() | is_blank.fill_null(False)
    return broken


@rule(
    Severity.QUARANTINE,
    *EVERY_TABLE,
    tolerance=0.001,
    en="A value is not one of those allowed",
    zh="取值不在允许范围内",
    remedy="Translate the source's codes with CASE in the SELECT",
)
def illegal_value(rows: ir.Table, book: Book) -> Broken:
    """A text outside the contract's list, or a number that is not finite."""
    broken: Broken = {}
    for column in book.contract.columns:
        if column.one_of:
            broken[column.name] = rows[column.name].notin(list(column.one_of))
        elif column.kind is Kind.NUMBER:
            broken[column.name] = rows[column.name].isnan() | rows[column.name].isinf()
    return broken


@rule(
    Severity.QUARANTINE,
    *(name for name, reference in REFERENCES.items() if reference.table == "customers"),
    en="The customer is not in the table of customers",
    zh="客户不在客户表中",
    remedy="Deliver the customer too, or exclude the rows; look for trailing spaces or lost leading zeros in the key",
)
def unknown_customer(rows: ir.Table, book: Book) -> Broken:
    """The row's customer was not delivered at all."""
    return {"customer_id": _orphan(rows, book)}


@rule(
    Severity.QUARANTINE,
    *(name for name, reference in REFERENCES.items() if reference.table == "invoices"),
    en="The invoice is not in the table of invoices",
    zh="发票不在发票表中",
    remedy="Deliver the invoice too, or exclude the rows; look for trailing spaces or lost leading zeros in the key",
)
def unknown_invoice(rows: ir.Table, book: Book) -> Broken:
    """The row's invoice was not delivered at all."""
    return {"invoice_id": _orphan(rows, book)}


@rule(
    Severity.QUARANTINE,
    *REFERENCES,
    en="The row it belongs to was set aside",
    zh="所属记录已被隔离",
    remedy="Correct the rows it belongs to first; their own rule names the reason",
)
def parent_row_quarantined(rows: ir.Table, book: Book) -> Broken:
    """The row's customer or invoice was delivered, but broke a rule of its own."""
    reference = REFERENCES[book.contract.name]
    return {reference.column: ~book.found_parent(rows) & _is_set_aside(rows, book)}


@rule(
    Severity.REPORT,
    "customers",
    en="The head of the group is not in the table of customers",
    zh="集团母公司不在客户表中",
    remedy="Deliver the group's head, or leave parent_id missing",
)
def parent_is_unknown(rows: ir.Table, book: Book) -> Broken:
    """A group's head need not be a customer; features of the group then miss it."""
    known = book.delivered["customers"].customer_id
    return {"parent_id": rows.parent_id.notnull() & ~_is_among(rows.parent_id, known)}


def _orphan(rows: ir.Table, book: Book) -> ir.BooleanValue:
    reference = REFERENCES[book.contract.name]
    is_orphan = ~book.found_parent(rows) & ~_is_set_aside(rows, book)
    return rows[reference.column].notnull() & is_orphan


def _is_set_aside(rows: ir.Table, book: Book) -> ir.BooleanValue:
    if book.set_aside is None:
        return ibis.literal(value=False)
    return _is_among(rows[REFERENCES[book.contract.name].column], book.set_aside)


def _is_among(value: ir.Column, keys: ir.Column) -> ir.BooleanValue:
    # SQL's IN is NULL, not false, as soon as one of the keys is NULL.
    present = keys.as_table()
    column = present.columns[0]
    return value.isin(present.filter(present[column].notnull())[column]).fill_null(False)
