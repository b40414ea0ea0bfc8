"""The same differences for whom and since when: by segment, by known and new customers, by period of decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools
from contracts.documents.comparison import Slice
from contracts.tables.derived import KEY
from models.comparison.differences import Rows, auc_difference, loss_difference
from models.comparison.shared import Shared
from models.validation.figures import UNDEFINED, from_error
from models.validation.view import OTHER, Labels, segment_labels

MAX_QUARTERS = 8
"""More quarters than this are told by the year."""
KNOWN = "customer_known"


def labels_of(
    shared: Shared, matrix: pd.DataFrame | None, partition: pd.DataFrame | None
) -> dict[str, Labels]:
    """By segment, the level of each shared row, as features and split of one of the runs have it.

    Args:
        shared: the rows.
        matrix: features by (customer_id, as_of); None where no run's can be had: then there are no segments.
        partition: the split; None likewise: then known and new customers are not told apart.
    """
    keys = pd.DataFrame({"customer_id": shared.customer_id, "as_of": shared.as_of})
    found: dict[str, Labels] = {}
    if matrix is not None:
        found |= segment_labels(_joined(keys, matrix), shared.customer_id)
    if partition is not None:
        held_out = _joined(keys, partition[[*KEY, "is_held_out"]])["is_held_out"]
        kinds = held_out.map({True: "new", False: "known"}).fillna(OTHER)
        found[KNOWN] = kinds.to_numpy(dtype=object)
    return found


def _joined(keys: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    for column in KEY:
        keys[column] = keys[column].astype(table[column].dtype)
    joined: pd.DataFrame = keys.merge(table, on=KEY, how="left", validate="one_to_one")
    return joined


def by_segment(rows: Rows, labels: Mapping[str, Labels], confidence: float) -> tuple[Slice, ...]:
    """One slice per level, largest first, `other` last."""
    found = []
    for segment, levels in labels.items():
        names, counts = np.unique(levels.astype(str), return_counts=True)
        ordered = sorted(zip(names, counts, strict=True), key=lambda one: (one[0] == OTHER, -one[1], one[0]))  # fmt: skip
        if len(ordered) > 1:
            found += [_slice(rows, (segment, str(name)), levels.astype(str) == name, confidence) for name, _ in ordered]  # fmt: skip
    return tuple(found)


def by_period(rows: Rows, as_of: np.ndarray[Any, Any], confidence: float) -> tuple[Slice, ...]:
    """One slice per quarter of decision, or per year where there are many, oldest first."""
    days = pd.DatetimeIndex(as_of)
    names = days.to_period("Q").astype(str).to_numpy(dtype=object)
    if len(set(names)) > MAX_QUARTERS:
        names = days.year.astype(str).to_numpy(dtype=object)
    return tuple(
        _slice(rows, ("period", str(name)), names == name, confidence)
        for name in sorted(set(names))
    )


def _slice(rows: Rows, which: tuple[str, str], inside: Bools, confidence: float) -> Slice:
    part = rows.where(inside)
    return Slice(
        segment=which[0],
        level=which[1],
        rows=int(inside.sum()),
        defaults=int(part.defaulted.sum()),
        log_loss=from_error(*loss_difference(part), confidence),
        roc_auc=from_error(*auc_difference(part), confidence) if part.both_classes else UNDEFINED,
    )
