"""Repairs: values that can only have meant one thing. What they were is kept, so nothing is lost."""

from __future__ import annotations

from itertools import chain

import ibis
import ibis.expr.types as ir

from contracts.rules.rule import EVERY_TABLE, REFERENCES, Mended, repair
from contracts.tables import Kind, Table

_CODES = ("currency", "country", "kind")
_UPPER = ("currency", "country")


def _code_columns(contract: Table) -> list[str]:
    """Keys, references and codes: text that is compared, letter by letter."""
    reference = REFERENCES.get(contract.name)
    names = {*contract.grain, *_CODES, "parent_id", reference.column if reference else ""}
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
    "invoices",
    "financials",
    "fx_rates",
    title=("A currency or country code in lower case", "币种或国家代码为小写"),
    remedy=("Write upper(x) in the SELECT", "在 SELECT 中使用 upper(x)"),
)
def code_in_lower_case(rows: ir.Table, contract: Table) -> Mended:
    """ISO 4217 and ISO 3166-1 codes are capital letters."""
    return {name: rows[name].upper() for name in _UPPER if name in contract.column_names}


_LETTERS = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽžŁłŃńŚśĄąĆćĘęŻżŹźĞğİıŞşČčŘřŮůŐőŰű"
_SIGNS = "–—‘’“”€§°´·&"
_MISREADINGS = ("cp1252", "latin-1")


def misread(letter: str) -> tuple[str, ...]:
    r"""How a letter looks where its UTF-8 bytes were read as one-byte letters, by Windows and by ISO 8859-1.

    >>> misread("ü")
    ('Ã¼',)
    >>> misread("’")
    ('â€™', 'â\x80\x99')
    """
    found = []
    for encoding in _MISREADINGS:
        try:
            found.append(letter.encode().decode(encoding))
        except UnicodeDecodeError:
            continue  # Windows gives five of the bytes no letter
    return tuple(dict.fromkeys(text for text in found if text != letter))


_MISREAD = tuple((text, letter) for letter in chain(_LETTERS, _SIGNS) for text in misread(letter))
_FIRST_LETTERS = "".join(sorted({text[0] for text, _ in _MISREAD}))


@repair(
    "customers",
    title=("A name was read in the wrong encoding", "名称编码错误"),
    remedy=(
        "Set `encoding:` of the file in the portfolio's yaml to the one it was written in",
        "在配置中将该文件的 encoding 设为其真实编码",
    ),
    suspect=lambda rows, _contract: rows.name.re_search(f"[{_FIRST_LETTERS}]"),
)
def mojibake_text(rows: ir.Table, _contract: Table) -> Mended:
    """`MÃ¼ller` is `Müller`, written as UTF-8 and read as Windows-1252. No real name holds these pairs."""
    name = rows.name
    for text, letter in _MISREAD:
        name = name.replace(text, letter)
    return {"name": name}
