"""A file scored by a version: every row is answered, in the file's order, whatever the file's size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pyarrow as pa

from models.scoring.answers import answers, check_place
from models.scoring.rows import blocks
from models.scoring.scorer import Scorer


def score_file(
    by: Scorer, source: Path, target: Path, progress: Callable[[float], None]
) -> Counter[str]:
    """Scores the rows of a file block by block; memory does not grow with the file.

    Args:
        by: a version that is loaded.
        source: Parquet or CSV with customer_id and every feature of the version.
        target: Parquet or CSV, replaced when all is scored; see `Scorer.answers` for its columns.
        progress: told the share that is done.

    Returns:
        How many rows have each status.

    Raises:
        BonitasError: a file of another kind, or one that cannot be read.
        ContractError: columns are absent or of another type.
    """
    check_place(target)
    counted: Counter[str] = Counter()
    read = blocks(source, by.features)
    first = next(read, None)
    day = None if first is None or "as_of" not in first.rows else first.day
    with answers(target, _schema(by, day)) as out:
        for block in chain([] if first is None else [first], read):
            said = by.answers(block)
            counted.update(said["status"])
            out.add(said)
            progress(block.done)
    return counted


def _schema(by: Scorer, day: pa.DataType | None) -> pa.Schema:
    kinds = {"float64": pa.float64(), "Int64": pa.int64(), "string": pa.string()}
    keys = [("customer_id", pa.string()), *([] if day is None else [("as_of", day)])]
    own = [(name, kinds[kind]) for name, kind in by.columns().items()]
    return pa.schema([*keys, ("status", pa.string()), ("detail", pa.string()), *own])
