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
from models.boosting.woodelf_trees import trees_of

BLOCK = 32_768
"""Rows at a time: 181 features of them are 47 MB."""
MOST_FEATURES = 10
"""On one path, above which the tables (2 to this power) cost more than they save."""
MOST_WORKERS = 2
"""Blocks under way at once; numpy's look-ups let other threads run."""


class _Tables(HighDepthWoodelfPathToSVectors):  # type: ignore[misc] # woodelf publishes no types
    """Woodelf's tables in double precision, made once a leaf and kept for the next block of rows."""

    def __init__(self, widest: int) -> None:
        super().__init__(ShapleyValues(), widest)
        self._kept: dict[object, list[Any]] = {}

    def _build_matrices(self) -> None:
        """What each feature above a leaf is worth, by how a row meets them; woodelf's own are in single precision."""
        for depth in range(self.max_depth + 1):
            cubes = self.map_patterns_to_cube(list(range(depth)))
            made = self.build_patterns_to_values_sparse_matrix(cubes, self.metric)
            self.matrices_frs_subsets[depth] = list(made)
            self.matrices[depth] = np.array(list(made.values()), dtype=np.float64).T

    @staticmethod
    def compute_f_from_covers(covers: Floats) -> Floats:
        """Share of training rows that meet the splits above a leaf in each way, were they independent.

        >>> _Tables.compute_f_from_covers(np.array([0.25, 0.5])).tolist()   # neither, second, first, both
        [0.375, 0.375, 0.125, 0.125]
        """
        shares = np.ones(1)
        for cover in covers:
            shares = np.outer(shares, (1.0 - cover, cover)).ravel()
        return shares

    def get_path_dependent_s_matrix(
        self,
        features_in_path: list[int],
        consumer_patterns: Any,
        covers: Any,
        w: float,
        w_neighbor: float | None = None,
    ) -> dict[int, Any]:
        """The table of each feature above a leaf. It depends on how rows divide above it, not on which features do."""
        leaf = (covers.tobytes(), w, w_neighbor)
        if leaf not in self._kept:
            places = list(range(len(features_in_path)))
            made = super().get_path_dependent_s_matrix(
                places, consumer_patterns, covers, w, w_neighbor
            )
            self._kept[leaf] = [made[place] for place in places]
        return dict(zip(features_in_path, self._kept[leaf], strict=True))


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
        """Whether woodelf is of use: not where a path is over too many features, nor where training rows were not counted."""
        return self._trees.widest <= MOST_FEATURES and self._trees.is_counted

    def shap_values(self, codes: Floats) -> Floats:
        """Path-dependent SHAP values in log-odds, (rows, features); positive raises the margin.

        Args:
            codes: (rows, features) as the boosters read them.
        """
        values = np.zeros(codes.shape)
        if self._trees.forest is None or not len(codes):
            return values
        self._tables = self._tables or _Tables(self._trees.widest)
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
