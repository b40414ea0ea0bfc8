"""An additive points table: for each feature its bands and what each adds to the log-odds of default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from contracts.arrays import Floats
from models.base.data import Feature, ModelContract

BIGGEST = float(np.finfo(np.float64).max)
"""A value above it is infinite, and read as missing; minus infinity lies in the first band."""

ZERO = 1e-35
"""Numbers within it of 0 count as 0, as LightGBM reads them."""


@dataclass(frozen=True, slots=True)
class Bands:
    """One feature of the table.

    Attributes:
        feature: its name, direction, and levels where it is a category.
        cuts: of a number: band i holds (cuts[i - 1], cuts[i]]; the first and last are open. Empty for a category.
        odds: what each band, or each level, adds to the log-odds.
        missing: what a missing value, or a level that is not listed, adds.
    """

    feature: Feature
    cuts: tuple[float, ...]
    odds: tuple[float, ...]
    missing: float

    def of(self, codes: Floats) -> Floats:
        """What each encoded value adds (`ModelContract.encode`).

        >>> Bands(Feature("x", "number", 1), (0.0, 2.0), (-1.0, 0.0, 3.0), 0.5).of(np.array([0.0, 2.0, 2.1, np.nan])).tolist()
        [-1.0, 0.0, 3.0, 0.5]
        """
        known = codes <= BIGGEST
        if self.feature.levels is not None:
            place = np.where(known, codes, 0).astype(np.int64)
        else:
            near = np.where(np.abs(codes) <= ZERO, 0.0, codes)
            place = np.searchsorted(np.asarray(self.cuts), near, side="left")
        place = np.minimum(place, len(self.odds) - 1)
        return np.where(known, np.asarray(self.odds)[place], self.missing)

    def times(self, factor: float) -> Bands:
        """The same bands with another weight."""
        return replace(
            self, odds=tuple(factor * one for one in self.odds), missing=factor * self.missing
        )

    @property
    def spread(self) -> float:
        """Log-odds between the best and the worst band."""
        return max(self.odds) - min(self.odds)

    @property
    def is_monotone(self) -> bool:
        """Whether the bands keep the feature's promised direction."""
        return all((high - low) * self.feature.direction >= 0 for low, high in pairwise(self.odds))


@dataclass(frozen=True, slots=True)
class PointsTable:
    """log-odds of default = intercept + what the band of each feature adds."""

    intercept: float
    bands: tuple[Bands, ...]

    def contract(self, portfolio: str, horizon_months: int) -> ModelContract:
        """The features in the table's order."""
        return ModelContract(portfolio, horizon_months, tuple(one.feature for one in self.bands))

    def added(self, codes: Floats) -> Floats:
        """What each feature adds in each row, shape (n, features)."""
        columns = [one.of(codes[:, place]) for place, one in enumerate(self.bands)]
        return np.column_stack(columns) if columns else np.empty((len(codes), 0))

    def margin(self, codes: Floats) -> Floats:
        """Log-odds of each row."""
        return np.asarray(self.intercept + self.added(codes).sum(axis=1))

    def weighted(self, intercept: float, weights: Mapping[str, float]) -> PointsTable:
        """The table with this intercept and each feature's points times its weight."""
        return PointsTable(
            intercept, tuple(one.times(weights[one.feature.name]) for one in self.bands)
        )
