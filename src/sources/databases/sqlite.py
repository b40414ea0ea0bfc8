"""Reading a SQLite file: values have types there, columns have not, so each column's type is that of all its values."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from urllib.parse import quote

import pyarrow as pa

from contracts.config.source import DatabaseSource, Relation
from contracts.duck import quoted, too_long
from contracts.errors import SourceError
from contracts.tables.store import write_batches
from sources.databases.address import Address
from sources.databases.postgres import place
from sources.databases.sqlite_clock import kept_steady, unsteady
from sources.names import check_names, near

_ROWS = 20_000
STEPS = 100_000
_TYPES: dict[frozenset[str], pa.DataType] = {
    frozenset(): pa.string(),
    frozenset({"integer"}): pa.int64(),
    frozenset({"real"}): pa.float64(),
    frozenset({"integer", "real"}): pa.float64(),
    frozenset({"blob"}): pa.binary(),
}
"""By the types of a column's values; any other mixture without a blob is text."""


@contextmanager
def open_sqlite(
    source: DatabaseSource, address: Address
) -> Iterator[Callable[[str, Path, str | None], int]]:
    """Opens the file read-only, in one transaction, and yields what writes a relation to Parquet.

    Raises:
        SourceError: the file is no database, a table is absent, a column mixes bytes with other values.
    """
    uri = f"file:{quote(str(address.path.absolute()))}?mode=ro"
    try:
        with (
            closing(sqlite3.connect(":memory:")) as plain,
            closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection,
        ):
            connection.execute("PRAGMA query_only = 1")
            connection.execute("BEGIN")
            reader = _Reader(connection, source, kept_steady(connection, plain))
            yield reader.write
    except sqlite3.Error as error:
        raise SourceError(
            "The SQLite file cannot be read.",
            where=str(address.path),
            value=str(error),
            next_step="Check that it is a whole SQLite database and that nobody holds a lock on it.",
        ) from error


@dataclass(frozen=True, slots=True)
class _Reader:
    connection: sqlite3.Connection
    source: DatabaseSource
    asked: list[str]
    """What queries asked of the clock and of chance, and were refused."""

    def write(self, key: str, path: Path, condition: str | None) -> int:
        """Writes a relation to Parquet, in the time it may take, and returns its rows."""
        until = monotonic() + 60 * self.source.select_minutes
        self.asked.clear()
        # asked by SQLite every so many of its steps; True ends the query
        self.connection.set_progress_handler(lambda: monotonic() > until, STEPS)
        try:
            return self._write(key, path, condition)
        except (sqlite3.OperationalError, SourceError) as error:
            if monotonic() > until:
                raise too_long(self.source.select_minutes, where=place(self.source, key)) from error
            if self.asked:
                raise unsteady(self.asked[0], where=place(self.source, key)) from error
            raise
        finally:
            self.connection.set_progress_handler(None, 0)

    def _write(self, key: str, path: Path, condition: str | None) -> int:
        where = place(self.source, key)
        sql = _select(self.source.relations[key], condition)
        try:
            names = [one[0] for one in self.connection.execute(f"{sql} LIMIT 0").description]
            check_names(names, where)
            types = self._types(sql, names, where)
            self._refuse_string(sql, dict(zip(names, types, strict=True)), where)
        except sqlite3.Error as error:
            raise self._refused(error, key) from error
        schema = pa.schema(list(zip(names, types, strict=True)))
        return write_batches(self._batches(sql, schema, where), path, schema)

    def _types(self, sql: str, names: list[str], where: str) -> list[pa.DataType]:
        each = ", ".join(f"group_concat(DISTINCT typeof({quoted(name)}))" for name in names)
        row = self.connection.execute(f"SELECT {each} FROM ({sql}) AS q").fetchone()  # noqa: S608 - names are quoted
        return [_type(name, kinds or "", where) for name, kinds in zip(names, row, strict=True)]

    def _refuse_string(self, sql: str, types: Mapping[str, pa.DataType], where: str) -> None:
        """Raises SourceError where a column is declared STRING, which SQLite takes for a number, and holds numbers."""
        self.connection.execute("PRAGMA query_only = 0")  # the file itself is open for reading only
        self.connection.execute(f"CREATE TEMP VIEW declared AS {sql}")
        rows = self.connection.execute("PRAGMA temp.table_info(declared)").fetchall()
        self.connection.execute("DROP VIEW temp.declared")
        self.connection.execute("PRAGMA query_only = 1")
        for _, name, declared, *_ in rows:
            if "STRING" not in str(declared).upper():
                continue
            counted = f"SELECT count(*), min({quoted(name)}) FROM ({sql}) WHERE typeof({quoted(name)}) IN ('integer', 'real')"  # noqa: S608 - quoted
            n_numbers, example = self.connection.execute(counted).fetchone()
            if n_numbers and types[name] != pa.binary():
                raise SourceError(
                    f"The column {name} is declared {declared}, which SQLite takes for a number: 00123 became 123 when it was stored.",
                    where=where,
                    value=f"{n_numbers} values are numbers, such as {example}",
                    next_step="Have it declared TEXT and filled again. Where no number begins with a zero, read the relation by "
                    f"a query with CAST({quoted(name)} AS TEXT) AS {quoted(name)}.",
                )

    def _batches(self, sql: str, schema: pa.Schema, where: str) -> Iterator[pa.RecordBatch]:
        cursor = self.connection.execute(sql)
        while rows := cursor.fetchmany(_ROWS):
            columns = zip(*rows, strict=True)
            arrays = [
                _array(values, field, where) for values, field in zip(columns, schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)

    def _refused(self, error: sqlite3.Error, key: str) -> SourceError:
        absent = re.match(r"no such table: (.+)", str(error))
        relations = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
        there = [str(row[0]) for row in self.connection.execute(relations)]
        return SourceError(
            "The table is absent." if absent else "The query cannot be run.",
            where=place(self.source, key),
            value=str(error),
            next_step=near(absent[1], there, "Tables")
            if absent
            else "Correct the query in the portfolio's yaml; it is one SELECT in SQLite's own dialect.",
        )


def _select(relation: Relation, condition: str | None) -> str:
    if relation.table is not None:
        inner = ".".join(quoted(part) for part in relation.table.split("."))
    else:
        inner = f"(\n{str(relation.query).strip().rstrip(';')}\n)"
    where = f" WHERE {condition}" if condition else ""
    return f"SELECT * FROM {inner}{where}"  # noqa: S608 - names are quoted


def _type(name: str, kinds: str, where: str) -> pa.DataType:
    found = frozenset(kinds.split(",")) - {"null", ""}
    if "blob" in found and len(found) > 1:
        raise SourceError(
            "A column mixes bytes with other values.",
            where=f"{where}, column {name}",
            value=", ".join(sorted(found)),
            next_step=f"Read the relation by a query with CAST({quoted(name)} AS TEXT) or hex({quoted(name)}).",
        )
    return _TYPES.get(found, pa.string())


def _array(values: tuple[object, ...], field: pa.Field, where: str) -> pa.Array:
    if pa.types.is_string(field.type):
        # A mixed column is text: repr writes the shortest decimal that is exactly this number.
        return pa.array(
            [one if one is None or isinstance(one, str) else repr(one) for one in values],
            field.type,
        )
    try:
        return pa.array(values, field.type)
    except pa.ArrowInvalid as error:
        raise SourceError(
            "A column mixes fractions with whole numbers too large to be one.",
            where=f"{where}, column {field.name}",
            value=str(error),
            next_step=f"Read the relation by a query with CAST({quoted(field.name)} AS TEXT).",
        ) from error
