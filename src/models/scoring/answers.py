"""The file of answers: Parquet or CSV, written block by block, and in its place only when it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from contracts.errors import BonitasError
from contracts.files import whole_file

CSV = ".csv"
KINDS = (".parquet", CSV)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell begins with that a spreadsheet would calculate."""


@dataclass(frozen=True, slots=True)
class Answers:
    """A file that is being written."""

    writer: pq.ParquetWriter | arrow_csv.CSVWriter
    schema: pa.Schema
    is_csv: bool

    def add(self, rows: pd.DataFrame) -> None:
        """Adds rows below those there are."""
        table = pa.Table.from_pandas(rows, schema=self.schema, preserve_index=False)
        self.writer.write_table(_harmless(table) if self.is_csv else table)


def check_place(path: Path) -> None:
    """Whether answers can be written there, asked before anything is scored.

    Raises:
        BonitasError: of no known kind, or no such folder.
    """
    if path.suffix.lower() not in KINDS:
        raise BonitasError(
            "Answers are written as Parquet or CSV.",
            where="--output",
            value=str(path),
            next_step=f"Give a file that ends in {' or '.join(KINDS)}.",
        )
    if not path.absolute().parent.is_dir():
        raise BonitasError(
            "There is no such folder.",
            where="--output",
            value=str(path.parent),
            next_step="Make the folder, or name another file.",
        )


@contextmanager
def answers(path: Path, schema: pa.Schema) -> Iterator[Answers]:
    """A file that takes its place when the block ends well, whatever was there before; else that stays.

    Args:
        path: see `check_place`.
        schema: of the rows.
    """
    is_csv = path.suffix.lower() == CSV
    with whole_file(path) as partial:
        made = arrow_csv.CSVWriter(partial, schema) if is_csv else pq.ParquetWriter(partial, schema)
        with made as writer:
            yield Answers(writer, schema, is_csv)


def _harmless(table: pa.Table) -> pa.Table:
    """Texts that begin as a formula does get an apostrophe before them."""
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            texts = [
                f"'{one}" if one is not None and one.startswith(FORMULA) else one
                for one in table.column(place).to_pylist()
            ]
            table = table.set_column(place, field, pa.array(texts, pa.string()))
    return table
