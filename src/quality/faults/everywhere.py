"""Faults that may strike any table."""

from __future__ import annotations

from contracts.tables.raw import RAW_TABLES
from contracts.tables.spec import Column, Kind, Table
from quality.faults.fault import Deed, Sheet, Strike, fault
from quality.faults.sql import DIE, everywhere, in_one_column, literal, one_of, quoted

_REFERENCES = {
    "payments": ("invoice_id", "invoices"),
    "disputes": ("invoice_id", "invoices"),
    **dict.fromkeys(
        ("master_history", "invoices", "credit_terms", "financials", "events", "attributes"),
        ("customer_id", "customers"),
    ),
}
_UNKNOWN = {
    name: "unknown_invoice" if table == "invoices" else "unknown_customer"
    for name, (_, table) in _REFERENCES.items()
}
_NUMBERED = ("invoices", "payments", "disputes", "events")
"""Tables whose key is a number that says nothing of the row."""

_CLOCKS = {
    name: tuple(dict.fromkeys(one for one in (table.happened, table.known) if one))
    for name, table in RAW_TABLES.items()
} | {"customers": ("onboarded_on",)}


@fault(
    everywhere("repeated_row"),
    en="Rows were delivered once more, as they are",
    zh="部分行被原样重复交付",
)
def duplicated_load(_sheet: Sheet) -> Strike:
    """The same rows under the same keys: a file loaded twice."""
    return Strike({}, deed=Deed.ADDED)


@fault(
    everywhere("duplicate_key"),
    en="A key was delivered twice, with another value",
    zh="同一主键交付了两次且内容不同",
)
def rival_versions(sheet: Sheet) -> Strike:
    """An old and a new version of a record in one extract."""
    table = sheet.contract
    return Strike(_another_value(table), deed=Deed.ADDED)


def _another_value(table: Table) -> dict[str, str]:
    preferred = (
        "amount",
        "name",
        "payment_terms_days",
        "reason",
        "detail",
        "rate",
        "months",
        "legal_form",
    )
    names = [name for name in preferred if name in table.column_names]
    column = table.column(names[0] if names else table.column_names[-1])
    value = f"r.{quoted(column.name)}"
    if column.kind is Kind.TEXT:
        return {column.name: f"coalesce({value}, '') || ' (old)'"}
    return {column.name: f"coalesce({value}, 0) + 1"}


@fault(
    {**everywhere("loaded_twice", _NUMBERED)},
    en="Rows were delivered once more under new numbers",
    zh="部分行以新编号重复交付",
)
def loaded_under_new_ids(sheet: Sheet) -> Strike:
    """The second load numbered its records anew."""
    key = sheet.contract.grain[0]
    return Strike({key: f"r.{quoted(key)} || '-R'"}, deed=Deed.ADDED)


@fault(
    everywhere("spaces_around_key"),
    en="Keys came with spaces before or after them",
    zh="主键前后带有空格",
)
def ids_with_trailing_spaces(sheet: Sheet) -> Strike:
    """Fields of fixed width, cut out without trimming: own keys and those of the row referred to."""
    names = [
        column.name
        for column in sheet.contract.columns
        if column.kind is Kind.TEXT
        and (column.name in sheet.contract.grain or column.name in {"customer_id", "invoice_id"})
    ]
    padded = {name: _padded(f"r.{quoted(name)}") for name in names}
    return Strike(in_one_column(padded))


def _padded(value: str) -> str:
    # The die's remainder by the number of columns is taken: another digit of it decides how.
    way = f"({DIE} // 8) % 3"
    return f"CASE {way} WHEN 0 THEN {value} || ' ' WHEN 1 THEN {value} || '   ' ELSE ' ' || {value} END"


@fault(
    everywhere("missing_value"),
    en="A required value is missing",
    zh="必填值缺失",
    note="keys included; text is left out or blank",
)
def value_missing(sheet: Sheet) -> Strike:
    """A field that was optional in the source."""
    required = [column for column in sheet.contract.columns if not column.nullable]
    return Strike(in_one_column({column.name: _nothing(column) for column in required}))


def _nothing(column: Column) -> str:
    if column.kind is not Kind.TEXT:
        return "NULL"
    return f"CASE ({DIE} // 16) % 2 WHEN 0 THEN '  ' END"


@fault(
    everywhere("known_after_delivery"),
    en="A date lies in the future",
    zh="日期在未来",
)
def dated_in_future(sheet: Sheet) -> Strike:
    """9999-12-31 for `none`, or a year typed wrong: 2124 for 2024."""
    days = {
        name: f"CASE ({DIE} // 16) % 2 WHEN 0 THEN DATE '9999-12-31' "
        f"ELSE CAST(r.{quoted(name)} + INTERVAL 100 YEAR AS DATE) END"
        for name in _CLOCKS[sheet.contract.name]
    }
    return Strike(in_one_column(days))


@fault(
    everywhere("date_too_early"),
    en="A date is a filler",
    zh="日期为填充值",
    note="1900-01-01, 1970-01-01 or 0001-01-01",
)
def filler_date(sheet: Sheet) -> Strike:
    """What a spreadsheet or an old system writes for `none`."""
    fillers = [f"DATE '{one}'" for one in ("1900-01-01", "1970-01-01", "0001-01-01")]
    return Strike(in_one_column(dict.fromkeys(_CLOCKS[sheet.contract.name], one_of(*fillers))))


@fault(
    {**_UNKNOWN, "customers": "parent_is_unknown"},
    en="Rows refer to a customer or invoice that was not delivered",
    zh="所引用的客户或发票未交付",
    note="at customers the head of the group",
)
def orphan(sheet: Sheet) -> Strike:
    """An extract of the ledger that is wider than that of the master data."""
    column = (
        "parent_id" if sheet.contract.name == "customers" else _REFERENCES[sheet.contract.name][0]
    )
    return Strike({column: f"coalesce(r.{column}, 'C') || '-X'"})


@fault(
    _UNKNOWN,
    en="References have lost their leading zeros",
    zh="引用编号的前导零丢失",
    note="rows whose reference has zeros after its letters",
)
def leading_zeros_lost(sheet: Sheet) -> Strike:
    """A spreadsheet took the number for a number: C000123 became C123."""
    column, parent = _REFERENCES[sheet.contract.name]
    short = rf"regexp_replace(r.{column}, '^([^0-9]*)0+([0-9])', '\1\2')"
    return Strike(
        {column: short},
        where=f"{short} NOT IN (SELECT {column} FROM {parent} WHERE {column} IS NOT NULL)",  # noqa: S608 - names of the contract
    )


@fault(
    {**everywhere("missing_value", ("invoices", "payments", "credit_terms", "financials"))},
    en="A line of totals was delivered as a row",
    zh="合计行被当作数据行交付",
)
def totals_line(sheet: Sheet) -> Strike:
    """The last line of a printed list: a word, an amount, and nothing else."""
    kept = ("amount", "credit_limit", "revenue")
    values = {
        column.name: "NULL"
        for column in sheet.contract.columns
        if column.name not in kept and column.name not in sheet.contract.grain
    }
    first, *others = sheet.contract.grain
    values |= {first: f"'Total ' || r.{quoted(first)}"}
    values |= dict.fromkeys(others, "NULL")
    return Strike(values, deed=Deed.ADDED)


@fault(
    everywhere("illegal_value", ("invoices", "payments", "events", "attributes")),
    en="A code or a number that means nothing here",
    zh="无法识别的代码或数字",
    note="codes of kinds; at attributes a figure that is not a number",
)
def value_not_in_list(sheet: Sheet) -> Strike:
    """A document type of the source that nobody translated; a division by nought."""
    numbers = [column.name for column in sheet.contract.columns if column.kind is Kind.NUMBER]
    if sheet.contract.name == "attributes":
        if not numbers:
            return Strike({}, where="FALSE")
        return Strike(in_one_column(dict.fromkeys(numbers, "'nan'::DOUBLE")))
    codes = {
        "invoices": ("RV", "Invoice", "1"),
        "payments": ("DZ", "Payment", "1"),
        "events": ("bankruptcy", "INS", "other"),
    }
    return Strike({"kind": one_of(*map(literal, codes[sheet.contract.name]))})


_MONEYED = ("customers", "invoices", "financials", "fx_rates")


@fault(
    everywhere("unknown_currency", _MONEYED),
    en="A currency that nobody knows",
    zh="未知币种",
)
def currency_unknown(sheet: Sheet) -> Strike:
    """A sign, a cut-off code or a house code of the source."""
    codes = ["'E'", "'EURO'", "'€'"]
    if sheet.contract.name != "fx_rates":
        codes.append("'XXQ'")  # three capital letters: only a missing rate gives it away
    return Strike({"currency": one_of(*codes)})


@fault(
    everywhere("code_in_lower_case", ("customers", "master_history", *_MONEYED[1:])),
    en="Codes in lower case",
    zh="代码为小写",
)
def code_in_lower_case(sheet: Sheet) -> Strike:
    """`eur` and `de`, typed by hand."""
    if sheet.contract.name == "master_history":
        return Strike({"country": "lower(r.country)"}, where="r.country IS NOT NULL")
    names = ("currency", "country") if sheet.contract.name == "customers" else ("currency",)
    return Strike(in_one_column({name: f"lower(r.{name})" for name in names}))
