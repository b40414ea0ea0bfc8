"""Reading a DuckDB file: read-only, by a connection of its own that reaches nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from contracts.config.source import DatabaseSource, Relation
from contracts.duck import limited, literal, quoted, shut
from contracts.errors import SourceError
from sources.databases.address import Address
from sources.databases.postgres import place
from sources.names import check_names, near
from sources.ordered import hangs_on_order
from sources.steady import DAY, refuse_unsteady


@contextmanager
def open_duckdb(
    source: DatabaseSource, address: Address, folder: Path
) -> Iterator[Callable[[str, Path, str | None], int]]:
    """Opens the file read-only and yields what writes a relation to Parquet in `folder`.

    Raises:
        SourceError: the file is no DuckDB database, is locked by a writer, or a table is absent.
    """
    try:
        connection = duckdb.connect(
            str(address.path),
            read_only=True,
            config={"autoinstall_known_extensions": False, "python_enable_replacements": False},
        )
    except duckdb.Error as error:
        raise SourceError(
            "The DuckDB file cannot be opened.",
            where=str(address.path),
            value=str(error).partition("\n")[0][:300],
            next_step="Check that it is a whole DuckDB database of this or an earlier version, "
            "and that no other process writes to it.",
        ) from error
    with closing(connection):
        connection.execute("SET TimeZone = 'UTC'")
        if any(map(partial(_hangs_on_order, connection), source.relations.values())):
            connection.execute("SET threads = 1")
        connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
        shut(connection)
        yield _Reader(connection, source).write


def _hangs_on_order(connection: duckdb.DuckDBPyConnection, relation: Relation) -> bool:
    name = quoted(str(relation.table).rpartition(".")[2])
    return hangs_on_order(relation.query or f"SELECT * FROM {name}", connection)  # noqa: S608 - the name is quoted


@dataclass(frozen=True, slots=True)
class _Reader:
    connection: duckdb.DuckDBPyConnection
    source: DatabaseSource

    def write(self, key: str, path: Path, condition: str | None) -> int:
        with limited(self.connection, self.source.select_minutes, where=place(self.source, key)):
            return self._write(key, path, condition)

    def _write(self, key: str, path: Path, condition: str | None) -> int:
        relation = self.source.relations[key]
        try:
            if relation.table is not None:
                inner = self._table(relation.table)
            else:
                inner = f"(\n{self._single_select(key)}\n)"
            whole = f"SELECT * FROM {inner}"  # noqa: S608 - names are quoted
            refuse_unsteady(whole, where=place(self.source, key), day=DAY, database=self.connection)
            described = self.connection.execute(f"DESCRIBE {whole}").fetchall()
            check_names([str(row[0]) for row in described], place(self.source, key))
            where = f" WHERE {condition}" if condition else ""
            copy = (
                f"COPY ({whole}{where}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
            )
            return int(self.connection.execute(copy).fetchall()[0][0])
        except duckdb.Error as error:
            raise self._refused(error, key) from error

    def _table(self, name: str) -> str:
        """The quoted name; with a schema it is led by the database, which may be called as the schema is."""
        parts = name.split(".")
        if len(parts) == 2:
            parts = [
                str(self.connection.execute("SELECT current_database()").fetchall()[0][0]),
                *parts,
            ]
        return ".".join(quoted(part) for part in parts)

    def _single_select(self, key: str) -> str:
        query = str(self.source.relations[key].query)
        statements = duckdb.extract_statements(query)
        if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
            raise SourceError(
                "The query of a relation is one SELECT, nothing else.",
                where=place(self.source, key),
                next_step="Keep one SELECT; put what it needs into WITH.",
            )
        return query.strip().rstrip(";")

    def _refused(self, error: duckdb.Error, key: str) -> SourceError:
        text = re.sub(r"\s*\n\s*", "; ", str(error)).strip()[:600]
        absent = re.search(r"Table with name (\S+) does not exist", text)
        rows = self.connection.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        ).fetchall()
        there = [str(row[0]).removeprefix("main.") for row in rows]
        relation = self.source.relations[key]
        other = (
            "Check that the file is whole; if it is cut, deliver it again."
            if isinstance(error, duckdb.IOException)
            else "Correct the relation in the portfolio's yaml; a query is one SELECT in DuckDB's own dialect."
        )
        return SourceError(
            "The table is absent." if absent else "The relation cannot be read.",
            where=place(self.source, key),
            value=text,
            next_step=near(relation.table or absent[1], there, "Tables") if absent else other,
        )
