"""What one input says of default alone: a few steps of its value, and a step of its own where it is missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.tree import DecisionTreeClassifier

from contracts.arrays import Bools, Floats, Ints

STEPS = 8  # most of a value
MIN_ROWS = 20  # fewest rows of a step; one of a large book holds at least 1 in 500
MAX_VALUE = float(np.finfo(np.float32).max)  # a value beyond it is taken for it, by the tree alone
PRIOR = 20.0  # rows at the book's default rate that are added to every step and level


@dataclass(frozen=True, slots=True)
class Alone:
    """A model of one input.

    Attributes:
        levels: of a category, the default rate of each code, by which its levels are ordered; None for a number.
        edges: a step holds (edges[i - 1], edges[i]]; the first and last are open.
        rates: default rate of each step, that of missing values last.
    """

    levels: Floats | None
    edges: Floats
    rates: Floats

    def pd(self, codes: Floats) -> Floats:
        """The default rate of the step that each value lies in; a level it was not shown counts as missing."""
        return self.rates[_steps(_ordered(codes, self.levels), self.edges)]


def fit_alone(codes: Floats, defaulted: Bools, *, is_category: bool = False) -> Alone:
    """Steps by a tree of log loss, each with its default rate, drawn towards the book's by `PRIOR` rows.

    Args:
        codes: values of one input, NaN where missing; of a category the positions of its levels; shape (n,).
        defaulted: outcome, both classes present; shape (n,).
        is_category: whether the codes have no order of their own.

    >>> found = fit_alone(np.repeat([1.0, 2.0, np.nan], 100), np.arange(300) >= 190)
    >>> found.edges.tolist(), found.rates.round(3).tolist()   # (0 + 7.3) / 120, (10 + 7.3) / 120, (100 + 7.3) / 120
    ([1.5], [0.061, 0.144, 0.894])
    """
    base = float(np.mean(defaulted))
    levels = _rates(_level(codes), defaulted, base, _count(codes)) if is_category else None
    values = _ordered(codes, levels)
    there = ~np.isnan(values)
    edges: Floats = np.empty(0)
    if there.any() and defaulted[there].any() and not defaulted[there].all():
        edges = _edges(values[there], defaulted[there], max(MIN_ROWS, len(values) // 500))
    steps = _steps(values, edges)
    return Alone(levels, edges, _rates(steps, defaulted, base, len(edges) + 2))


def _edges(values: Floats, defaulted: Bools, fewest: int) -> Floats:
    """Where a tree of log loss parts the values; none is missing.

    Rows of one value and outcome go in as one that weighs as many: whole weights add up exactly, so the tree is that of the rows.
    """
    rows, bad, weight = _weighed(values, defaulted)
    tree = DecisionTreeClassifier(
        criterion="log_loss",
        max_leaf_nodes=STEPS,
        # half a row less: whatever a share of all rows is rounded to, a leaf holds `fewest` of them or more
        min_weight_fraction_leaf=(fewest - 0.5) / len(values),
        random_state=0,
    )
    # as the tree would lay them out itself: on an input that is known, its own checks take as long as its splits
    with config_context(skip_parameter_validation=True):
        grown = tree.fit(rows[:, None], bad, sample_weight=weight, check_input=False).tree_
    return np.asarray(np.unique(grown.threshold[grown.children_left >= 0]))


def _weighed(values: Floats, defaulted: Bools) -> tuple[NDArray[np.float32], Bools, Floats]:
    """Each value as the tree reads it, once with those that did not default and once with those that did; how many there are."""
    own, place = np.unique(
        np.clip(values, -MAX_VALUE, MAX_VALUE).astype(np.float32), return_inverse=True
    )
    bad = np.bincount(place[defaulted], minlength=len(own))
    counts = np.concatenate([np.bincount(place, minlength=len(own)) - bad, bad])
    there = counts > 0
    is_bad = np.repeat([False, True], len(own))
    return np.tile(own, 2)[there], is_bad[there], counts[there].astype(np.float64)


def _count(codes: Floats) -> int:
    return int(np.nanmax(codes, initial=-1.0)) + 2


def _level(codes: Floats) -> Ints:
    """Codes as whole numbers, the missing ones after the last."""
    return np.where(np.isnan(codes), _count(codes) - 1, codes).astype(np.int64)


def _ordered(codes: Floats, levels: Floats | None) -> Floats:
    if levels is None:
        return codes
    known = np.append(levels[:-1], np.nan)
    at = np.where(np.isnan(codes) | (codes >= len(known)), len(known) - 1, codes).astype(np.int64)
    return known[at]


def _steps(values: Floats, edges: Floats) -> Ints:
    found = np.searchsorted(edges, values, side="left")
    return np.where(np.isnan(values), len(edges) + 1, found)


def _rates(place: Ints, defaulted: Bools, base: float, count: int) -> Floats:
    bad = np.bincount(place, defaulted, minlength=count)
    return (bad + PRIOR * base) / (np.bincount(place, minlength=count) + PRIOR)
