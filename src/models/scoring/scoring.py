"""A file scored by a version: every row is answered, in the file's order, whatever the file's size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa

from contracts.errors import BonitasError
from models.scoring.answers import answers, check_place
from models.scoring.rows import Block, blocks
from models.scoring.scorer import Scorer
from models.scoring.status import IS_SCORED, UNSEEN, WAY_OUT, unseen_levels

MAX_LEVELS = 1_000
"""Levels that are counted one by one; of further ones, which would be a column of texts that are no levels, the rows."""


@dataclass(slots=True)
class Tally:
    """What became of a file's rows.

    Attributes:
        statuses: rows by status.
        levels: rows by feature and level that the training sample did not have.
        further: rows by feature whose level is one beyond MAX_LEVELS.
        first: the first detail of each status.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    levels: Counter[tuple[str, str]] = field(default_factory=Counter)
    further: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    @property
    def n_scored(self) -> int:
        """Rows that have a PD."""
        return sum(self.statuses[name] for name in IS_SCORED)

    def count(self, block: Block, said: pd.DataFrame, by: Scorer) -> None:
        """Adds a block's rows and what was said of them."""
        self.statuses.update(said["status"])
        detailed = said[said["detail"].notna()]
        for name, detail in detailed.groupby("status")["detail"].first().items():
            self.first.setdefault(str(name), str(detail))
        is_unseen = (said["status"] == UNSEEN).to_numpy()
        for key, n in unseen_levels(block.rows[is_unseen], by.features).items():
            if key in self.levels or len(self.levels) < MAX_LEVELS:
                self.levels[key] += n
            else:
                self.further[key[0]] += n

    def refuse_none_scored(self, source: Path, target: Path) -> None:
        """Raises BonitasError where there are rows and none of them could be scored: the commonest reason, and the way out."""
        total = self.statuses.total()
        if not total or self.n_scored:
            return
        commonest = self.statuses.most_common(1)[0][0]
        example = self.first.get(commonest)
        counts = ", ".join(f"{name} {n:,}" for name, n in self.statuses.most_common())
        raise BonitasError(
            f"None of the {total:,} rows could be scored.",
            where=str(source),
            value=counts + (f"; the first {commonest}: {example}" if example else ""),
            next_step=f"{WAY_OUT[commonest]} Nothing was written to {target}.",
        )


def score_file(by: Scorer, source: Path, target: Path, progress: Callable[[float], None]) -> Tally:
    """Scores the rows of a file block by block; memory does not grow with the file.

    Args:
        by: a version that is loaded.
        source: Parquet or CSV with customer_id and every feature of the version.
        target: Parquet or CSV, replaced when all is scored; see `Scorer.answers` for its columns.
        progress: told the share that is done.

    Returns:
        How many rows have each status, and which levels were not seen in training.

    Raises:
        BonitasError: a file of another kind, one that cannot be read, or one with rows of which none could be scored; what was at `target` stays.
        ContractError: columns are absent or of another type.
    """
    check_place(target)
    tally = Tally()
    read = blocks(source, by.features)
    first = next(read, None)
    day = None if first is None or "as_of" not in first.rows else first.day
    with answers(target, _schema(by, day)) as out:
        for block in chain([] if first is None else [first], read):
            said = by.answers(block)
            tally.count(block, said, by)
            out.add(said)
            progress(block.done)
        tally.refuse_none_scored(source, target)
    return tally


def _schema(by: Scorer, day: pa.DataType | None) -> pa.Schema:
    kinds = {"float64": pa.float64(), "Int64": pa.int64(), "string": pa.string()}
    keys = [("customer_id", pa.string()), *([] if day is None else [("as_of", day)])]
    own = [(name, kinds[kind]) for name, kind in by.columns().items()]
    return pa.schema([*keys, ("status", pa.string()), ("detail", pa.string()), *own])
