"""PD to score and grade. On the floor because models (points), decisions (grades) and the bundle share it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from contracts.config.scale import ScaleConfig
from contracts.errors import ConfigError

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


def refuse_clipped(scale: ScaleConfig) -> None:
    """Raises ConfigError where bounds of grades lie beyond the ends of the scale, so that customers of different grades have one score.

    >>> refuse_clipped(ScaleConfig(pdo=80))
    Traceback (most recent call last):
    contracts.errors.ConfigError: Scores end at 1 and 999, and a PD of 0.0005, where a grade ends, would have 1,085.
      where: configs/params.yaml > scale
      value: base_score 600, base_odds 30, pdo 80
      do:    Let fewer points double the odds (pdo), or move base_score and base_odds, so that every bound has a score of its own.
    """
    for bound, points in zip(scale.grade_bounds, exact_score(scale.grade_bounds, scale), strict=True):  # fmt: skip
        if not MIN_SCORE < points < MAX_SCORE:
            raise ConfigError(
                f"Scores end at {MIN_SCORE} and {MAX_SCORE}, and a PD of {bound:g}, where a grade ends, would have {points:,.0f}.",
                where="configs/params.yaml > scale",
                value=f"base_score {scale.base_score:g}, base_odds {scale.base_odds:g}, pdo {scale.pdo:g}",
                next_step="Let fewer points double the odds (pdo), or move base_score and base_odds, so that every bound has a score of its own.",
            )


def grade(pd: ArrayLike, scale: ScaleConfig) -> NDArray[np.int64]:
    """Grade 1 (exceptional) and up: one more than the number of upper bounds that the PD reaches.

    A bound belongs to the riskier grade: [bound, next bound).

    >>> grade([0.0004, 0.0005, 0.30], ScaleConfig()).tolist()
    [1, 2, 10]
    """
    bounds = np.asarray(scale.grade_bounds, dtype=np.float64)
    return np.asarray(np.searchsorted(bounds, np.asarray(pd), side="right") + 1, dtype=np.int64)
