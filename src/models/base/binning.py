"""Bins of equal mass: the one way a book is cut by PD, by score or by a feature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contracts.arrays import Floats, Ints

BINS = 10
"""Of ECE, reliability, Hosmer-Lemeshow and PSI alike."""


def equal_mass(values: Floats, bins: int = BINS) -> list[Ints]:
    """Rows of at most `bins` bins of equal mass, by rising value; equal values share a bin.

    A cut that would part equal values moves to the nearer end of them (to the lower one where both are as near), so that
    the bins are the same whatever the order of the rows. Fewer bins where values repeat or rows are few.

    Args:
        values: none missing, shape (n,).
        bins: most bins.

    >>> [rows.tolist() for rows in equal_mass(np.array([0.3, 0.1, 0.2]), bins=2)]
    [[1, 2], [0]]
    >>> [rows.tolist() for rows in equal_mass(np.array([0.1, 0.2, 0.2, 0.2, 0.3, 0.4]), bins=3)]   # cuts at 2 and 4
    [[0], [1, 2, 3], [4, 5]]
    """
    n = len(values)
    if n == 0:
        return []
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    count = min(bins, n)
    # as numpy.array_split has it: the first bins hold the rows that are left over
    cuts = np.cumsum(np.where(np.arange(count) < n % count, n // count + 1, n // count))[:-1]
    starts, ends = (np.searchsorted(ranked, ranked[cuts], side=side) for side in ("left", "right"))
    moved = np.unique(np.where(cuts - starts <= ends - cuts, starts, ends))
    return np.split(order, moved[(moved > 0) & (moved < n)])


def inner_edges(values: Floats, bins: int = BINS) -> list[float]:
    """The largest value of every bin of `equal_mass` but the last: `cut` finds the same bins again. Missing ones are left out.

    >>> inner_edges(np.array([0.0, 0.0, 0.0, 1.0]), 4)
    [0.0]
    """
    present = values[~np.isnan(values)]
    return [float(present[rows[-1]]) for rows in equal_mass(present, bins)[:-1]]


def cut(values: Floats, edges: Sequence[float]) -> Ints:
    """Counts of (-inf, e1], (e1, e2], ..., (ek, inf), then of missing values.

    >>> cut(np.array([0.0, 1.0, 2.0, np.nan]), [1.0]).tolist()
    [2, 1, 1]
    """
    present = values[~np.isnan(values)]
    place = np.searchsorted(np.asarray(edges), present, side="left")
    counts = np.bincount(place, minlength=len(edges) + 1)
    return np.append(counts, len(values) - len(present)).astype(np.int64)
