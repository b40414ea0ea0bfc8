"""PD to score and grade. On the floor because models (points), decisions (grades) and the bundle share it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from contracts.config.scale import ScaleConfig

MIN_SCORE, MAX_SCORE = 1, 999
PD_FLOOR = 1e-6
"""No PD is nearer to 0 or 1 where its log-odds are taken: those of 0 and 1 are infinite."""


def floored(pd: ArrayLike) -> NDArray[np.float64]:
    """The PD within [PD_FLOOR, 1 - PD_FLOOR].

    >>> floored([0.0, 0.2, 1.0]).tolist()
    [1e-06, 0.2, 0.999999]
    """
    return np.clip(np.asarray(pd, dtype=np.float64), PD_FLOOR, 1.0 - PD_FLOOR)


def exact_score(pd: ArrayLike, scale: ScaleConfig) -> NDArray[np.float64]:
    """Score before rounding and clipping: offset + factor ln((1 - PD) / PD), higher is healthier.

    factor = pdo / ln 2 and offset = base_score - factor ln(base_odds), so that odds of
    `base_odds` : 1 of staying good are worth `base_score`, and doubling them adds `pdo` points.

    Args:
        pd: probabilities of default in (0, 1), any shape.
        scale: points to double the odds and the base.

    Source: Siddiqi, Credit Risk Scorecards (2006), chapter 6.

    >>> [round(float(s), 6) for s in exact_score([1 / 31, 1 / 61], ScaleConfig())]
    [600.0, 640.0]
    """
    chance = np.asarray(pd, dtype=np.float64)
    factor = scale.pdo / np.log(2.0)
    offset = scale.base_score - factor * np.log(scale.base_odds)
    return np.asarray(offset + factor * (np.log1p(-chance) - np.log(chance)))


def score(pd: ArrayLike, scale: ScaleConfig) -> NDArray[np.int64]:
    """Customer health score: `exact_score` rounded and clipped to 1..999.

    >>> score([1 / 31, 1e-12], ScaleConfig()).tolist()
    [600, 999]
    """
    points = np.clip(np.rint(exact_score(pd, scale)), MIN_SCORE, MAX_SCORE)
    return np.asarray(points, dtype=np.int64)


def grade(pd: ArrayLike, scale: ScaleConfig) -> NDArray[np.int64]:
    """Grade 1 (exceptional) and up: one more than the number of upper bounds that the PD reaches.

    A bound belongs to the riskier grade: [bound, next bound).

    >>> grade([0.0004, 0.0005, 0.30], ScaleConfig()).tolist()
    [1, 2, 10]
    """
    bounds = np.asarray(scale.grade_bounds, dtype=np.float64)
    return np.asarray(np.searchsorted(bounds, np.asarray(pd), side="right") + 1, dtype=np.int64)
