"""A table taken apart by day in one pass, so that each day can be read by itself.

A matrix is sorted by customer, so that a day's rows lie in every block of it: to read a day would be to read the file. What is asked for
is held where it is small; of a large table the days lie in files until the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from contracts.arrays import Bools, Ints
from contracts.files import restored
from contracts.scratch import scratch
from contracts.tables import store
from contracts.tables.spec import Table

PACKED = pa.ipc.IpcWriteOptions(compression="zstd")
HELD = 256 << 20
"""Bytes of rows that are held; more are written down."""


@dataclass(frozen=True, slots=True)
class Apart:
    """A table taken apart.

    Attributes:
        rows: those asked for beside the days, in the order of the file.
        day: the rows of one of the days, in the order of the file.
    """

    rows: pd.DataFrame
    day: Callable[[date], pd.DataFrame]


@contextmanager
def by_day(
    path: Path, table: Table, days: Sequence[date], within: Path, also: Bools | None = None
) -> Iterator[Apart]:
    """Yields what was asked for of a file that is read once; what is written down lies in a temporary folder until the end.

    Args:
        path: the file.
        table: its contract, whose grain has as_of.
        days: those that may be asked for, each of which has rows.
        within: where to make the temporary folder.
        also: for every row of the file, in its order, whether it is read beside these days; none where nothing is said.

    Raises:
        ContractError: the file is absent, cut, or not of this contract.
    """
    restored(path.parent)
    with scratch(within) as folder:
        with store.reading(path), pq.ParquetFile(path) as file, ExitStack() as open_files:
            store.check_columns(file.schema_arrow, path, table, None)
            kept = _Kept(tuple(days), file.schema_arrow, folder, open_files)
            beside, start = [file.schema_arrow.empty_table()], 0
            for batch in file.iter_batches(store.BLOCK // 4):
                if also is not None:
                    own = batch.filter(pa.array(also[start : start + batch.num_rows]))
                    beside.append(pa.Table.from_batches([own]))
                    start += batch.num_rows
                kept.add(batch)
        yield Apart(_framed(pa.concat_tables(beside)), kept.reader())


@dataclass(slots=True)
class _Kept:
    """The rows of each day, as they come."""

    days: tuple[date, ...]
    schema: pa.Schema
    folder: Path
    open_files: ExitStack
    parts: list[tuple[pa.RecordBatch, Ints]] = field(default_factory=list)
    writers: dict[date, Any] = field(default_factory=dict)
    size: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """The rows of the days among those of a batch, day by day, each in the order they came in."""
        kind = self.schema.field("as_of").type
        of = pc.index_in(batch["as_of"], value_set=pa.array(self.days, kind)).fill_null(-1)
        place = np.asarray(of.to_numpy(zero_copy_only=False))
        order = np.argsort(place, kind="stable")[np.count_nonzero(place < 0) :]
        ends = np.cumsum(np.bincount(place[order], minlength=len(self.days)))
        rows = batch.take(pa.array(order))
        if self.writers:
            self._write(rows, ends)
            return
        self.parts.append((rows, ends))
        self.size += rows.nbytes
        if self.size > HELD:
            self._begin()

    def _begin(self) -> None:
        self.writers = {
            day: self.open_files.enter_context(pa.ipc.new_file(self._file(day), self.schema, options=PACKED))
            for day in self.days
        }  # fmt: skip
        for rows, ends in self.parts:
            self._write(rows, ends)
        self.parts.clear()

    def _write(self, rows: pa.RecordBatch, ends: Ints) -> None:
        for place, day in enumerate(self.days):
            own = _of(rows, ends, place)
            if own.num_rows:
                self.writers[day].write_batch(own)

    def _file(self, day: date) -> Path:
        return self.folder / f"{day}.arrow"

    def reader(self) -> Callable[[date], pd.DataFrame]:
        """What gives the rows of a day."""
        if self.writers:
            return lambda day: _read(self._file(day))
        every = [
            pa.Table.from_batches([_of(rows, ends, place) for rows, ends in self.parts], self.schema)
            for place in range(len(self.days))
        ]  # fmt: skip
        frame = _framed(pa.concat_tables([self.schema.empty_table(), *every]))
        ends = np.cumsum([len(one) for one in every])
        spans = {day: slice(int(end) - len(own), int(end)) for day, own, end in zip(self.days, every, ends, strict=True)}  # fmt: skip
        self.parts.clear()
        return lambda day: frame.iloc[spans[day]].reset_index(drop=True)


def _of(rows: pa.RecordBatch, ends: Ints, place: int) -> pa.RecordBatch:
    start = int(ends[place - 1]) if place else 0
    return rows.slice(start, int(ends[place]) - start)


def _read(path: Path) -> pd.DataFrame:
    with pa.ipc.open_file(path) as file:
        return _framed(file.read_all())


def _framed(rows: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = rows.to_pandas(date_as_object=False)
    return frame
