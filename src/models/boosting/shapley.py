"""What each feature adds to a customer's score: exact SHAP values, turned into points that add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.errors import BundleError
from contracts.scale import exact_score
from models.boosting import whole_book
from models.boosting.booster import Ensemble

# Below this sum of SHAP values (log-odds) the ratio of points to log-odds is noise, and its limit, the slope, is used.
MIN_SUM = 1e-7
SLOPE_STEP = 1e-4

WHOLE_BOOK = 3_000
"""Rows from which woodelf is faster than LightGBM's own: its tables cost the same for one row as for all."""
TOLERANCE = 1e-5
"""Log-odds that SHAP values may be away from LightGBM's margin, and from LightGBM's own values."""
PROBES = 100
"""Rows, spread over the book, whose values are compared one by one with LightGBM's own."""

Route = Literal["lightgbm", "woodelf"]
Calibrate = Callable[[Floats], Floats]
"""Margin (log-odds) to calibrated PD."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """SHAP values of the booster(s), log-odds: margin = expected + sum of a row.

    Attributes:
        phi: (rows, features); positive raises the PD.
        expected: mean margin of the booster over what it was trained on.
        route: who computed them.
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


@dataclass(frozen=True, slots=True)
class Points:
    """SHAP values on the score scale: exact score = base + sum of a row; higher is healthier.

    Attributes:
        by_feature: (rows, features).
        base: the exact score at the expected margin, the same for every row.
    """

    by_feature: Floats
    base: float

    @property
    def score(self) -> Floats:
        """Exact score of each row, before rounding and clipping."""
        return np.asarray(self.base + self.by_feature.sum(axis=1))


def contributions(ensemble: Ensemble, codes: Floats) -> Contributions:
    """Exact TreeSHAP values (path-dependent, log-odds); those of an average of boosters are the average of theirs.

    A few rows are LightGBM's own; a whole book is woodelf's, checked against the margin in every row and against
    LightGBM's own values in a hundred. What does not hold to 1e-5 is thrown away, and LightGBM's own taken.

    Args:
        ensemble: averaged in log-odds.
        codes: (rows, features) as the boosters read them.

    Raises:
        BundleError: LightGBM's own values do not add up to its margin.

    Source: Lundberg, Erion and Lee, Consistent individualized feature attribution for tree ensembles (2018).
    """
    margin = ensemble.margin_of(codes)
    if len(codes) >= WHOLE_BOOK:
        fast = whole_book.shap_values(ensemble.boosters, codes)
        held = None if fast is None else _held(ensemble, codes, margin, fast)
        if held is not None:
            return held
    own = ensemble.contributions(codes)
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


def _held(ensemble: Ensemble, codes: Floats, margin: Floats, found: Floats) -> Contributions | None:
    """Values that hold against LightGBM; None otherwise."""
    probes = np.unique(np.linspace(0, len(codes) - 1, PROBES).astype(np.int64))
    own = ensemble.contributions(codes[probes])
    expected = float(own[0, -1])
    gaps = (
        np.abs(expected + found.sum(axis=1) - margin).max(),
        np.abs(found[probes] - own[:, :-1]).max(),
    )
    error = float(np.max(gaps))  # a value that is no number is no small error
    return Contributions(found, expected, "woodelf", error) if error <= TOLERANCE else None


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
    start = np.array([found.expected])
    base = float(exact_score(calibrate(start), scale)[0])
    total = found.phi.sum(axis=1)
    gained = exact_score(calibrate(found.expected + total), scale) - base
    ends = exact_score(calibrate(start + np.array([-SLOPE_STEP, SLOPE_STEP])), scale)
    slope = float(ends[1] - ends[0]) / (2.0 * SLOPE_STEP)
    tiny = np.abs(total) < MIN_SUM
    rate = np.where(tiny, slope, gained / np.where(tiny, 1.0, total))
    return Points(np.asarray(found.phi * rate[:, None]), base)
