"""The rows of a query as Parquet, streamed through the one writer (`contracts.tables.store`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from contracts.tables.spec import Table
from contracts.tables.store import BLOCK, write_batches


def relaxed_schema(table: Table) -> pa.Schema:
    """The contract's Arrow schema with missing values let in: raw and quarantined rows may have them."""
    return pa.schema([field.with_nullable(True) for field in table.arrow_schema()])


class TiedError(ValueError):
    """Two rows share what they were ordered by, so that their order is the engine's."""


def write_query(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    path: Path,
    schema: pa.Schema,
    key: Sequence[str] = (),
) -> int:
    """Streams the rows of a query to Parquet, whole, and returns how many there were; see `store.write_batches`.

    Args:
        connection: the engine.
        query: a SELECT.
        path: where to.
        schema: the file's.
        key: by what the query orders its rows, where no two may share it.

    Raises:
        TiedError: two rows share a key; nothing is written.
    """
    batches: Iterable[pa.RecordBatch] = connection.sql(query).to_arrow_reader(BLOCK)
    return write_batches(_untied(batches, key) if key else batches, path, schema)


def _untied(batches: Iterable[pa.RecordBatch], key: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The batches; each is looked at with the last row of the one before."""
    last: pa.RecordBatch | None = None
    for batch in batches:
        keys = batch.select(key)
        parts = [keys] if last is None else [last, keys]
        rows = pa.Table.from_batches(parts).combine_chunks()
        if rows.num_rows > 1 and pc.any(reduce(pc.and_, map(_as_before, rows.columns))).as_py():
            raise TiedError(", ".join(key))
        if batch.num_rows:
            last = keys.slice(batch.num_rows - 1)
        yield batch


def _as_before(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether each value is that of the row before, from the second row on. One missing value is like another."""
    now, before = column[1:], column[:-1]
    both_missing = pc.and_(pc.is_null(now), pc.is_null(before))
    return pc.coalesce(pc.equal(now, before), both_missing)
