"""Running the SELECTs: the source's relations in, raw tables by contract out, row group by row group."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.config.portfolio import FilesSource, PortfolioConfig
from contracts.errors import ContractError
from contracts.store import whole_file
from contracts.tables import Table
from sources.engine import literal, quoted, readable
from sources.files import fingerprints, shut
from sources.mapping import Select, conversions

ROWS_PER_GROUP = 131_072
"""Rows are held in memory one group at a time; the size fixes the bytes of the file."""


def open_tables(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]
) -> None:
    """Makes Arrow tables relations under their names, then shuts every file away from the SELECTs."""
    for name, table in tables.items():
        connection.register(name, table)
    shut(connection)


def extract(
    connection: duckdb.DuckDBPyConnection, selects: Sequence[Select], folder: Path
) -> dict[str, dict[str, Any]]:
    """Writes `<table>.parquet` for every SELECT, sorted by grain, and returns the manifest's `tables`.

    Columns have the contract's names, order and types. A value may still be missing where the contract
    forbids it: saying so, and setting the row aside, is the work of the rules.

    Args:
        connection: holds the source's relations.
        selects: the portfolio's mapping.
        folder: an empty folder.

    Raises:
        SourceError: the SELECT does not run, or a value cannot be converted.
        ContractError: columns, types, or a table without rows.
    """
    facts = {}
    for select in selects:
        path = folder / f"{select.table.name}.parquet"
        rows = _write(connection, select, path)
        if rows == 0:
            raise ContractError(
                f"The table {select.table.name} has no rows.",
                where=str(select.path),
                next_step="Correct its source or the WHERE of the SELECT; "
                "remove the .sql file if the portfolio has no such table.",
            )
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts[select.table.name] = {
            "rows": rows,
            "sha256": digest,
            "mapping_sha256": select.sha256,
        }
    return facts


def _write(connection: duckdb.DuckDBPyConnection, select: Select, path: Path) -> int:
    columns = conversions(connection, select)
    grain = list(select.table.grain)
    rest = [name for name in select.table.column_names if name not in grain]
    # Beyond the grain too: rows that share a key come in the same order on any number of threads.
    order = ", ".join(quoted(name) for name in [*grain, *rest])
    query = f"SELECT {columns} FROM {quoted(select.view)} ORDER BY {order}"
    try:
        return write_query(connection, query, path, relaxed_schema(select.table))
    except duckdb.Error as error:
        where = f"{select.table.name} in {select.path}"
        raise readable(error, where=where) from error


def relaxed_schema(table: Table) -> pa.Schema:
    """The contract's Arrow schema with missing values let in: raw and quarantined rows may have them."""
    return pa.schema([field.with_nullable(True) for field in table.arrow_schema()])


def write_query(
    connection: duckdb.DuckDBPyConnection, query: str, path: Path, schema: pa.Schema
) -> int:
    """Streams the rows of a query to Parquet, whole, and returns how many there were.

    Groups have a fixed number of rows whatever batches the engine hands out, so the same rows give the
    same bytes on any number of threads.
    """
    rows = 0
    with whole_file(path) as partial:
        reader = connection.sql(query).to_arrow_reader(ROWS_PER_GROUP)
        with pq.ParquetWriter(partial, schema, compression="zstd", store_schema=False) as writer:
            for group in _groups(reader, schema):
                writer.write_table(group, row_group_size=ROWS_PER_GROUP)
                rows += group.num_rows
    return rows


def _groups(reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    n_held = 0
    for batch in reader:
        rest = batch
        while n_held + rest.num_rows >= ROWS_PER_GROUP:
            n_taken = ROWS_PER_GROUP - n_held
            yield _joined([*held, rest.slice(0, n_taken)], schema)
            rest, held, n_held = rest.slice(n_taken), [], 0
        if rest.num_rows:
            held.append(rest)
            n_held += rest.num_rows
    if held:
        yield _joined(held, schema)


def _joined(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(batches).cast(schema).combine_chunks()


def manifest(
    name: str, portfolio: PortfolioConfig, tables: Mapping[str, Any]
) -> dict[str, Any]:
    """`data/raw/manifest.json`: what was delivered, from which source, by which SELECTs. No absolute path."""
    return {
        "portfolio": name,
        "complete_until": portfolio.complete_until.isoformat(),
        "reporting_currency": portfolio.reporting_currency,
        "source": describe_source(portfolio),
        "tables": dict(tables),
    }


def describe_source(portfolio: PortfolioConfig) -> dict[str, Any]:
    """What the source is: the files with size and hash, or the world with its settings.

    Raises:
        SourceError: a file is absent.
    """
    source = portfolio.source
    if isinstance(source, FilesSource):
        return {"kind": "files", "files": [asdict(fact) for fact in fingerprints(source)]}
    return source.model_dump(mode="json")


def sql_path(path: Path) -> str:
    """A path as an SQL string."""
    return literal(str(path))
