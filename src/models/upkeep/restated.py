"""Whom reasons are compared with, after a correction of the calibration: points of healthy customers on the new scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from contracts.arrays import Floats
from models.upkeep.ladder import Correction


def restated(reasons: Mapping[str, Any], correction: Correction, odds: Floats) -> dict[str, Any]:
    """`reasons.json` after a correction: what healthy customers' points are, with which a customer's are compared.

    A line on the log-odds multiplies every point by its slope, whatever calibrator lies below: points are SHAP values times a
    secant of the score. A curve does so by its own secant between the quartiles of the book.

    Args:
        reasons: as the champion has them.
        correction: of its log-odds.
        odds: its log-odds of the outcomes that the correction was fitted on.

    >>> kept = {"speaker": {"healthy_points": [-2.0, 1.0]}}
    >>> restated(kept, Correction(0.3, 1.5), np.array([-4.0, -2.0]))["speaker"]["healthy_points"]
    [-3.0, 1.5]
    """
    if reasons.get("speaker") is None:
        return dict(reasons)
    low, high = np.quantile(odds, [0.25, 0.75]) if len(odds) else (-4.0, -2.0)
    ends = np.array([low, high if high > low else low + 1.0])
    slope = float(np.diff(correction.apply(ends))[0] / np.diff(ends)[0])
    points = [one * slope for one in reasons["speaker"]["healthy_points"]]
    return {**reasons, "speaker": {**reasons["speaker"], "healthy_points": points}}
