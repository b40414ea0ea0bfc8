"""SHAP values of many rows at once, by woodelf: its tables are made once a tree, and then looked up row by row.

LightGBM's own TreeSHAP walks every tree again for every row. Here the work for a leaf is done once, for each of the
2^d ways in which a row can meet the d features above it; a row then reads its way off the table.

Source: Nadel and Wettenstein, From Decision Trees to Boolean Logic: a Fast and Unified SHAP Algorithm (2025).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from woodelf import WoodelfExplainer
from woodelf.core.cube_metric import ShapleyValues
from woodelf.core.path_to_s_vectors.woodelf_p2s import HighDepthWoodelfPathToSVectors

from contracts.arrays import Floats
from models.boosting.woodelf_trees import Trees, trees_of

BLOCK = 32_768
"""Rows at a time: 181 features of them are 47 MB."""
MOST_FEATURES = 10
"""On one path, above which the tables (2 to this power) cost more than they save."""
MOST_BYTES = 1 << 30
"""Of the tables of all leaves."""
MOST_WORKERS = 2
"""Blocks under way at once; numpy's look-ups let other threads run."""


class _Tables(HighDepthWoodelfPathToSVectors):  # type: ignore[misc] # woodelf publishes no types
    """Woodelf's tables in double precision: made for all leaves of one depth together, and kept for the next block of rows.

    A table depends on how training rows divide above a leaf, not on which features are there; it is in proportion to the
    leaf's value. Two leaves of one split share one: the right one's is the left one's with its last bit turned.
    """

    def __init__(self, trees: Trees) -> None:
        super().__init__(ShapleyValues(), trees.widest)
        by_depth: dict[int, list[Floats]] = {}
        for covers in trees.covers():
            by_depth.setdefault(len(covers), []).append(covers)
        self._left: dict[bytes, Floats] = {}
        self._right: dict[bytes, Floats] = {}
        for depth, rows in by_depth.items():
            shares = _shares(np.array(rows))
            turned = np.arange(2**depth) ^ 1
            left = _worth(shares, self.matrices[depth])
            right = _worth(shares[:, turned], self.matrices[depth])[:, turned]
            for place, covers in enumerate(rows):
                self._left[covers.tobytes()] = left[place]
                self._right[covers.tobytes()] = right[place]

    def _build_matrices(self) -> None:
        """What each feature above a leaf is worth, by how a row meets them; woodelf's own are in single precision."""
        for depth in range(self.max_depth + 1):
            cubes = self.map_patterns_to_cube(list(range(depth)))
            made = self.build_patterns_to_values_sparse_matrix(cubes, self.metric)
            columns = [made[place] for place in range(depth)]
            self.matrices[depth] = np.array(columns, dtype=np.float64).T

    def get_path_dependent_s_matrix(
        self,
        features_in_path: list[int],
        consumer_patterns: Any,  # noqa: ARG002 - woodelf's signature
        covers: Floats,
        w: float,
        w_neighbor: float | None = None,
    ) -> dict[int, Floats]:
        """For each feature above a leaf, what it adds, by the pattern in which a row meets all of them."""
        leaf = covers.tobytes()
        table = w * self._left[leaf]
        if w_neighbor is not None:
            table += w_neighbor * self._right[leaf]
        return dict(zip(features_in_path, np.ascontiguousarray(table.T), strict=True))


def _shares(covers: Floats) -> Floats:
    """Share of training rows that meet the splits above each leaf in each way, were they independent: (leaves, 2^d).

    >>> _shares(np.array([[0.25, 0.5]])).tolist()   # neither, second, first, both
    [[0.375, 0.375, 0.125, 0.125]]
    """
    shares = np.ones((len(covers), 1))
    for cover in covers.T:
        both = np.stack([1.0 - cover, cover], axis=1)
        shares = (shares[:, :, None] * both[:, None, :]).reshape(len(covers), -1)
    return shares


def _worth(shares: Floats, matrix: Floats) -> Floats:
    """What each feature adds at a leaf of value 1: (leaves, 2^d, d). Woodelf's sums over subsets, for many leaves at once."""
    patterns = np.arange(shares.shape[1])
    for bit in 2 ** np.arange(matrix.shape[1])[::-1]:
        has = (patterns & bit) != 0
        shares = shares.copy()
        shares[:, ~has] += shares[:, has]
    worth = matrix[None] * shares[:, ::-1, None]
    for bit in 2 ** np.arange(matrix.shape[1]):
        has = (patterns & bit) != 0
        worth[:, has] += worth[:, ~has]
    return worth


class WholeBook:
    """Woodelf on boosters averaged with equal weight; its tables are made with the first rows and kept for more.

    Args:
        boosters: averaged in log-odds.
    """

    def __init__(self, boosters: Sequence[lgb.Booster]) -> None:
        self._trees = trees_of(boosters)
        self._tables: _Tables | None = None

    @property
    def is_able(self) -> bool:
        """Whether woodelf is of use: tables of a size that pays, and training rows counted in every node."""
        widest = self._trees.widest
        n_bytes = 2 * 8 * self._trees.leaves * widest * 2**widest
        return widest <= MOST_FEATURES and n_bytes <= MOST_BYTES and self._trees.is_counted

    def shap_values(self, codes: Floats) -> Floats:
        """Path-dependent SHAP values in log-odds, (rows, features); positive raises the margin.

        Args:
            codes: (rows, features) as the boosters read them.
        """
        values = np.zeros(codes.shape)
        if self._trees.forest is None or not len(codes):
            return values
        self._tables = self._tables or _Tables(self._trees)
        explain = partial(
            WoodelfExplainer(self._trees.forest).shap_values,
            path_to_matrices_calculator=self._tables,
            verbose=False,
        )
        blocks = np.array_split(np.arange(len(codes)), -(-len(codes) // BLOCK))

        def fill(rows: Any) -> None:
            values[rows] = explain(pd.DataFrame(np.asfortranarray(codes[rows])))

        with ThreadPoolExecutor(min(MOST_WORKERS, os.cpu_count() or 1)) as workers:
            list(workers.map(fill, blocks))
        return values
