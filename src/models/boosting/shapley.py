"""What each feature adds to a customer's score: exact SHAP values, turned into points that add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.errors import BundleError
from contracts.scale import exact_score
from models.boosting.booster import Ensemble
from models.boosting.whole_book import WholeBook

# Below this sum of SHAP values (log-odds) the ratio of points to log-odds is noise, and its limit, the slope, is used.
MIN_SUM = 1e-7
SLOPE_STEP = 1e-4

WHOLE_BOOK = 3_000
"""Rows from which tables are faster than LightGBM's own: they cost the same for one row as for all."""
TOLERANCE = 1e-5
"""Log-odds that SHAP values may be away from LightGBM's margin, and from LightGBM's own values."""
PROBES = 100
"""Rows, spread over the book, whose values are compared one by one with LightGBM's own."""

Route = Literal["lightgbm", "tables"]
Calibrate = Callable[[Floats], Floats]
"""Margin (log-odds) to calibrated PD."""
Worth = Callable[[Floats], Floats]
"""Margin (log-odds) to any unit that follows from it."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """SHAP values of the booster(s), log-odds: margin = expected + sum of a row.

    Attributes:
        phi: (rows, features); positive raises the PD.
        expected: mean margin of the booster over what it was trained on.
        route: LightGBM's own, or the tables of `whole_book`.
        error: the largest gap seen between a row's sum and its margin, or a value and LightGBM's own, log-odds.
    """

    phi: Floats
    expected: float
    route: Route = "lightgbm"
    error: float = 0.0

    @property
    def margin(self) -> Floats:
        """Log-odds of each row before calibration."""
        return np.asarray(self.expected + self.phi.sum(axis=1))

    def part(self, rows: slice) -> Contributions:
        """Those of some of the rows."""
        return replace(self, phi=self.phi[rows])


@dataclass(frozen=True, slots=True)
class Parts:
    """SHAP values in another unit: what a row is worth = base + sum of the row.

    Attributes:
        by_feature: (rows, features).
        base: what the expected margin is worth, the same for every row.
        rate: what a log-odd of the row is worth, one a row.
    """

    by_feature: Floats
    base: float
    rate: Floats

    @property
    def worth(self) -> Floats:
        """What each row is worth."""
        return np.asarray(self.base + self.by_feature.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Points(Parts):
    """SHAP values on the score scale: exact score = base + sum of a row; higher is healthier."""

    @property
    def score(self) -> Floats:
        """Exact score of each row, before rounding and clipping."""
        return self.worth


class Explainer:
    """Exact TreeSHAP values (path-dependent, log-odds); those of an average of boosters are the average of theirs.

    A few rows are LightGBM's own; a whole book is read off tables (`whole_book`), checked against the margin in every row and against
    LightGBM's own values in a hundred. What does not hold to 1e-5 is thrown away, and LightGBM's own taken.

    Source: Lundberg, Erion and Lee, Consistent individualized feature attribution for tree ensembles (2018).

    Args:
        ensemble: averaged in log-odds.
    """

    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble = ensemble
        self._book: WholeBook | None = None

    def contributions(self, codes: Floats, margin: Floats | None = None) -> Contributions:
        """SHAP values of rows, few or many; an explainer that has seen many is fast for few as well.

        Args:
            codes: (rows, features) as the boosters read them.
            margin: what the boosters say of these rows, where it is known already.

        Raises:
            BundleError: LightGBM's own values do not add up to its margin.
        """
        margin = self.ensemble.margin_of(codes) if margin is None else margin
        if self._book is None and len(codes) >= WHOLE_BOOK:
            self._book = WholeBook(self.ensemble.boosters)
        if self._book is not None and self._book.is_able and len(codes):
            held = self._held(codes, margin, self._book.shap_values(codes))
            if held is not None:
                return held
        return self._own(codes, margin)

    def _held(self, codes: Floats, margin: Floats, found: Floats) -> Contributions | None:
        """Values that hold against LightGBM; None otherwise."""
        probes = np.unique(np.linspace(0, len(codes) - 1, PROBES).astype(np.int64))
        own = self.ensemble.contributions(codes[probes])
        expected = float(own[0, -1])
        gaps = (
            np.abs(expected + found.sum(axis=1) - margin).max(),
            np.abs(found[probes] - own[:, :-1]).max(),
        )
        error = float(np.max(gaps))  # a value that is no number is no small error
        return Contributions(found, expected, "tables", error) if error <= TOLERANCE else None

    def _own(self, codes: Floats, margin: Floats) -> Contributions:
        own = self.ensemble.contributions(codes)
        error = float(np.abs(own.sum(axis=1) - margin).max(initial=0.0))
        if not error <= TOLERANCE:
            raise BundleError(
                "The SHAP values do not add up to the margin.",
                where="data/model/booster.txt",
                value=f"{error:.3g} log-odds away, where {TOLERANCE:g} is allowed",
                next_step="Train again without linear trees: LightGBM cannot explain them.",
            )
        # the expected margin is a constant of the trees; an empty book has no row to read it from
        expected = float(own[0, -1]) if len(own) else 0.0
        return Contributions(np.asarray(own[:, :-1]), expected, "lightgbm", error)


def contributions(ensemble: Ensemble, codes: Floats) -> Contributions:
    """SHAP values of one set of rows: see `Explainer`."""
    return Explainer(ensemble).contributions(codes)


def points(found: Contributions, calibrate: Calibrate, scale: ScaleConfig) -> Points:
    """Points of feature i in a row = phi_i r, where r = (score(m) - score(m0)) / (m - m0).

    r is the secant of the exact score between the expected margin m0 and the row's margin m, so
    base + sum of points is the exact score for any calibrator; where m is m0 it is the slope there.

    Args:
        found: SHAP values of the rows.
        calibrate: margin to PD, not falling.
        scale: points to double the odds and the base.

    >>> found = Contributions(np.array([[0.5, -1.5], [1.0, -1.0]]), expected=-2.0)
    >>> def sigmoid(margin): return 1 / (1 + np.exp(-margin))
    >>> made = points(found, sigmoid, ScaleConfig(pdo=100 * np.log(2), base_score=1, base_odds=1))
    >>> made.base, made.by_feature.round(6).tolist()   # 100 points per log-odds: the scores are 301 and 201
    (201.0, [[-50.0, 150.0], [-100.0, 100.0]])
    """
    made = shared_out(found, lambda margin: exact_score(calibrate(margin), scale))
    return Points(made.by_feature, made.base, made.rate)


def shared_out(found: Contributions, worth: Worth) -> Parts:
    """SHAP values in any unit that follows from the margin: worth(m) = base + sum of a row, exactly.

    Part of feature i in a row = phi_i r, r the secant of `worth` between the expected margin and the row's.

    Args:
        found: SHAP values of the rows.
        worth: margin to the unit: a probability, a score.

    >>> found = Contributions(np.array([[1.0, 1.0]]), expected=-2.0)
    >>> parts = shared_out(found, lambda margin: 1 / (1 + np.exp(-margin)))   # a PD of 50 % where 12 % is expected
    >>> round(parts.base, 4), parts.by_feature.round(4).tolist()
    (0.1192, [[0.1904, 0.1904]])
    """
    start = np.array([found.expected])
    rate = secant(worth, np.broadcast_to(start, len(found.phi)), found.margin)
    return Parts(np.asarray(found.phi * rate[:, None]), float(worth(start)[0]), rate)


def secant(worth: Worth, start: Floats, end: Floats) -> Floats:
    """(worth(end) - worth(start)) / (end - start), and the slope at `start` where the two are the same but for noise.

    Args:
        worth: margin to the unit.
        start: margins, one a row.
        end: margins, one a row.
    """
    moved = end - start
    is_tiny = np.abs(moved) < MIN_SUM
    slope = (worth(start + SLOPE_STEP) - worth(start - SLOPE_STEP)) / (2.0 * SLOPE_STEP)
    return np.where(is_tiny, slope, (worth(end) - worth(start)) / np.where(is_tiny, 1.0, moved))
