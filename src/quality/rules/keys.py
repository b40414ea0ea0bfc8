"""Rules of keys, values and references: what every table must keep."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.references import REFERENCES
from contracts.tables.spec import Kind
from quality.rules.rule import EVERY_TABLE, Book, Broken, Severity, rule


@rule(
    Severity.QUARANTINE,
    *EVERY_TABLE,
    tolerance=0.001,
    title=("A required value is missing", "必填项缺失"),
    remedy=(
        "Fill the column in the SELECT (COALESCE) or exclude the rows (WHERE ... IS NOT NULL)",
        "在 SELECT 中补全该列（COALESCE）或排除这些行（WHERE ... IS NOT NULL）",
    ),
)
def missing_value(rows: ir.Table, book: Book) -> Broken:
    """NULL, or text that is blank, in a column that may not be missing."""
    broken = {}
    for column in book.contract.columns:
        if column.nullable:
            continue
        value = rows[column.name]
        broken[column.name] = value.isnull() | _is_blank(value, column.kind)
    return broken


def _is_blank(value: ir.Column, kind: Kind) -> ir.BooleanValue:
    if kind is not Kind.TEXT:
        return ibis.literal(value=False)
    # Only text that begins below "!" (the first letter that shows) can be blank; stripping all of it is ten times as slow.
    return ibis.ifelse(value < "!", value.strip() == "", False).fill_null(False)


@rule(
    Severity.QUARANTINE,
    *EVERY_TABLE,
    tolerance=0.001,
    title=("A value is not one of those allowed", "取值不在允许范围内"),
    remedy=(
        "Translate the source's codes with CASE in the SELECT",
        "在 SELECT 中用 CASE 转换来源代码",
    ),
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
    title=("The customer is not in the table of customers", "客户不在客户表中"),
    remedy=(
        "Deliver the customer too, or exclude the rows; look for lost leading zeros in the key",
        "同时交付该客户，或排除这些行；检查主键是否丢失前导零",
    ),
)
def unknown_customer(rows: ir.Table, book: Book) -> Broken:
    """The row's customer was not delivered at all."""
    return {"customer_id": _orphan(rows, book)}


@rule(
    Severity.QUARANTINE,
    *(name for name, reference in REFERENCES.items() if reference.table == "invoices"),
    title=("The invoice is not in the table of invoices", "发票不在发票表中"),
    remedy=(
        "Deliver the invoice too, or exclude the rows; look for lost leading zeros in the key",
        "同时交付该发票，或排除这些行；检查主键是否丢失前导零",
    ),
)
def unknown_invoice(rows: ir.Table, book: Book) -> Broken:
    """The row's invoice was not delivered at all."""
    return {"invoice_id": _orphan(rows, book)}


@rule(
    Severity.QUARANTINE,
    *REFERENCES,
    title=("The row it belongs to was set aside", "所属记录已被隔离"),
    remedy=(
        "Correct the rows it belongs to first; their own rule names the reason",
        "先更正其所属的行，隔离原因见其规则",
    ),
)
def parent_row_quarantined(rows: ir.Table, book: Book) -> Broken:
    """The row's customer or invoice was delivered, but broke a rule of its own."""
    reference = REFERENCES[book.contract.name]
    return {reference.column: ~book.found_parent(rows) & _is_set_aside(rows, book)}


@rule(
    Severity.REPORT,
    "customers",
    title=("The head of the group is not in the table of customers", "集团母公司不在客户表中"),
    remedy=(
        "Deliver the group's head, or leave parent_id missing",
        "交付集团母公司，或将 parent_id 留空",
    ),
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
