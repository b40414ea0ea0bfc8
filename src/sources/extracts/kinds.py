"""The type of a text column, decided on every row: a column is a number or a day only if each of its values is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from contracts.duck import quoted

_SAMPLE = 2_048
"""Rows that tell which types are worth asking all rows about: what one row rules out is ruled out."""
_PLACES = 8
"""Decimal places up to which a number is kept as DECIMAL: those of the contract's finest exact kind, a rate."""
_DIGITS = 38
_FLOAT_LETTERS = 20
"""Of a DOUBLE as programs print it: 17 digits, a nought before the point, the point and a sign."""
_NUMBER = r"-?((0|[1-9][0-9]*)({point}[0-9]*)?|{point}[0-9]+)"
_FLOAT = r"-?[0-9]+({point}[0-9]+)?[eE][-+]?[0-9]+"
_DAY = r"\d\d\d\d-\d\d-\d\d"
_MOMENT = _DAY + r"[ T]\d\d:\d\d(:\d\d([.]\d+)?)?"
_ZONE = r"(Z|[-+]\d\d(:?\d\d)?)"
_TRIMMED = "CASE WHEN contains({x}, ' ') OR strlen({x}) > length({x}) THEN trim({x}) ELSE {x} END"
"""trim() costs as much as a cast, and only blanks, or letters of more than one byte, can be trimmed."""
_EACH = "list_bool_and(list_transform(list(DISTINCT {x}) FILTER ({x} IS NOT NULL), lambda v: coalesce({test}, FALSE)))"
"""A ledger has as many rows as it likes, but no more days than there are: each is looked at once, for a third of the time."""

Point = Literal[".", ","]


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type a text column may have.

    Attributes:
        name: of the flag.
        test: SQL that is true of a value `{x}` (trimmed: `{t}`) of this type, exactly as it is written.
        type: the engine's, or empty where it depends on the digits.
        is_few: whether a column of this type has few values, however many rows.
    """

    name: str
    test: str
    type: str
    is_few: bool = False


def _kinds(point: Point) -> tuple[_Kind, ...]:
    sign = "[.]" if point == "." else ","
    number, decimal = _NUMBER.format(point=sign), _FLOAT.format(point=sign)
    return (
        # 007, +5 and 0.9 come back otherwise: they are no whole numbers.
        _Kind("whole", "TRY_CAST({x} AS BIGINT)::VARCHAR = {t}", "BIGINT"),
        _Kind("number", f"regexp_full_match({{t}}, '{number}')", ""),
        _Kind("float", f"regexp_full_match({{t}}, '{number}|{decimal}')", "DOUBLE"),
        # 2024-1-5, 2024/01/05 and 24-01-05 come back otherwise: they are not ISO.
        _Kind("day", "TRY_CAST({x} AS DATE)::VARCHAR = {t}", "DATE", is_few=True),
        _Kind("moment", _instant(_MOMENT, "TIMESTAMP"), "TIMESTAMP"),
        _Kind("instant", _instant(_MOMENT + _ZONE, "TIMESTAMPTZ"), "TIMESTAMPTZ"),
        _Kind("flag", "lower({t}) IN ('true', 'false')", "BOOLEAN"),
    )


def _instant(pattern: str, type_: str) -> str:
    return f"(regexp_full_match({{t}}, '{pattern}') AND TRY_CAST({{x}} AS {type_}) IS NOT NULL)"


def decided(
    connection: duckdb.DuckDBPyConnection, texts: str, names: Sequence[str], point: Point = "."
) -> dict[str, str]:
    """The type of each column by all its values; VARCHAR where one value would not survive, or there is none.

    BIGINT: whole numbers without leading zeros. DECIMAL: plain numbers, with the places that are there. DOUBLE: numbers with an
    exponent or more than eight places. DATE and TIMESTAMP: ISO only, for in any other format day and month could change places.
    BOOLEAN: true and false. A value may have spaces around it.

    Args:
        connection: reads the rows.
        texts: SQL of the relation, all of whose columns are text.
        names: of its columns.
        point: the decimal separator of its numbers.

    Raises:
        duckdb.Error: the rows cannot be read.

    >>> rows = "(VALUES ('1', '1.5', '2024-01-31', '01'), ('-2', '.25', '2024-02-29', '2')) AS t(a, b, c, d)"
    >>> with duckdb.connect() as engine:
    ...     decided(engine, rows, ["a", "b", "c", "d"])
    {'a': 'BIGINT', 'b': 'DECIMAL(3,2)', 'c': 'DATE', 'd': 'VARCHAR'}
    """
    kinds = _kinds(point)
    sample = f"(SELECT * FROM {texts} LIMIT {_SAMPLE})"  # noqa: S608 - names are quoted
    first = _asked(connection, sample, dict.fromkeys(names, kinds), point)
    types = dict.fromkeys(names, "VARCHAR")
    open_ = {
        name: [kind for kind in kinds if first[name, kind.name] is not False] for name in names
    }
    # One kind at a time, for most columns are of the first that the sample leaves.
    while asked := {name: left[:1] for name, left in open_.items() if left}:
        found = _asked_of_all(connection, texts, asked, point)
        open_ = {name: left[1:] for name, left in open_.items() if left[1:]}
        for name, (kind,) in asked.items():
            if found[name, kind.name]:
                digits = {one: found.get((name, one)) for one in _DIGIT_FACTS}
                types[name] = kind.type or _number(*(int(digits[one] or 0) for one in _DIGIT_FACTS))
                open_.pop(name, None)
    return types


def _asked_of_all(
    connection: duckdb.DuckDBPyConnection,
    texts: str,
    asked: Mapping[str, Sequence[_Kind]],
    point: Point,
) -> dict[tuple[str, str], bool | int | None]:
    try:
        return _asked(connection, texts, asked, point, by_value=True)
    except duckdb.OutOfMemoryException:  # it begins with days, and goes on with something else
        return _asked(connection, texts, asked, point)


def _fact(kind: _Kind, name: str, *, by_value: bool) -> str:
    """SQL: whether all values of a column are of a kind; NULL without a value."""
    # A value that cannot be cast is NULL, and bool_and would pass it over.
    if by_value and kind.is_few:
        return _EACH.format(x=quoted(name), test=kind.test.format(x="v", t=_TRIMMED.format(x="v")))
    x = quoted(name)
    test = kind.test.format(x=x, t=_TRIMMED.format(x=x))
    return f"bool_and(coalesce({test}, FALSE)) FILTER ({x} IS NOT NULL)"


_DIGIT_FACTS = ("whole digits", "places", "letters")


def _asked(
    connection: duckdb.DuckDBPyConnection,
    texts: str,
    asked: Mapping[str, Sequence[_Kind]],
    point: Point,
    *,
    by_value: bool = False,
) -> dict[tuple[str, str], bool | int | None]:
    """By column and kind, whether all values are of it (None without a value), and how many digits numbers have.

    `by_value`: where a column has few values, each is looked at once, and held meanwhile.
    """
    facts: dict[tuple[str, str], str] = {}
    for name, kinds in asked.items():
        t = _TRIMMED.format(x=quoted(name))
        for kind in kinds:
            facts[name, kind.name] = _fact(kind, name, by_value=by_value)
        if "number" in {kind.name for kind in kinds}:
            at = f"instr({t}, '{point}')"
            # in bytes, for a number has no letter of more than one
            facts[name, "whole digits"] = (
                f"max(if({at} > 0, {at} - 1, strlen({t})) - starts_with({t}, '-')::INT)"
            )
            facts[name, "places"] = f"max(if({at} > 0, strlen({t}) - {at}, 0))"
            facts[name, "letters"] = f"max(strlen({t}))"
    if not facts:
        return {}
    row = connection.execute(f"SELECT {', '.join(facts.values())} FROM {texts}").fetchall()[0]  # noqa: S608 - quoted
    return dict(zip(facts, row, strict=True))


def _number(whole_digits: int, places: int, letters: int) -> str:
    """DECIMAL as wide as it must be; text where neither it nor a DOUBLE would hold every digit.

    >>> _number(5, 2, 8), _number(1, 15, 17), _number(20, 0, 20), _number(12, 9, 22)
    ('DECIMAL(7,2)', 'DOUBLE', 'VARCHAR', 'VARCHAR')
    """
    width = max(whole_digits + places, 1)
    if 0 < places <= _PLACES and width <= _DIGITS:
        return f"DECIMAL({width},{places})"
    if places == 0 and width <= 18:  # -0, or a number with a point at its end
        return f"DECIMAL({width},0)"
    return "DOUBLE" if places and letters <= _FLOAT_LETTERS else "VARCHAR"
