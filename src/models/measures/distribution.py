"""The distribution of one input, kept as bins and counts, and counted again in the same bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Ints
from models.base.binning import cut, inner_edges


def levels_counted(values: pd.Series[Any], levels: Sequence[str]) -> Ints:
    """Counts of each level, then of all others, then of missing values.

    >>> levels_counted(pd.Series(["a", "z", None, "a"]), ["a", "b"]).tolist()
    [2, 0, 1, 1]
    """
    counts = values.dropna().astype(str).value_counts()
    known = [int(counts.get(level, 0)) for level in levels]
    present = int(values.notna().sum())
    return np.array([*known, present - sum(known), len(values) - present], dtype=np.int64)


def distribution(values: pd.Series[Any], feature: Mapping[str, Any], bins: int) -> dict[str, Any]:
    """Bins and counts of one feature; the last count is of missing values."""
    if feature["dtype"] == "category":
        levels = list(feature["levels"] or [])
        return {"levels": levels, "counts": levels_counted(values, levels).tolist()}
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    edges = inner_edges(numbers, bins)
    return {"edges": edges, "counts": cut(numbers, edges).tolist()}


def recounted(values: pd.Series[Any], kept: Mapping[str, Any]) -> Ints:
    """Counts of new values in the bins or levels of a kept distribution."""
    if "levels" in kept:
        return levels_counted(values, kept["levels"])
    return cut(values.to_numpy(dtype=np.float64, na_value=np.nan), kept["edges"])


def counted_by(values: pd.Series[Any], kept: Mapping[str, Any], place: Ints, places: int) -> Ints:
    """`recounted` for each place, such as a month: counts, shape (places, bins).

    Args:
        values: of all places.
        kept: bins or levels.
        place: of each value, shape (n,).
        places: how many there are.

    >>> counted_by(pd.Series([0.0, 2.0, np.nan]), {"edges": [1.0]}, np.array([0, 0, 1]), 2).tolist()
    [[1, 1, 0], [0, 0, 1]]
    >>> counted_by(pd.Series(["a", "z"]), {"levels": ["a"]}, np.array([0, 1]), 2).tolist()
    [[1, 0, 0], [0, 1, 0]]
    """
    if "levels" in kept:
        levels = {level: number for number, level in enumerate(kept["levels"])}
        missing = values.isna().to_numpy()
        known = values.astype(str).map(levels).fillna(len(levels)).to_numpy(np.int64)
        codes, bins = np.where(missing, len(levels) + 1, known), len(levels) + 2
    else:
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        edges = np.asarray(kept["edges"])
        found = np.searchsorted(edges, numbers, side="left")
        codes, bins = np.where(np.isnan(numbers), len(edges) + 1, found), len(edges) + 2
    counts = np.bincount(place * bins + codes, minlength=places * bins)
    return np.asarray(counts.reshape(places, bins), dtype=np.int64)
