"""Rules of keys, values and references: what every table must keep."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.raw import INVOICE_KINDS
from contracts.tables.references import REFERENCES
from contracts.tables.spec import Kind
from quality.rules.rule import EVERY_TABLE, ROW, Book, Broken, Severity, rule

MAX_NUMBER = 1e18
"""Nothing that a portfolio tells of a customer is a million times a million millions; 1e308 is a filler."""


@rule(
    Severity.QUARANTINE,
    *EVERY_TABLE,
    tolerance=0.001,
    title=("A required value is missing", "必填项缺失"),
    remedy=(
        "Fill the column in the SELECT (COALESCE); a first state without a beginning is known from the first day of the business relation. Leave out lines that are no records, such as totals (WHERE ...), but no payment, credit note or event: its invoice would look unpaid, its customer sound",
        "在 SELECT 中补全该列（COALESCE）；没有起始日的首个状态自业务关系首日起即为已知。合计行等非记录行可用 WHERE 排除，但切勿剔除付款、贷项凭证或事件：对应发票将显示未付，客户将显得正常",
    ),
)
def missing_value(rows: ir.Table, book: Book) -> Broken:
    """NULL, or text that is blank, in a column that may not be missing; an invoice needs a due day, a credit note does not."""
    broken = {}
    for column in book.contract.columns:
        if column.nullable:
            continue
        value = rows[column.name]
        broken[column.name] = value.isnull() | _is_blank(value, column.kind)
    if book.contract.name == "invoices":
        broken["due_on"] = rows.due_on.isnull() & (rows.kind == INVOICE_KINDS[0])
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
    """A text outside the contract's list, or a number that is not finite, or so large that its square no longer is a number."""
    broken: Broken = {}
    for column in book.contract.columns:
        if column.one_of:
            broken[column.name] = rows[column.name].notin(list(column.one_of))
        elif column.kind is Kind.NUMBER:
            number = rows[column.name]
            broken[column.name] = number.isnan() | number.isinf() | (number.abs() > MAX_NUMBER)
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
    "payments",
    title=("Nobody can say whose money on account it is", "无法得知预收款项属于哪个客户"),
    remedy=(
        "Deliver the invoice it pays, or the customer whose it is, as customer_id; leave no payment out, for its invoice would look unpaid",
        "请提供其所付的发票，或在 customer_id 中注明客户；切勿剔除付款，否则对应发票将显示未付",
    ),
)
def money_of_nobody(rows: ir.Table, book: Book) -> Broken:
    """Money that names no invoice, and whose customer is not said, was not delivered or was set aside."""
    known = book.own.customer_id if book.customers is None else book.customers
    return {"customer_id": rows.invoice_id.isnull() & ~_is_among(rows.customer_id, known)}


@rule(
    Severity.QUARANTINE,
    *(name for name, reference in REFERENCES.items() if reference.table == "invoices"),
    title=("The invoice is not in the table of invoices", "发票不在发票表中"),
    remedy=(
        "Look for lost leading zeros in the key, and deliver the invoice too; leave the row out only where its invoice is older than the extract, for another invoice may be waiting for it. Where the old ledger's open items were carried over in one sum, the payment is one of that sum: give it that number",
        "检查主键是否丢失前导零，并同时交付该发票；仅当发票早于本次数据范围时才可排除该行，否则可能有另一张发票正等待该款项。若旧系统的未清项以一笔期初余额转入，该付款即核销该余额：请填写其编号",
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
    Severity.QUARANTINE,
    "invoices",
    "payments",
    "disputes",
    title=(
        "What a row that was set aside says of it is unknown, so it is left out as well",
        "与被隔离记录相关，真实状态未知，因此一并排除",
    ),
    remedy=(
        "Correct the rows that were set aside by their own rules: without them these would look unpaid",
        "先更正因自身规则被隔离的行；缺少它们，这些记录会显得未付款",
    ),
)
def belongs_to_a_row_set_aside(_rows: ir.Table, _book: Book) -> Broken:
    """An invoice whose payment, credit note or dispute was set aside, and what hangs on it.

    Found when all tables have been asked; see `quality.delivery.unknown`. Left in, the invoice would be unpaid for ever,
    and a fault of the data would make a defaulter of a payer.
    """
    return {}


@rule(
    Severity.REPORT,
    "invoices",
    title=("The invoice that a credit note names is not there", "贷项凭证所指的发票不存在"),
    remedy=(
        "Deliver the number of the invoice in credits, as invoice_id has it; without it the oldest items are reduced",
        "请在 credits 中提供与 invoice_id 一致的发票号；否则将冲减最早的应收款项",
    ),
)
def credits_unknown_invoice(rows: ir.Table, book: Book) -> Broken:
    """Not delivered, another customer's, or in another currency; or named by what is no credit note."""
    own = book.delivered["invoices"]
    items = own.filter(own.kind == INVOICE_KINDS[0]).select(
        credits="invoice_id", whose="customer_id", its_currency="currency"
    )
    named = book.own.filter(book.own.credits.notnull() & (book.own.kind != INVOICE_KINDS[0]))
    found = named.inner_join(items, "credits")
    found = found.filter(
        (found.whose == found.customer_id) & (found.its_currency == found.currency)
    )
    return {"credits": rows.credits.notnull() & ~rows[ROW].isin(found[ROW])}


@rule(
    Severity.REPORT,
    "customers",
    "master_history",
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


@rule(
    Severity.REPORT,
    "customers",
    title=(
        "The history of master data never speaks of the customer",
        "主数据历史中没有该客户的任何记录",
    ),
    remedy=(
        "Deliver its first state too, not only changes: without a row its industry, country, legal form and group are missing on every day",
        "除变更外，请同时交付其初始状态；没有记录时，其行业、国家、法律形式和所属集团在任何日期均为缺失",
    ),
)
def never_in_master_history(rows: ir.Table, book: Book) -> Broken:
    """A log of changes alone lacks those that never changed. Where no history is delivered at all, today's record is read."""
    history = book.delivered.get("master_history")
    if history is None:
        return {}
    return {"customer_id": ~_is_among(rows.customer_id, history.customer_id)}


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
