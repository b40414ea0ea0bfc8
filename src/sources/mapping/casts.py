"""From the type a SELECT delivers to the type the contract wants: only where nothing can be lost."""

from __future__ import annotations

import re

from contracts.duck import STEP, literal, quoted
from contracts.tables.spec import MONEY_PLACES, SQL_TYPES, Column, Kind

_INTEGERS = frozenset(
    f"{sign}{size}INT{rest}"
    for sign in ("", "U")
    for size, rest in (("TINY", ""), ("SMALL", ""), ("", "EGER"), ("BIG", ""), ("HUGE", ""))
)
_FLOATS = frozenset({"FLOAT", "DOUBLE"})
_UNTYPED = '"NULL"'
_SCALES = {Kind.MONEY: MONEY_PLACES, Kind.RATE: 8}
"""Decimal places the contract keeps."""


def safe_cast(column: Column, found: str, *, currency: str | None = None) -> str | None:
    """The SQL that turns a delivered column into the contract's type, or None where that could lose something.

    Safe: the type itself, NULL, integers to decimals, any number to DOUBLE, an enumeration to text. Asked of each value, which
    fails where it would lose something: a timestamp is at midnight, a decimal has no more places than the contract keeps.
    Text is never taken for a date or a number, and a DOUBLE never for money: the SELECT has to say so.

    Args:
        column: what the contract wants.
        found: DuckDB's name of the delivered type.
        currency: the column of the same row that holds its currency, for the message.

    >>> safe_cast(Column("amount", Kind.MONEY, ""), "INTEGER")
    'CAST("amount" AS DECIMAL(18,3))'
    >>> safe_cast(Column("amount", Kind.MONEY, ""), "DOUBLE") is None
    True
    """
    name, target = quoted(column.name), SQL_TYPES[column.kind]
    plain = f"CAST({name} AS {target})"
    if column.kind is Kind.DAY and found != _UNTYPED:
        return _day(column.name, found)
    if found in {target, _UNTYPED}:
        return plain
    if _widens(column.kind, found):
        return plain
    if column.kind in _SCALES and found.startswith("DECIMAL"):
        return f"CASE WHEN {name} <> {plain} THEN error({_too_fine(column, currency)}) ELSE {plain} END"
    return None


def _day(column: str, found: str) -> str | None:
    """A day, or a moment at midnight: Parquet and databases know days without end, which would never be overdue."""
    if not re.fullmatch(r"DATE|TIMESTAMP(_S|_MS|_NS)?", found):
        return None
    name = quoted(column)
    endless = literal(f"{column} is no day of the calendar: ")
    step = literal(
        f"{STEP}Write NULLIF({column}, DATE 'infinity') in the SELECT where it means none, or the day that is meant."
    )
    timed = literal(f"{column} is not at midnight: ")
    cases = f"WHEN isinf({name}) THEN error({endless} || CAST({name} AS VARCHAR) || {step}) "
    if found != SQL_TYPES[Kind.DAY]:
        cases += f"WHEN CAST({name} AS TIME) <> TIME '00:00' THEN error({timed} || CAST({name} AS VARCHAR)) "
    return f"CASE {cases}ELSE CAST({name} AS DATE) END"


def _too_fine(column: Column, currency: str | None) -> str:
    """SQL of the message for a value with more decimal places than are kept."""
    name, places = quoted(column.name), _SCALES[column.kind]
    value = f"CAST({name} AS VARCHAR)"
    if currency is not None:
        value += f" || coalesce(' ' || CAST({quoted(currency)} AS VARCHAR), '')"
    said = literal(f"{column.name} has more than {places} decimal places: ")
    step = f"{STEP}Nothing is rounded for you: write round({column.name}, {places}) in the SELECT where that is meant."
    return f"{said} || {value} || {literal(step)}"


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
