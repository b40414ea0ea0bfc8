"""CSV and JSON lines as the engine reads them: every value as text first, each column's type decided on all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from contracts.config.source import SourceFile
from contracts.duck import literal, quoted, readable
from sources.extracts.formats import CsvReader
from sources.extracts.kinds import decided


def csv_typed(
    connection: duckdb.DuckDBPyConnection, reader: CsvReader, file: SourceFile, where: str
) -> str:
    """The engine's SQL that reads a CSV file, its columns of the types that all their values are.

    The engine itself guesses a type on some 20,000 rows and rounds what follows (0.9 becomes 1), without a word.

    Raises:
        SourceError: a row is cut or has fields too many; names the line.
    """
    try:
        names = list(_described(connection, reader.texts))
        if file.all_text:
            return reader.typed(dict.fromkeys(names, "VARCHAR"))
        types = decided(connection, reader.texts, names, file.decimal_separator)
    except duckdb.Error as error:
        raise readable(_line(connection, reader.plain) or error, where=where) from error
    return reader.typed(types)


def _described(connection: duckdb.DuckDBPyConnection, reader: str) -> dict[str, str]:
    """Names and types of its columns."""
    described = connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()  # noqa: S608 - names are quoted
    return {str(row[0]): str(row[1]) for row in described}


def _line(connection: duckdb.DuckDBPyConnection, plain: str) -> duckdb.Error | None:
    """The first line of a text file that cannot be read."""
    try:
        connection.execute(f"SELECT max(COLUMNS(*)) FROM {plain}").fetchall()  # noqa: S608 - names are quoted
    except duckdb.Error as error:
        return error
    return None


_NESTED = frozenset({"OBJECT", "ARRAY"})
_NUMBERS = frozenset({"BIGINT", "UBIGINT", "DOUBLE"})


def json_typed(
    connection: duckdb.DuckDBPyConnection, path: Path, file: SourceFile, where: str
) -> str:
    """The engine's SQL that reads JSON lines, its columns of the types that all their values are.

    A column of text is text, or days where every one is an ISO day; of numbers, a number; a column that mixes
    them is text, as written ("00123" and 123 stay apart). Objects and lists keep their shape, told by all rows.

    Raises:
        SourceError: a line is cut or no JSON.
    """
    shown = f"read_json({literal(str(path))}, format = 'newline_delimited'"
    try:
        shapes = _described(connection, f"{shown}, sample_size = -1)")
        asked = ", ".join(f"{literal(name)}: 'JSON'" for name in shapes)
        raw = f"{shown}, columns = {{{asked}}})"
        kinds = _json_kinds(connection, raw, shapes)
        columns = {
            name: shapes[name] if found & _NESTED else "JSON" for name, found in kinds.items()
        }
        asked = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in columns.items())
        plain = [name for name, type_ in columns.items() if type_ == "JSON"]
        texts = ", ".join(_text(name, file.null_values) for name in plain)
        replaced = f" REPLACE ({texts})" if plain else ""
        relation = f"(SELECT *{replaced} FROM {shown}, columns = {{{asked}}}))"  # noqa: S608 - quoted
        types = {} if file.all_text else _json_types(connection, relation, kinds, plain)
    except duckdb.Error as error:
        raise readable(error, where=where) from error
    casts = ", ".join(
        f"CAST({quoted(name)} AS {type_}) AS {quoted(name)}" for name, type_ in types.items()
    )
    return f"(SELECT *{f' REPLACE ({casts})' if casts else ''} FROM {relation})"  # noqa: S608 - quoted


def _json_kinds(
    connection: duckdb.DuckDBPyConnection, raw: str, names: Mapping[str, str]
) -> dict[str, frozenset[str]]:
    each = ", ".join(f"list(DISTINCT json_type({quoted(name)}))" for name in names)
    row = connection.execute(f"SELECT {each} FROM {raw}").fetchall()[0]  # noqa: S608 - names are quoted
    return {
        name: frozenset(found or ()) - {"NULL", None}
        for name, found in zip(names, row, strict=True)
    }


def _text(name: str, null_values: Sequence[str]) -> str:
    text = f"({quoted(name)} ->> '$')"
    for value in null_values:
        text = f"NULLIF({text}, {literal(value)})"
    return f"{text} AS {quoted(name)}"


def _json_types(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    kinds: Mapping[str, frozenset[str]],
    plain: Sequence[str],
) -> dict[str, str]:
    """Types of the columns that are not text; a number within quotes is text, as it is written."""
    found = decided(connection, relation, plain)
    days = {"DATE", "TIMESTAMP", "TIMESTAMPTZ"}
    return {
        name: found[name]
        for name in plain
        if found[name] != "VARCHAR"
        and (
            kinds[name] <= _NUMBERS
            or kinds[name] == {"BOOLEAN"}
            or (kinds[name] == {"VARCHAR"} and found[name] in days)
        )
    }
