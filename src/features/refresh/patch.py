"""The new matrix out of the old one: kept rows, rows computed anew and ranks computed anew, block by block.

Where every row has the place it had, only what has changed is packed; the rest of the file is copied (`tables.splice`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.tables.splice import NotSplicedError, spliced
from contracts.tables.store import BLOCK, write_batches


@dataclass(frozen=True, slots=True)
class Patch:
    """What is taken from where. All tables are sorted by the grain of the matrix.

    Attributes:
        old: path of the old matrix.
        fresh: the rows computed anew, every column but the ranks.
        ranked: the ranks computed anew.
        guide: one row per row of the new matrix: `old_row` (its number in the old one, missing where it is new),
            `is_stale` (it is in `fresh`), `is_ranked` (it is in `ranked`).
    """

    old: Path
    fresh: pa.Table
    ranked: pa.Table
    guide: pa.Table

    def write(self, path: Path, schema: pa.Schema) -> None:
        """Writes the new matrix, whole: the bytes that `store.write_batches` writes of its rows."""
        if self._has_places():
            with suppress(NotSplicedError):
                spliced(self.old, path, self._changed(schema))
                return
        write_batches(self.blocks(schema), path, schema)

    def _has_places(self) -> bool:
        """Whether each row has the number that it had, in row groups as our writer cuts them."""
        old_row = self.guide["old_row"].fill_null(-1).to_numpy()
        with pq.ParquetFile(self.old) as file:
            told = file.metadata
            sizes = [told.row_group(group).num_rows for group in range(told.num_row_groups)]
        cut = [min(BLOCK, len(old_row) - start) for start in range(0, len(old_row), BLOCK)]
        return sizes == cut and np.array_equal(old_row, np.arange(len(old_row)))

    def _changed(self, schema: pa.Schema) -> dict[int, pa.Table]:
        """By row group, the columns in which a bit has changed."""
        fresh_row, rank_row = (_numbers(self.guide[name]) for name in ("is_stale", "is_ranked"))
        found = {}
        with pq.ParquetFile(self.old) as file:
            for group, start in enumerate(range(0, self.guide.num_rows, BLOCK)):
                rows = slice(start, start + BLOCK)
                parts = ((self.fresh, fresh_row[rows]), (self.ranked, rank_row[rows]))
                differing = [one for new, at in parts for one in _differing(file, group, new, at)]
                if differing:
                    columns = dict(differing)
                    names = [name for name in schema.names if name in columns]
                    fields = pa.schema([schema.field(name) for name in names])
                    found[group] = pa.table([columns[name] for name in names], schema=fields)
        return found

    def blocks(self, schema: pa.Schema) -> Iterator[pa.Table]:
        """The new matrix in blocks of `store.BLOCK` rows. Of the old one only the row groups of a block are held."""
        old_row = self.guide["old_row"].fill_null(-1).to_numpy()
        fresh_row = _numbers(self.guide["is_stale"])
        rank_row = _numbers(self.guide["is_ranked"])
        file = OldRows(self.old)
        for start in range(0, self.guide.num_rows, BLOCK):
            rows = slice(start, start + BLOCK)
            old, at = file.rows(old_row[rows])
            found = _chosen(old, at, self.fresh, fresh_row[rows])
            if self.ranked.num_columns:
                found |= _chosen(old, at, self.ranked, rank_row[rows])
            yield pa.table([found[name] for name in schema.names], schema=schema)


def _numbers(flags: pa.ChunkedArray) -> np.ndarray:
    """The number of each flagged row among the flagged ones, -1 for the others."""
    is_set = flags.to_numpy()
    return np.where(is_set, np.cumsum(is_set) - 1, -1)


def _chosen(
    old: pa.Table, at: np.ndarray, new: pa.Table, new_at: np.ndarray
) -> dict[str, pa.ChunkedArray]:
    """The columns of `new`, row by row from `new` where `new_at` gives a row of it, else from `old`."""
    used = new_at[new_at >= 0]
    low = int(used.min()) if used.size else 0
    near = new.slice(low, int(used.max()) - low + 1 if used.size else 0)
    both = pa.concat_tables([old.select(new.column_names).cast(new.schema), near]).combine_chunks()
    index = np.where(new_at >= 0, new_at - low + old.num_rows, at)
    taken = both.take(pa.array(index))
    return dict(zip(taken.column_names, taken.columns, strict=True))


def _differing(
    file: pq.ParquetFile, group: int, new: pa.Table, new_at: np.ndarray
) -> list[tuple[str, pa.ChunkedArray]]:
    """The columns of `new` whose values are others than in the row group, with all of its rows."""
    at = np.flatnonzero(new_at >= 0)
    if not at.size or not new.num_columns:
        return []
    old = file.read_row_group(group, columns=new.column_names)
    rows, fresh = old.take(at), new.take(new_at[at])
    names = [name for name in new.column_names if not _is_same(rows[name], fresh[name])]
    if not names:
        return []
    place = np.arange(old.num_rows)
    made = _chosen(old, place, new.select(names), new_at)
    return [(name, made[name]) for name in names]


def _is_same(old: pa.ChunkedArray, new: pa.ChunkedArray) -> bool:
    """Whether two columns are the same to the bit: -0.0 is not 0.0."""
    return bool(_bits(old).equals(_bits(new)))


def _bits(column: pa.ChunkedArray) -> pa.Array:
    plain = column.combine_chunks()
    return plain.view(pa.int64()) if pa.types.is_float64(plain.type) else plain


class OldRows:
    """Rows of a Parquet file by their numbers, which rise from call to call: each row group is read once."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        sizes = [
            self._file.metadata.row_group(group).num_rows
            for group in range(self._file.num_row_groups)
        ]
        self._starts = np.concatenate([[0], np.cumsum(sizes)])
        self._held: dict[int, pa.Table] = {}

    def rows(self, numbers: np.ndarray) -> tuple[pa.Table, np.ndarray]:
        """The rows from the smallest number to the largest, and where among them each is; -1 stays -1."""
        used = numbers[numbers >= 0]
        if not used.size:
            return self._file.schema_arrow.empty_table(), numbers
        low, high = int(used.min()), int(used.max())
        first, last = np.searchsorted(self._starts, [low, high], side="right") - 1
        groups = range(first, last + 1)
        # new rows move old ones on, so that a block ends within the row group with which the next begins
        self._held = {one: self._group(one) for one in groups}
        held = pa.concat_tables(self._held.values())
        rows = held.slice(low - int(self._starts[first]), high - low + 1)
        return rows, np.where(numbers >= 0, numbers - low, -1)

    def _group(self, number: int) -> pa.Table:
        return self._held[number] if number in self._held else self._file.read_row_group(number)
