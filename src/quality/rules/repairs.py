"""Repairs: values that can only have meant one thing. What they were is kept, so nothing is lost."""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from contracts.tables.references import REFERENCES
from contracts.tables.spec import Kind, Table
from quality.rules.dates import CLOCK_NOUGHT, EARLIEST
from quality.rules.rule import EVERY_TABLE, Mended, repair, respelling

_CODES = ("currency", "country", "kind")
_UPPER = ("currency", "country")
_NAMED = ("customer_id", "credits", "parent_id")
"""Keys of other rows, besides the one a row belongs to: whose money on account is, and what a credit note reduces."""


def _code_columns(contract: Table) -> list[str]:
    """Keys, references and codes: text that is compared, letter by letter."""
    reference = REFERENCES.get(contract.name)
    names = {*contract.grain, *_CODES, *_NAMED, reference.column if reference else ""}
    return [one.name for one in contract.columns if one.name in names and one.kind is Kind.TEXT]


def _may_be_padded(rows: ir.Table, contract: Table) -> ir.BooleanValue:
    """Whether the first or the last letter does not show; "!" is the first that does."""
    keys = [rows[name] for name in _code_columns(contract)]
    return ibis.or_(*((key < "!") | (key.right(1) < "!") for key in keys))


@repair(
    *EVERY_TABLE,
    suspect=_may_be_padded,
    title=("Spaces around a key or a code", "主键或代码前后有空格"),
    remedy=("Trim the column in the SELECT: trim(x)", "在 SELECT 中去除空格：trim(x)"),
)
def spaces_around_key(rows: ir.Table, contract: Table) -> Mended:
    """Keys of fixed width come padded; a padded key finds nobody."""
    return {name: rows[name].strip() for name in _code_columns(contract)}


@repair(
    "customers",
    "master_history",
    "invoices",
    "financials",
    "fx_rates",
    title=("A currency or country code in lower case", "币种或国家代码为小写"),
    remedy=("Write upper(x) in the SELECT", "在 SELECT 中使用 upper(x)"),
)
def code_in_lower_case(rows: ir.Table, contract: Table) -> Mended:
    """ISO 4217 and ISO 3166-1 codes are capital letters."""
    return {name: rows[name].upper() for name in _UPPER if name in contract.column_names}


_FILLERS = (
    date(1, 1, 1),
    date(1753, 1, 1),
    date(1899, 12, 30),
    date(1899, 12, 31),
    date(1900, 1, 1),
    date(9999, 12, 31),
)
"""Nought of a spreadsheet, the first and the last day databases have."""


@repair(
    "customers",
    title=("The founding day is a filler", "成立日期为填充值"),
    remedy=(
        "Name the filler in `null_values` of the file, or write NULLIF(x, DATE '1900-01-01') in the SELECT",
        "在该文件的 null_values 中列出填充值，或在 SELECT 中使用 NULLIF",
    ),
)
def founded_on_filler(rows: ir.Table, _contract: Table) -> Mended:
    """A company of 0001-01-01 would be 24,000 months old, and older is safer. Not known is what it means."""
    is_filler = rows.founded_on.isin([ibis.literal(one) for one in _FILLERS])
    return {"founded_on": is_filler.ifelse(ibis.null("date"), rows.founded_on)}


@repair(
    "events",
    title=("An event that was announced before it took effect", "事件在生效前已公告"),
    remedy=(
        "Nothing: it counts from the day it could be known; where many rows show it, check which day is which in the SELECT",
        "无需处理：自获知之日起计；若数量很多，请检查 SELECT 中两个日期是否互换",
    ),
)
def announced_before_it_happened(rows: ir.Table, _contract: Table) -> Mended:
    """An insolvency to be opened on the first of next month: from its announcement on nobody sells on credit. A filler announces nothing."""
    is_day = (rows.known_on >= ibis.literal(EARLIEST)) & (rows.known_on != ibis.literal(CLOCK_NOUGHT))  # fmt: skip
    is_announced = is_day & (rows.known_on < rows.occurred_on)
    return {"occurred_on": is_announced.ifelse(rows.known_on, rows.occurred_on)}


_AHEAD_DAYS = 31


@repair(
    "invoices",
    title=("An invoice that was booked before its own day", "发票入账日早于其自身日期"),
    remedy=(
        "Nothing, where invoices of the first are made in the month before (rents, subscriptions), or where the time of booking is of another clock (UTC): it is an invoice from its own day on; where many rows show it else, check which column of the source is the document's date and which the booking date",
        "若次月初的发票在上月提前开具（租金、订阅），或入账时间采用其他时区（UTC），则无需处理：自其自身日期起才是发票；若因其他原因大量出现，请检查来源中哪一列是单据日期、哪一列是入账日期",
    ),
)
def billed_ahead(rows: ir.Table, _contract: Table) -> Mended:
    """Booked up to a month before its own day: nobody owes it until then, and it is known on the later of the two days."""
    is_ahead = rows.issued_on.delta(rows.booked_at, unit="D").between(1, _AHEAD_DAYS)
    return {"booked_at": is_ahead.ifelse(rows.issued_on, rows.booked_at)}


# The letters Windows-1252 gives the bytes 80 to 9F; ISO 8859-1 has control characters there.
_WINDOWS = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_PAIR = f"[Â-ô][\u0080-\u00bf{_WINDOWS}]"
"""First and second byte of a letter in UTF-8, each read as a letter of its own."""


@respelling(
    "customers",
    columns=("name",),
    suspect=_PAIR,
    title=("A name was read in the wrong encoding", "名称编码错误"),
    remedy=(
        "Set `encoding:` of the file in the portfolio's yaml to the one it was written in",
        "在配置中将该文件的 encoding 设为其真实编码",
    ),
)
def mojibake_text(text: str) -> str:
    """`MÃ¼ller` is `Müller`, written as UTF-8 and read as Windows-1252; see `read_again`."""
    return read_again(text)


def read_again(text: str) -> str:
    r"""Text as it reads where its letters are taken for the bytes of UTF-8; the text itself where that is no UTF-8.

    Windows gives five of the bytes no letter; readers pass those on as ISO 8859-1 does.

    >>> read_again("MÃ¼ller"), read_again("å¤©æˆ\x90ç‰©æµ\x81")
    ('Müller', '天成物流')
    >>> read_again("Ångström & Ã")
    'Ångström & Ã'
    """
    try:
        return b"".join(map(_byte, text)).decode("utf-8")
    except UnicodeError:
        return text


def _byte(letter: str) -> bytes:
    try:
        return letter.encode("cp1252")
    except UnicodeEncodeError:
        return letter.encode("latin-1")
