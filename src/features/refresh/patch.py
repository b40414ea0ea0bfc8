"""The new matrix out of the old one: kept rows, rows computed anew and ranks computed anew, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.tables.store import BLOCK


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


class OldRows:
    """Rows of a Parquet file by their numbers, which rise from call to call."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        sizes = [
            self._file.metadata.row_group(group).num_rows
            for group in range(self._file.num_row_groups)
        ]
        self._starts = np.concatenate([[0], np.cumsum(sizes)])

    def rows(self, numbers: np.ndarray) -> tuple[pa.Table, np.ndarray]:
        """The row groups that hold the numbers, and where in them each is; -1 stays -1."""
        used = numbers[numbers >= 0]
        if not used.size:
            return self._file.schema_arrow.empty_table(), numbers
        first, last = np.searchsorted(self._starts, [used.min(), used.max()], side="right") - 1
        held = self._file.read_row_groups(list(range(first, last + 1)))
        return held, np.where(numbers >= 0, numbers - self._starts[first], -1)
