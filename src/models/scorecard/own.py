"""A book's own inputs where no points are stated for any of them: standard scores, which a shrunk logistic weighs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtri

from contracts.arrays import Bools, Floats
from models.base.data import Feature, ModelContract
from models.base.points import Bands, PointsTable
from models.scorecard.shrinkage import Beliefs

BANDS = 10
"""Bands of a number, of about as many observations each."""
SPREAD = 2.0
"""Standard deviation, in log-odds, that is believed of the whole score: a Gini of 0.84 where defaults are rare, so that ten defaults can tell."""
EDGE = 1e-9
"""Spread below which a column says nothing."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the logistic: the standard score of a number's band, that its value is missing, or one level of a category.

    Attributes:
        place: of the input in the contract.
        level: position of the level, MISSING, or SCORE.
        mean: of the column in the book; taken off, so that weights leave the level to the level.
        variance: of the column in the book.
        least: what its weight may not fall below.
    """

    place: int
    level: int
    mean: float
    variance: float
    least: float


SCORE, MISSING = -1, -2


@dataclass(frozen=True, slots=True)
class OwnInputs:
    """The inputs of a book as columns.

    Attributes:
        bands: of each input in the contract's order: a number's standard scores, times -1 where more of it is promised to be
            less risk; a category's levels, adding nothing yet.
        columns: of all inputs.
    """

    bands: tuple[Bands, ...]
    columns: tuple[Column, ...]

    @classmethod
    def learned(cls, codes: Floats, contract: ModelContract) -> OwnInputs:
        """From the values of a book; outcomes are not read.

        Args:
            codes: encoded rows, shape (n, features).
            contract: the inputs that vary, with directions and levels.

        >>> contract = ModelContract("p", 12, (Feature("size", "number", -1), Feature("region", "category", 0, ("n", "s"))))
        >>> own = OwnInputs.learned(np.array([[1.0, 0], [2.0, 1], [3.0, 0], [np.nan, 0]]), contract)
        >>> [(one.place, one.level, round(one.mean, 2), one.least) for one in own.columns]
        [(0, -1, 0.0, 0.0), (0, -2, 0.25, -inf), (1, 0, 0.75, -inf), (1, 1, 0.25, -inf)]
        >>> [round(one, 2) for one in own.bands[0].odds]
        [1.22, 0.0, -1.22]
        """
        bands = tuple(
            _levels(one) if one.levels is not None else _scores(codes[:, place], one)
            for place, one in enumerate(contract.features)
        )
        found = [
            one for place, of in enumerate(bands) for one in _columns(codes[:, place], place, of)
        ]
        return cls(bands, tuple(found))

    def matrix(self, codes: Floats) -> Floats:
        """The columns of encoded rows, shape (n, columns), each with mean 0 in the book they were learned from."""
        made = [_raw(codes[:, one.place], self.bands[one.place], one.level) - one.mean for one in self.columns]  # fmt: skip
        return np.column_stack(made) if made else np.empty((len(codes), 0))

    def named(self, column: Column) -> str:
        """`score`, `missing`, or the level."""
        levels = self.bands[column.place].feature.levels
        if levels is not None:
            return levels[column.level]
        return "score" if column.level == SCORE else "missing"

    def beliefs(self, level_weight: float) -> Beliefs:
        """That nothing is known of any of them: weights about 0, of one variance, at which the whole score spreads by `SPREAD`.

        A prior on how much all inputs together explain in place of one on each: with ten times as many inputs each is
        believed to say a tenth.

        Args:
            level_weight: defaults that the stated level weighs as much as.

        Source: Zhang et al., Bayesian regression using a prior on the model fit: the R2-D2 shrinkage prior, Journal of the
        American Statistical Association 117 (2022), for the idea; here with one variance for all.
        """
        each = sum(one.variance for one in self.columns) / SPREAD**2
        least = np.array([one.least for one in self.columns])
        return Beliefs(
            np.append(level_weight, np.full(len(least), each)), np.zeros(len(least)), least
        )

    def table(self, intercept: float, weights: Floats) -> PointsTable:
        """The points table of these weights: log-odds = intercept + matrix @ weights.

        Args:
            intercept: log-odds where every column is at its mean.
            weights: of each column.
        """
        of = {
            (one.place, one.level): weight
            for one, weight in zip(self.columns, weights.tolist(), strict=True)
        }
        level = intercept - sum(one.mean * of[one.place, one.level] for one in self.columns)
        return PointsTable(
            level, tuple(_weighed(one, place, of) for place, one in enumerate(self.bands))
        )


def _weighed(bands: Bands, place: int, of: Mapping[tuple[int, int], float]) -> Bands:
    """The bands of an input with the weights of its columns; a column that does not vary adds nothing."""
    if bands.feature.levels is not None:
        levels = range(len(bands.odds))
        return replace(bands, odds=tuple(of.get((place, level), 0.0) for level in levels))
    return replace(bands.times(of.get((place, SCORE), 0.0)), missing=of.get((place, MISSING), 0.0))


def _levels(feature: Feature) -> Bands:
    return Bands(feature, (), (0.0,) * len(feature.levels or ()), 0.0)


def _scores(values: Floats, feature: Feature) -> Bands:
    """Normal scores of the middle rank of each band, with mean 0 and variance 1 over the known values."""
    known = np.sort(values[~np.isnan(values)])
    inner = np.arange(1, BANDS) / BANDS
    cuts = np.unique(np.quantile(known, inner, method="inverted_cdf"))
    cuts = cuts[cuts < known[-1]]
    share = np.bincount(np.searchsorted(cuts, known, side="left"), minlength=len(cuts) + 1) / len(known)  # fmt: skip
    score = ndtri(np.cumsum(share) - share / 2.0)
    score = score - share @ score
    spread = float(np.sqrt(share @ score**2))
    sign = -1.0 if feature.direction < 0 else 1.0
    scaled = sign * score / spread if spread > EDGE else np.zeros_like(score)
    return Bands(feature, tuple(cuts.tolist()), tuple(scaled.tolist()), 0.0)


def _raw(codes: Floats, bands: Bands, level: int) -> Floats:
    if level == SCORE:
        return bands.of(codes)
    hit: Bools = np.isnan(codes) if level == MISSING else codes == level
    return hit.astype(np.float64)


def _columns(codes: Floats, place: int, bands: Bands) -> Iterator[Column]:
    """Those that vary in the book."""
    levels = range(len(bands.odds)) if bands.feature.levels is not None else (SCORE, MISSING)
    for level in levels:
        values = _raw(codes, bands, level)
        mean, variance = float(np.mean(values)), float(np.var(values))
        promised = level == SCORE and bands.feature.direction != 0
        if variance > EDGE:
            yield Column(place, level, mean, variance, 0.0 if promised else -np.inf)
