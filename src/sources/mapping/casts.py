"""From the type a SELECT delivers to the type the contract wants: only where nothing can be lost."""

from __future__ import annotations

import re

from contracts.duck import literal, quoted
from contracts.tables.spec import SQL_TYPES, Column, Kind

_INTEGERS = frozenset(
    f"{sign}{size}INT{rest}"
    for sign in ("", "U")
    for size, rest in (("TINY", ""), ("SMALL", ""), ("", "EGER"), ("BIG", ""), ("HUGE", ""))
)
_FLOATS = frozenset({"FLOAT", "DOUBLE"})
_UNTYPED = '"NULL"'
_SCALES = {Kind.MONEY: 2, Kind.RATE: 8}


def safe_cast(column: Column, found: str) -> str | None:
    """The SQL that turns a delivered column into the contract's type, or None where that could lose something.

    Safe: the type itself, NULL, integers to decimals, decimals with no more decimal places, any number to
    DOUBLE, an enumeration to text, a timestamp at midnight to its day (another time of day fails with its value).
    Text is never taken for a date or a number, and a DOUBLE never for money: the SELECT has to say so.

    Args:
        column: what the contract wants.
        found: DuckDB's name of the delivered type.

    >>> safe_cast(Column("amount", Kind.MONEY, ""), "INTEGER")
    'CAST("amount" AS DECIMAL(18,2))'
    >>> safe_cast(Column("amount", Kind.MONEY, ""), "DECIMAL(18,3)") is None
    True
    """
    name, target = quoted(column.name), SQL_TYPES[column.kind]
    plain = f"CAST({name} AS {target})"
    if found in {target, _UNTYPED}:
        return plain
    if column.kind is Kind.DAY and re.fullmatch(r"TIMESTAMP(_S|_MS|_NS)?", found):
        problem = literal(f"{column.name} is not at midnight: ")
        return (
            f"CASE WHEN CAST({name} AS TIME) <> TIME '00:00' "
            f"THEN error({problem} || CAST({name} AS VARCHAR)) ELSE {plain} END"
        )
    return plain if _widens(column.kind, found) else None


def _widens(kind: Kind, found: str) -> bool:
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", found)
    if kind in _SCALES:
        return found in _INTEGERS or (
            decimal is not None and int(decimal.group(2)) <= _SCALES[kind]
        )
    if kind is Kind.COUNT:
        return found in _INTEGERS
    if kind is Kind.NUMBER:
        return found in _INTEGERS or found in _FLOATS or decimal is not None
    return kind is Kind.TEXT and found.startswith("ENUM(")


def remedy(column: Column, found: str) -> str:
    """The SQL a user can paste to make the type right.

    >>> remedy(Column("amount", Kind.MONEY, ""), "DOUBLE")
    'CAST(amount AS DECIMAL(18,2))'
    >>> remedy(Column("paid_on", Kind.DAY, ""), "VARCHAR")
    "CAST(paid_on AS DATE) where it reads 2024-01-31, else CAST(strptime(paid_on, '%d.%m.%Y') AS DATE)"
    """
    name = column.name
    if column.kind is Kind.DAY and found == "VARCHAR":
        return (
            f"CAST({name} AS DATE) where it reads 2024-01-31, "
            f"else CAST(strptime({name}, '%d.%m.%Y') AS DATE)"
        )
    if column.kind is Kind.DAY and found == "TIMESTAMP WITH TIME ZONE":
        return f"CAST({name} AT TIME ZONE 'Europe/Berlin' AS DATE), with the zone whose midnight begins your day"
    if column.kind in {Kind.MONEY, Kind.RATE, Kind.NUMBER} and found == "VARCHAR":
        return (
            f"CAST({name} AS {SQL_TYPES[column.kind]}) where it reads 1234.50; where it reads 1234,50 set "
            f'`decimal_separator: ","` of the file first'
        )
    return f"CAST({name} AS {SQL_TYPES[column.kind]})"
