"""A raw file in the engine, each row with its number."""

from __future__ import annotations

from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from contracts.duck import literal, quoted
from quality.rules.rule import ROW

_HELD = 2**28
"""Bytes of a file, unpacked, up to which it is read once and held: rules ask it dozens of times. A larger one is read each time."""


def opened(
    connection: duckdb.DuckDBPyConnection, backend: Backend, name: str, path: Path
) -> ir.Table:
    """The rows of a file with `.row`: their number in it, which is a key even where the grain is not, and keeps the order.

    Args:
        connection: where they are to lie.
        backend: of this connection.
        name: of the table.
        path: the file.
    """
    metadata = pq.read_metadata(path)
    groups = range(metadata.num_row_groups)
    unpacked = sum(metadata.row_group(group).total_byte_size for group in groups)
    kind = "TABLE" if unpacked <= _HELD else "VIEW"
    connection.execute(
        f"CREATE {kind} {quoted(name)} AS SELECT * EXCLUDE file_row_number, "  # noqa: S608 - names are quoted
        f"file_row_number AS {quoted(ROW)} FROM read_parquet({literal(str(path))}, file_row_number = true)"
    )
    return backend.table(name)
