"""Streaming the rows of a query to Parquet: whole, the same bytes on any number of threads, little memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.files import whole_file
from contracts.tables.spec import Table

ROWS_PER_GROUP = 131_072
"""Rows are held in memory one group at a time; the size fixes the bytes of the file."""


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
    reader = connection.sql(query).to_arrow_reader(ROWS_PER_GROUP)
    return write_batches(reader, path, schema)


def write_batches(batches: Iterable[pa.RecordBatch], path: Path, schema: pa.Schema) -> int:
    """Streams batches to Parquet, whole, in groups of a fixed number of rows, and returns how many rows there were."""
    rows = 0
    with (
        whole_file(path) as partial,
        pq.ParquetWriter(partial, schema, compression="zstd", store_schema=False) as writer,
    ):
        for group in _groups(batches, schema):
            writer.write_table(group, row_group_size=ROWS_PER_GROUP)
            rows += group.num_rows
    return rows


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    held: list[pa.RecordBatch] = []
    n_held = 0
    for batch in batches:
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
