"""The rows of a file, in blocks, as a version reads them: Parquet or CSV of any size."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from contracts.arrays import Bools, Floats
from contracts.errors import BonitasError, ContractError
from contracts.spelling import nearest

BLOCK_ROWS = 20_000
BLOCK_BYTES = 16 << 20
KEY = "customer_id"
CARRIED = ("customer_id", "as_of", "industry")
"""Columns that are no features and are read where they are there."""
KINDS = {".parquet": "Parquet", ".csv": "CSV"}
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of the file, one after the other.

    Attributes:
        rows: CARRIED as far as delivered, and the features: numbers as float64, categories as texts.
        unread: by feature, what could not be read as a number (texts, infinite values); missing elsewhere.
        done: share of the file that has been read with this block.
        day: the type of as_of, where it is there.
    """

    rows: pd.DataFrame
    unread: Mapping[str, pd.Series[Any]]
    done: float
    day: pa.DataType | None


def blocks(path: Path, features: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    """The file's rows in their order.

    Args:
        path: ends in .parquet or .csv (UTF-8, comma, decimal point; an empty cell is missing).
        features: `features` of a version's contract.json: name, and dtype `number` or `category`.

    Raises:
        BonitasError: no such file, or of no known kind.
        ContractError: columns are absent, or of another type; it names all of them.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise BonitasError(
            "The file is neither Parquet nor CSV.", where="--input", value=str(path), next_step=f"Give a file that ends in {' or '.join(KINDS)}.",
        )  # fmt: skip
    if not path.is_file():
        raise BonitasError(
            "There is no such file.", where="--input", value=str(path), next_step="Check the path; it is read from the folder the command is called in.",
        )  # fmt: skip
    try:
        yield from (_parquet if kind == "Parquet" else _csv)(path, features)
    except (pa.ArrowInvalid, csv.Error) as error:
        raise BonitasError(
            f"The {kind} file cannot be read.", where=str(path), value=str(error).splitlines()[0], next_step="Write the file again; every line of a CSV needs as many cells as its head, in UTF-8.",
        ) from error  # fmt: skip


def _parquet(path: Path, features: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        check_columns(schema, features, where=str(path))
        wanted = [one for one in schema.names if one in _read(features)]
        total, done = max(file.metadata.num_rows, 1), 0
        for batch in file.iter_batches(BLOCK_ROWS, columns=wanted):
            done += batch.num_rows
            yield _block(batch, features, done / total)


def _csv(path: Path, features: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    size = max(path.stat().st_size, 1)
    with path.open("rb") as source:
        head = source.readline().decode("utf-8-sig", errors="replace")
        source.seek(0)
        names = next(csv.reader([head]), [])
        _refuse_separated(head, names, features, where=str(path))
        texts = pa.schema([(name, pa.string()) for name in names])
        check_columns(texts, features, where=str(path), is_text=True)
        wanted = [one for one in names if one in _read(features)]
        reader = arrow_csv.open_csv(
            source,
            read_options=arrow_csv.ReadOptions(block_size=BLOCK_BYTES),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()),
                include_columns=wanted,
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=True,
            ),
        )
        for batch in reader:
            yield _block(batch, features, min(source.tell() / size, 1.0))


def _refuse_separated(
    head: str, names: Sequence[str], features: Sequence[Mapping[str, Any]], *, where: str
) -> None:
    """Raises ContractError where a file has no head, or one that another character separates: of each column it would only say that it is absent."""
    if not head.strip():
        raise ContractError(
            "The file has no line of names.", where=where, next_step="Its first line has to name the columns; see whether whatever wrote the file has ended.",
        )  # fmt: skip
    wanted = _read(features)
    for other, called in SEPARATORS.items():
        if not wanted & set(names) and wanted & set(next(csv.reader([head], delimiter=other), [])):
            raise ContractError(
                f"The columns are separated by {called}, not by commas.",
                where=where,
                value=head[:60].strip(),
                next_step="Write the file with commas between columns and points in decimals, or as Parquet. Exchanging the separator alone leaves a decimal comma, by which a number would be two.",
            )


def block_of(frame: pd.DataFrame, features: Sequence[Mapping[str, Any]], *, where: str) -> Block:
    """The rows of a frame as one block.

    Args:
        frame: KEY and every feature as columns.
        features: see `blocks`.
        where: what the frame is, for the error.

    Raises:
        ContractError: columns are absent, or of another type; it names all of them.
    """
    wanted = frame.loc[:, [name in _read(features) for name in frame.columns]]
    # a column of plain objects tells its type only when it is read
    received = pa.schema([(str(name), _type(wanted.iloc[:, at])) for at, name in enumerate(wanted)])
    check_columns(received, features, where=where)
    # a frame that was put together of several keeps its texts in pieces
    table = pa.Table.from_pandas(wanted, preserve_index=False).combine_chunks()
    batches = table.to_batches()
    batch = batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
    return _block(batch, features, 1.0)


def _type(values: pd.Series[Any]) -> pa.DataType:
    try:
        return pa.Array.from_pandas(values).type
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.binary()  # neither numbers nor texts throughout: refused by name


def _read(features: Sequence[Mapping[str, Any]]) -> set[str]:
    return {*CARRIED, *(str(one["name"]) for one in features)}


def check_columns(
    schema: pa.Schema, features: Sequence[Mapping[str, Any]], *, where: str, is_text: bool = False
) -> None:
    """Whether a file has every feature, of the type the version reads.

    Raises:
        ContractError: one or more do not fit: expected and received, with the nearest names.
    """
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    wrong = [f"{name}: more than once" for name in twice]
    wrong += [] if KEY in schema.names else [f"{KEY}: string expected, absent"]
    if KEY in schema.names and KEY not in twice and not _fits(schema.field(KEY).type, "category"):
        wrong.append(f"{KEY}: string expected, {schema.field(KEY).type} received")
    for feature in features:
        name, wanted = str(feature["name"]), str(feature["dtype"])
        if name in twice:
            continue
        if name not in schema.names:
            near = [one for group in nearest(name, schema.names)[:1] for one in group]
            hint = f" (there is {' and '.join(near)})" if near else ""
            wrong.append(f"{name}: {wanted} expected, absent{hint}")
        elif not is_text and not _fits(schema.field(name).type, wanted):
            wrong.append(f"{name}: {wanted} expected, {schema.field(name).type} received")
    if wrong:
        raise ContractError(
            f"{len(wrong)} column(s) are not those that the version reads.",
            where=where,
            value="; ".join(wrong[:20]) + (f"; and {len(wrong) - 20} more" if len(wrong) > 20 else ""),
            next_step="Write every feature of the version's contract.json; a value may be missing, a column may not. "
            "`data/features/matrix.parquet` has them all.",
        )  # fmt: skip


def _fits(kind: pa.DataType, wanted: str) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if wanted == "category":
        return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))  # fmt: skip
    # a yes or no is no number: text of a CSV would not be read as one either
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    )  # fmt: skip


def _block(batch: pa.RecordBatch, features: Sequence[Mapping[str, Any]], done: float) -> Block:
    kinds = {str(one["name"]): str(one["dtype"]) for one in features}
    columns: dict[str, Any] = {}
    unread: dict[str, pd.Series[Any]] = {}
    for name in batch.schema.names:
        values = batch.column(name)
        if kinds.get(name) == "number":
            columns[name], bad = _numbers(values)
            if bad.any():
                unread[name] = values.to_pandas().where(bad, None)
        elif name in kinds:
            texts = values.to_pandas()
            columns[name] = texts.astype(object).where(texts.notna(), None)
        else:
            columns[name] = values.to_pandas()
    names = batch.schema.names
    day = batch.schema.field("as_of").type if "as_of" in names else None
    return Block(pd.DataFrame(columns), unread, done, day)


def _numbers(values: pa.Array) -> tuple[Floats, Bools]:
    """The values as numbers, missing where there is none, and which of them could not be read as one."""
    if pa.types.is_floating(values.type):
        read = np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
        bad = np.isinf(read)
    else:
        texts = values.to_pandas()
        read = pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        bad = (np.isnan(read) & texts.notna().to_numpy()) | np.isinf(read)
    return np.where(bad, np.nan, read) if bad.any() else read, bad
