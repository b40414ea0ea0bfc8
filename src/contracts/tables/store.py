"""Tables by contract: read and checked, or checked and written whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.errors import ContractError, GrainError
from contracts.files import RERUN, absent, restored, whole_file
from contracts.tables.spec import Table

if TYPE_CHECKING:
    import pandas as pd  # half of what a stage that holds no frame takes to start

BLOCK = 131_072
"""Rows of a Parquet row group: what a reader of some rows must decode, and a writer hold, at the least."""
PACKING: dict[str, Any] = {"compression": "zstd", "use_dictionary": False, "store_schema": False}
"""How every Parquet file is packed. Without dictionaries, for zstd finds what repeats by itself: two thirds of the time, and a smaller file."""


def conform(frame: pd.DataFrame, table: Table) -> pa.Table:
    """The frame as an Arrow table that keeps the contract: columns, types, no missing keys, unique grain, sorted.

    Args:
        frame: rows in any order; columns beyond the contract are kept only where the table is open-ended.
        table: the contract.

    Raises:
        ContractError: a column is absent, unknown, of a wrong type, or has a missing or illegal value.
        GrainError: two rows share a key.
    """
    absent = [name for name in table.column_names if name not in frame.columns]
    extra = [str(name) for name in frame.columns if name not in table.column_names]
    if absent or (extra and not table.open_ended):
        raise ContractError(
            "The columns are not those of the contract.",
            where=table.name,
            value=f"absent: {absent}, unknown: {extra}",
            next_step=f"The contract of {table.name} is in src/contracts.",
        )
    _check_values(frame, table)
    ordered = frame[[*table.column_names, *extra]].sort_values(list(table.grain), kind="stable")
    schema = table.arrow_schema()
    own = pa.Schema.from_pandas(ordered[extra], preserve_index=False) if extra else pa.schema([])
    try:
        arrow = pa.Table.from_pandas(
            ordered, schema=pa.schema([*schema, *own]), preserve_index=False
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise ContractError(
            "A column has the wrong type.",
            where=table.name,
            value=str(error),
            next_step=f"The contract of {table.name} is in src/contracts.",
        ) from error
    return arrow.replace_schema_metadata(None)


def _check_values(frame: pd.DataFrame, table: Table) -> None:
    for column in table.columns:
        values = frame[column.name]
        if not column.nullable and values.isna().any():
            raise ContractError(
                f"{int(values.isna().sum())} values are missing.",
                where=f"{table.name}.{column.name}",
                next_step="This column may not be missing.",
            )
        illegal = set(values.dropna().unique()) - set(column.one_of) if column.one_of else set()
        if illegal:
            raise ContractError(
                "A value is not one of those allowed.",
                where=f"{table.name}.{column.name}",
                value=sorted(map(str, illegal))[:5],
                next_step=f"Legal: {', '.join(column.one_of)}.",
            )
    key = list(table.grain)
    repeated = frame.duplicated(key, keep=False)
    if repeated.any():
        example = tuple(frame.loc[repeated, key].iloc[0])
        raise GrainError.from_duplicates(table.name, key, int(repeated.sum()), example)


def write_table(frame: pd.DataFrame, path: Path, table: Table) -> None:
    """Writes a frame as Parquet, whole, in the contract's order and types (see `conform`)."""
    write_arrow(conform(frame, table), path)


def write_parts(parts: Iterable[pd.DataFrame], path: Path, table: Table) -> None:
    """As `write_table`, of a table that is too large to be held; the same bytes.

    Args:
        parts: the rows in the order of the contract, in parts of any size; within a part in any order.
        path: where to.
        table: the contract.
    """
    write_batches((conform(part, table) for part in parts), path, table.arrow_schema())


def write_arrow(arrow: pa.Table, path: Path) -> None:
    """Writes an Arrow table as Parquet, whole. The same rows give the same bytes, however they lie in memory."""
    write_batches([arrow], path, arrow.schema)


def write_batches(
    batches: Iterable[pa.RecordBatch | pa.Table], path: Path, schema: pa.Schema
) -> int:
    """Streams rows to Parquet, whole, and returns how many there were: the one writer of Parquet.

    Row groups have `BLOCK` rows whatever batches come, and each is laid out anew, because pages would end where
    Arrow's chunks happen to: the same rows give the same bytes on any number of threads. One group is held at a time.

    Args:
        batches: rows of one schema, in parts of any size.
        path: where to.
        schema: the file's.
    """
    rows = 0
    with (
        whole_file(path) as partial,
        pq.ParquetWriter(partial, schema, **PACKING) as writer,
    ):
        for group in _groups(batches, schema):
            writer.write_table(group, row_group_size=BLOCK)
            rows += group.num_rows
    return rows


def _groups(batches: Iterable[pa.RecordBatch | pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    held: list[pa.Table] = []
    n_held = 0
    for batch in batches:
        rest = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        while n_held + rest.num_rows >= BLOCK:
            n_taken = BLOCK - n_held
            yield _joined([*held, rest.slice(0, n_taken)], schema)
            rest, held, n_held = rest.slice(n_taken), [], 0
        if rest.num_rows:
            held.append(rest)
            n_held += rest.num_rows
    if held:
        yield _joined(held, schema)


def _joined(parts: list[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables(parts).cast(schema).combine_chunks()


def read_table(
    path: Path,
    table: Table,
    *,
    columns: list[str] | None = None,
    only: Collection[str] | None = None,
) -> pd.DataFrame:
    """Reads a Parquet file written by `write_table` and checks it against its contract.

    Days come as `datetime64`, text as pandas strings, money as `Decimal`.

    Args:
        path: the file.
        table: its contract.
        columns: those that are read; all where none are named.
        only: the customers whose rows are read; all where none are named.

    Raises:
        ContractError: the file is absent, cut, or not of this contract.
    """
    restored(path.parent)
    rows = None if only is None else [("customer_id", "in", sorted(only))]
    with reading(path):
        arrow = pq.read_table(path, columns=columns, filters=rows)
    check_columns(arrow.schema, path, table, columns)
    frame: pd.DataFrame = arrow.to_pandas(date_as_object=False)
    return frame


def read_rows(
    path: Path, table: Table, wanted: np.ndarray[Any, np.dtype[np.bool_]]
) -> pd.DataFrame:
    """As `read_table`, of some rows: the file is read block by block, and of each only these are held.

    Args:
        path: the file.
        table: its contract.
        wanted: for every row of the file, in its order, whether it is read.

    Raises:
        ContractError: the file is absent, cut, or not of this contract.
    """
    restored(path.parent)
    with reading(path), pq.ParquetFile(path) as file:
        check_columns(file.schema_arrow, path, table, None)
        held, start = [file.schema_arrow.empty_table()], 0
        for batch in file.iter_batches(BLOCK // 4):
            rows = batch.filter(pa.array(wanted[start : start + batch.num_rows]))
            held.append(pa.Table.from_batches([rows]))
            start += batch.num_rows
    frame: pd.DataFrame = pa.concat_tables(held).to_pandas(date_as_object=False)
    return frame


def read_parts(path: Path, table: Table, *, columns: list[str]) -> Iterator[pd.DataFrame]:
    """As `read_table`, of a table that is too large to be held: in parts, each of whole customers.

    Args:
        path: the file.
        table: its contract, whose grain begins with customer_id.
        columns: those that are read, customer_id among them.

    Raises:
        ContractError: the file is absent, cut, or not of this contract.
    """
    restored(path.parent)
    with reading(path), pq.ParquetFile(path) as file:
        check_columns(file.schema_arrow, path, table, columns)
        held = file.schema_arrow.empty_table().select(columns)
        for batch in file.iter_batches(BLOCK, columns=columns):
            rows = pa.concat_tables([held, pa.Table.from_batches([batch]).select(columns)])
            last = pc.index(rows["customer_id"], rows["customer_id"][-1]).as_py()
            held = rows.slice(last)
            if last:
                yield rows.slice(0, last).to_pandas(date_as_object=False)
        yield held.to_pandas(date_as_object=False)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns an absent or a cut Parquet file into a ContractError."""
    try:
        yield
    except FileNotFoundError as error:
        raise absent(path) from error
    except pa.ArrowInvalid as error:
        raise ContractError(
            "The file cannot be read.", where=str(path), value=str(error), next_step=RERUN
        ) from error


def check_columns(schema: pa.Schema, path: Path, table: Table, columns: list[str] | None) -> None:
    """Raises ContractError where a file's columns, or those that are named, are not those of the contract."""
    wanted = {field.name: field.type for field in table.arrow_schema()}
    found = {field.name: field.type for field in schema}
    wrong = {
        name: f"{found.get(name)}, not {kind}"
        for name, kind in wanted.items()
        if (columns is None or name in columns) and found.get(name) != kind
    }
    if wrong:
        raise ContractError(
            "The columns are not those of the contract.",
            where=str(path),
            value=wrong,
            next_step=RERUN,
        )


def read_optional(
    path: Path, table: Table, *, columns: list[str] | None = None
) -> pd.DataFrame | None:
    """As `read_table`; None where the file is absent because the stage before had nothing to write."""
    restored(path.parent)
    return read_table(path, table, columns=columns) if path.is_file() else None


def table_paths(folder: Path, tables: Mapping[str, Table]) -> dict[str, Path]:
    """The Parquet files of a folder, by table name, in the order of the contract; absent tables are left out."""
    restored(folder)
    return {
        name: folder / f"{name}.parquet"
        for name in tables
        if (folder / f"{name}.parquet").is_file()
    }
