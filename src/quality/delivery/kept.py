"""The rows that are used: streamed from the raw file in its order, without those set aside, with mended values; and the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from contracts.parquet import relaxed_schema, write_query
from contracts.tables.quarantine import QUARANTINE_COLUMNS
from contracts.tables.spec import Table
from contracts.tables.store import BLOCK, write_batches
from quality.delivery.checks import RULE, VALUE
from quality.rules.rule import ROW

Rows = NDArray[np.int64]
_NONE: Rows = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Edits:
    """What happens to the rows of a raw file between delivery and use.

    Attributes:
        dropped: numbers of the rows that are set aside, ascending.
        mended: by column: numbers of the rows, ascending, and their values as used.
    """

    dropped: Rows = field(default_factory=lambda: _NONE)
    mended: Mapping[str, tuple[Rows, pa.Array]] = field(default_factory=dict)


def edits(set_aside: pa.ChunkedArray, repairs: pa.Table | None) -> Edits:
    """The edits of one table.

    Args:
        set_aside: numbers of the quarantined rows, in any order.
        repairs: by contract `contracts.tables.derived.REPAIRS`, per value in the order it was mended.
    """
    dropped = np.sort(set_aside.to_numpy())
    if repairs is None:
        return Edits(dropped)
    mended = {}
    for column in pc.unique(repairs["column"]).to_pylist():
        own = repairs.filter(pc.equal(repairs["column"], column))
        rows = own["row"].to_numpy()
        last = np.append(rows[1:] != rows[:-1], True)  # of two repairs of a value the later one
        mended[column] = (rows[last], own["after"].filter(pa.array(last)).combine_chunks())
    return Edits(dropped, mended)


def write_kept(raw: Path, path: Path, contract: Table, edited: Edits) -> None:
    """Writes the rows that are used, by contract and whole."""
    columns = list(contract.column_names)
    write_batches(_kept(raw, columns, edited), path, contract.arrow_schema())


def write_set_aside(connection: duckdb.DuckDBPyConnection, rows: ir.Table, aside: ir.Table | None, path: Path, contract: Table) -> None:  # fmt: skip
    """Writes the rows that are set aside, as delivered after repairs, each with its rule and the value it found.

    Args:
        connection: where the rows lie.
        rows: all of the table, with `.row`.
        aside: `.row`, `.rule` and `.value` of those set aside; None where there are none.
        path: the file, which is written in any case.
        contract: of the table.
    """
    text = [pa.field(column, pa.string()) for column in QUARANTINE_COLUMNS]
    schema = pa.schema([*relaxed_schema(contract), *text])
    if aside is None:
        write_batches((), path, schema)
        return
    both = rows.inner_join(aside, ROW).order_by(ROW)
    own = dict(zip(QUARANTINE_COLUMNS, (both[RULE], both[VALUE]), strict=True))
    query = ibis.to_sql(both.select(*contract.column_names, **own))
    write_query(connection, query, path, schema)


def _kept(raw: Path, columns: list[str], edited: Edits) -> Iterator[pa.RecordBatch]:
    first = 0
    with pq.ParquetFile(raw) as file:
        for batch in file.iter_batches(BLOCK, columns=columns):
            rows = batch.num_rows
            mended = _mended(batch, first, edited.mended)
            dropped = _within(edited.dropped, first, rows)
            if len(dropped):
                keep = np.ones(rows, dtype=bool)
                keep[dropped] = False
                mended = mended.filter(pa.array(keep))
            yield mended
            first += rows


def _mended(
    batch: pa.RecordBatch, first: int, mended: Mapping[str, tuple[Rows, pa.Array]]
) -> pa.RecordBatch:
    for column, (rows, values) in mended.items():
        here = _within(rows, first, batch.num_rows)
        if not len(here):
            continue
        is_mended = np.zeros(batch.num_rows, dtype=bool)
        is_mended[here] = True
        start = int(np.searchsorted(rows, first))
        position = batch.schema.get_field_index(column)
        own = values.slice(start, len(here)).cast(batch.schema.field(position).type)
        replaced = pc.replace_with_mask(batch.column(position), pa.array(is_mended), own)
        batch = batch.set_column(position, batch.schema.field(position), replaced)
    return batch


def _within(rows: Rows, first: int, n: int) -> Rows:
    """Of ascending row numbers those in [first, first + n), counted from `first`."""
    start, stop = np.searchsorted(rows, [first, first + n])
    return rows[start:stop] - first
