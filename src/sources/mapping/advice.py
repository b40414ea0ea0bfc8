"""What to write in a SELECT where a column has not the contract's type: told by the column's own values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from contracts.duck import literal, quoted
from contracts.tables.spec import SQL_TYPES, Column, Kind

_MONTHS_IN_WORDS = r"[A-Za-z]{3}"
_FORMATS: Mapping[str, str] = {
    "%d.%m.%Y": r"\d{1,2}[.]\d{1,2}[.]\d{4}",
    "%d.%m.%y": r"\d{1,2}[.]\d{1,2}[.]\d{2}",
    "%d/%m/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"\d{1,2}/\d{1,2}/\d{4}",
    "%d/%m/%y": r"\d{1,2}/\d{1,2}/\d{2}",
    "%m/%d/%y": r"\d{1,2}/\d{1,2}/\d{2}",
    "%y/%m/%d": r"\d{2}/\d{1,2}/\d{1,2}",
    "%Y/%m/%d": r"\d{4}/\d{1,2}/\d{1,2}",
    "%Y.%m.%d": r"\d{4}[.]\d{1,2}[.]\d{1,2}",
    "%y.%m.%d": r"\d{2}[.]\d{1,2}[.]\d{1,2}",
    "%d-%m-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%m-%d-%Y": r"\d{1,2}-\d{1,2}-\d{4}",
    "%d-%m-%y": r"\d{1,2}-\d{1,2}-\d{2}",
    "%m-%d-%y": r"\d{1,2}-\d{1,2}-\d{2}",
    "%y-%m-%d": r"\d{2}-\d{1,2}-\d{1,2}",
    "%Y-%m-%d": r"\d{4}-\d{1,2}-\d{1,2}",
    "%Y%m%d": r"\d{8}",
    "%d%m%Y": r"\d{8}",
    "%m%d%Y": r"\d{8}",
    "%y%m%d": r"\d{6}",
    "%d%m%y": r"\d{6}",
    "%m%d%y": r"\d{6}",
    "%d-%b-%Y": rf"\d{{1,2}}-{_MONTHS_IN_WORDS}-\d{{4}}",
    "%d-%b-%y": rf"\d{{1,2}}-{_MONTHS_IN_WORDS}-\d{{2}}",
    "%d %b %Y": rf"\d{{1,2}} {_MONTHS_IN_WORDS} \d{{4}}",
}
_CLOCKS = {"": "", " %H:%M": r" \d{1,2}:\d{2}", " %H:%M:%S": r" \d{1,2}:\d{2}:\d{2}"}


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about a column.

    Attributes:
        step: what to write, or to find out first.
        values: values of the column that show why.
    """

    step: str
    values: tuple[str, ...] = ()


def advise(
    connection: duckdb.DuckDBPyConnection, view: str, column: Column, found: str, source: str
) -> Advice:
    """The conversion that reads every value of the column; where several would, their readings.

    Args:
        connection: holds the view.
        view: the SELECT, as it delivers.
        column: what the contract wants.
        found: the type the SELECT delivers.
        source: what the SELECT reads it from, for the text to paste.
    """
    name = source if re.fullmatch(r"[A-Za-z_]\w*", source) else quoted(source)
    texts = (
        f"(SELECT DISTINCT trim(CAST({quoted(column.name)} AS VARCHAR)) AS v FROM {quoted(view)})"  # noqa: S608 - quoted
    )
    few = [
        str(row[0])
        for row in connection.execute(
            f"SELECT v FROM {texts} WHERE v <> '' ORDER BY v LIMIT 3"  # noqa: S608 - quoted
        ).fetchall()
    ]
    if column.kind is Kind.DAY and found in {"VARCHAR", "BIGINT", "INTEGER"}:
        return _day(connection, texts, name, few)
    if column.kind in {Kind.MONEY, Kind.RATE, Kind.NUMBER} and found == "VARCHAR":
        return _figure(connection, texts, column.kind, name, few)
    return Advice(f"Convert it in the SELECT: {remedy(column, found, name)}.", tuple(few))


def _day(connection: duckdb.DuckDBPyConnection, texts: str, name: str, few: list[str]) -> Advice:
    formats = {
        f"{day}{clock}": f"{pattern}{digits}"
        for day, pattern in _FORMATS.items()
        for clock, digits in _CLOCKS.items()
    }
    tests = ", ".join(
        f"bool_and(coalesce(regexp_full_match(v, {literal(pattern)}) AND "
        f"try_strptime(v, {literal(form)}) IS NOT NULL, FALSE))"
        for form, pattern in formats.items()
    )
    row = connection.execute(f"SELECT {tests} FROM {texts} WHERE v <> ''").fetchall()[0]  # noqa: S608 - quoted
    fit = [form for form, is_read in zip(formats, row, strict=True) if is_read]
    if not fit:
        return Advice(
            "No format of a date reads all its values: correct them at the source, name fillers in `null_values` of the file, "
            f"and write day({name}, '%d.%m.%Y') with the format they have.",
            tuple(few),
        )
    differing = _differing(connection, texts, fit)
    if differing is None:
        return Advice(f"Convert it in the SELECT: day({name}, '{fit[0]}').", tuple(few))
    value, readings = differing
    shown = "; ".join(
        f"{day} by day({name}, '{form}')" for form, day in zip(fit, readings, strict=True)
    )
    return Advice(
        f"Nothing in the column tells the order of day, month and year: {value} is {shown}. Ask who made the file, "
        "and write the one that is meant.",
        (value,),
    )


def _differing(
    connection: duckdb.DuckDBPyConnection, texts: str, formats: list[str]
) -> tuple[str, list[str]] | None:
    """A value that the formats read differently, and how; None where they agree on all."""
    days = [f"CAST(try_strptime(v, {literal(form)}) AS DATE)" for form in formats]
    differ = " OR ".join(f"{day} <> {days[0]}" for day in days[1:])
    if not differ:
        return None
    rows = connection.execute(
        f"SELECT v, {', '.join(days)} FROM {texts} WHERE v <> '' AND ({differ}) ORDER BY v LIMIT 1"  # noqa: S608 - quoted
    ).fetchall()
    return (str(rows[0][0]), [str(day) for day in rows[0][1:]]) if rows else None


def _figure(
    connection: duckdb.DuckDBPyConnection, texts: str, kind: Kind, name: str, few: list[str]
) -> Advice:
    call = {
        Kind.MONEY: "money({x})",
        Kind.NUMBER: "number({x})",
        Kind.RATE: "CAST(number({x}) AS DECIMAL(18,8))",
    }[kind]
    fit = [
        sign
        for sign in (".", ",")
        if _reads_all(connection, f"SELECT max(number(v, '{sign}')) FROM {texts}")  # noqa: S608 - quoted
    ]
    if len(fit) == 1:
        written = call.format(x=f"{name}, '{fit[0]}'")
        return Advice(f"Convert it in the SELECT: {written}.", tuple(few))
    if _reads_all(connection, f"SELECT max(number(v)) FROM {texts}"):  # noqa: S608 - quoted
        return Advice(f"Convert it in the SELECT: {call.format(x=name)}.", tuple(few))
    if fit:
        written = " or ".join(call.format(x=f"{name}, '{sign}'") for sign in fit)
        return Advice(
            f"Nothing in the column tells the decimal separator: write {written}, as the ERP prints it.",
            tuple(few),
        )
    odd = _first_unread(connection, texts)
    return Advice(
        "Some values are no figures: correct them at the source, or name words for `none` in `null_values` of the file; then "
        f"write {call.format(x=name)}.",
        odd or tuple(few),
    )


def _first_unread(connection: duckdb.DuckDBPyConnection, texts: str) -> tuple[str, ...]:
    rows = connection.execute(
        f"SELECT v FROM {texts} WHERE NOT regexp_matches(v, '[0-9]') AND v <> '' ORDER BY v LIMIT 3"  # noqa: S608 - quoted
    ).fetchall()
    return tuple(str(row[0]) for row in rows)


def _reads_all(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    try:
        connection.execute(query).fetchall()
    except duckdb.Error:
        return False
    return True


def remedy(column: Column, found: str, source: str | None = None) -> str:
    """The SQL a user can paste to make the type right, where the type alone tells it.

    >>> remedy(Column("amount", Kind.MONEY, ""), "DOUBLE", "Betrag")
    'money(Betrag)'
    >>> remedy(Column("invoice_id", Kind.TEXT, ""), "DOUBLE", "Belegnr")
    'id(Belegnr)'
    """
    name = source or column.name
    if column.kind is Kind.DAY and found == "TIMESTAMP WITH TIME ZONE":
        return f"CAST({name} AT TIME ZONE 'Europe/Berlin' AS DATE), with the zone whose midnight begins your day"
    if column.kind is Kind.DAY and found == "VARCHAR":
        return f"day({name}, '%d.%m.%Y'), with the format it has"
    if column.kind is Kind.MONEY:
        return f"money({name})"
    if column.kind is Kind.TEXT and (found in {"DOUBLE", "FLOAT"} or found.startswith("DECIMAL")):
        return f"id({name})"
    return f"CAST({name} AS {SQL_TYPES[column.kind]})"
