"""Several files of one table as one relation: columns by name, types that agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from contracts.duck import literal, quoted, readable
from contracts.errors import SourceError

_NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
)
_FLOATS = ("FLOAT", "DOUBLE")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a table.

    Attributes:
        reader: the engine's SQL that reads it.
        path: the file the engine opens.
        name: how messages call it.
        day: the day it was delivered on, None where it is not from a dated drop.
    """

    reader: str
    path: Path
    name: str
    day: str | None = None


def united(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], where: str) -> str:
    """The SQL of all parts together; a column a part lacks is NULL there.

    A part from a dated drop has its day as `delivered_on`.

    Raises:
        SourceError: a part cannot be read, a column has another type in one part than in another, or a column of
            a dated drop is itself called `delivered_on`.
    """
    types = {part.name: _types(connection, part, where) for part in parts}
    if len(parts) == 1 and parts[0].day is None:
        return parts[0].reader
    left_out = _without_values(connection, parts, types, where)
    selects = []
    for part in parts:
        out = [quoted(name) for name in types[part.name] if (part.name, name) in left_out]
        exclude = f" EXCLUDE ({', '.join(out)})" if out else ""
        day = f", DATE {literal(part.day)} AS delivered_on" if part.day else ""
        selects.append(f"SELECT *{exclude}{day} FROM {part.reader}")  # noqa: S608 - names are quoted
    return f"({' UNION ALL BY NAME '.join(selects)})"


def _without_values(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    types: Mapping[str, Mapping[str, str]],
    where: str,
) -> set[tuple[str, str]]:
    """Columns to leave out of a part because they are empty there, so that their type says nothing.

    Raises:
        SourceError: a column has values of another type in one part than in another.
    """
    left_out: set[tuple[str, str]] = set()
    names = {name.lower(): name for found in types.values() for name in found}
    for name in names.values():
        having = [
            (part, own, types[part.name][own])
            for part in parts
            for own in types[part.name]
            if own.lower() == name.lower()
        ]
        if len({_family(found) for _, _, found in having}) == 1:
            continue
        filled = [one for one in having if not _is_empty(connection, one[0], one[1], where)]
        _check_agree(name, filled, where)
        kept = filled or having[:1]
        left_out |= {(one[0].name, one[1]) for one in having if one not in kept}
    return left_out


def _types(connection: duckdb.DuckDBPyConnection, part: Part, where: str) -> dict[str, str]:
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {part.reader}").fetchall()  # noqa: S608 - quoted
    except duckdb.Error as error:
        raise readable(error, where=f"{part.path} ({where})") from error
    found = {str(row[0]): str(row[1]) for row in described}
    taken = {"delivered_on", "first_delivered_on"} & {name.lower() for name in found}
    if part.day and taken:
        raise SourceError(
            f"A column of the extract is called {min(taken)}, which drops add themselves.",
            where=f"{part.name} ({where})",
            next_step="Rename it in the extract.",
        )
    return found


def _family(found: str) -> str:
    """Types of one family are read as the widest of them."""
    if found in _NUMBERS or found in _FLOATS or found.startswith("DECIMAL"):
        return "number"
    return "day" if found == "DATE" or found.startswith("TIMESTAMP") else found


def _is_empty(connection: duckdb.DuckDBPyConnection, part: Part, column: str, where: str) -> bool:
    """Whether a part has no value at all in a column: then its type says nothing."""
    sql = f"SELECT count({quoted(column)}) FROM {part.reader}"  # noqa: S608 - names are quoted
    try:
        return bool(connection.execute(sql).fetchall()[0][0] == 0)
    except duckdb.Error as error:
        raise readable(error, where=f"{part.path} ({where})") from error


def _check_agree(name: str, filled: Sequence[tuple[Part, str, str]], where: str) -> None:
    for part, _, found in filled[1:]:
        first, _, earlier = filled[0]
        if _family(found) != _family(earlier):
            raise SourceError(
                f"The column {name} has another type in one file than in another.",
                where=where,
                value=f"{earlier} in {first.name}, {found} in {part.name}",
                next_step="Correct the extract, or set `all_text: true` for this file and convert the column in "
                "the SELECT.",
            )
