"""The rows of a query as Parquet, streamed through the one writer (`contracts.tables.store`)."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from contracts.tables.spec import Table
from contracts.tables.store import BLOCK, write_batches


def relaxed_schema(table: Table) -> pa.Schema:
    """The contract's Arrow schema with missing values let in: raw and quarantined rows may have them."""
    return pa.schema([field.with_nullable(True) for field in table.arrow_schema()])


def write_query(
    connection: duckdb.DuckDBPyConnection, query: str, path: Path, schema: pa.Schema
) -> int:
    """Streams the rows of a query to Parquet, whole, and returns how many there were; see `store.write_batches`."""
    reader = connection.sql(query).to_arrow_reader(BLOCK)
    return write_batches(reader, path, schema)
