"""A folder of raw tables opened in an engine, to choose rows of one table and to write it anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.files import whole_file
from contracts.scratch import scratch
from contracts.tables.raw import RAW_TABLES
from contracts.tables.spec import Column, Kind, Table
from contracts.tables.store import table_paths
from quality.faults.fault import DirtError
from quality.faults.sql import literal, quoted

ROWS_PER_GROUP = 122_880


@contextmanager
def opened(raw: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yields an engine in which every raw table of the folder is a relation of its name.

    Raises:
        DirtError: the folder holds no raw table.
    """
    paths = table_paths(raw, RAW_TABLES)
    if not paths:
        raise DirtError(
            "There are no raw tables to soil.",
            where=str(raw),
            next_step="Run `dvc repro ingest` first, or name a folder that ingest wrote.",
        )
    with scratch() as spill:
        connection = duckdb.connect(
            config={
                "temp_directory": str(spill),
                "autoinstall_known_extensions": False,
                "python_enable_replacements": False,
            }
        )
        try:
            for name, path in paths.items():
                connection.execute(
                    f"CREATE VIEW {quoted(name)} AS FROM read_parquet({literal(str(path))})"
                )
            yield connection
        finally:
            connection.close()


def contracts_of(raw: Path) -> Mapping[str, Table]:
    """The contract of every delivered table; columns of a portfolio's own come from the file."""
    return {
        name: _with_own(RAW_TABLES[name], pq.read_schema(path))
        for name, path in table_paths(raw, RAW_TABLES).items()
    }


def _with_own(table: Table, schema: pa.Schema) -> Table:
    own = tuple(
        Column(field.name, Kind.NUMBER if pa.types.is_floating(field.type) else Kind.TEXT, "", True)
        for field in schema
        if field.name not in table.column_names
    )
    return table.with_columns(own) if own else table


def write(connection: duckdb.DuckDBPyConnection, rows: str, contract: Table, path: Path) -> None:
    """Writes a relation as the table's file: whole, in the contract's column order, sorted as ingest sorts.

    Args:
        connection: holds the relation.
        rows: its name.
        contract: the table's contract.
        path: `<table>.parquet`; a file that shares its content with another folder's is replaced, not changed.
    """
    columns = ", ".join(quoted(name) for name in contract.column_names)
    rest = [name for name in contract.column_names if name not in contract.grain]
    order = ", ".join(quoted(name) for name in [*contract.grain, *rest])
    with whole_file(path) as partial:
        connection.execute(
            f"COPY (SELECT {columns} FROM {quoted(rows)} ORDER BY {order}) "  # noqa: S608 - names are quoted
            f"TO {literal(str(partial))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_PER_GROUP})"
        )
