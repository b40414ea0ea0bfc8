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
