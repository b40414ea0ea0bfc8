"""A shift of the level and a change of the spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats
from models.calibration.form import Form, Named, logistic


@dataclass(frozen=True, slots=True)
class Platt(Named):
    """Level and spread: intercept + slope m, slope > 0 (Platt 1999)."""

    slope: float
    intercept: float

    def log_odds(self, margin: Floats) -> Floats:
        """The margin, stretched and shifted.

        >>> Platt(slope=0.5, intercept=1.0).apply(np.array([-2.0])).tolist()
        [0.5]
        """
        return np.asarray(self.intercept + self.slope * margin)


def fit_platt(margin: Floats, defaulted: Bools) -> Platt | None:
    """Maximum likelihood; None where the slope would not be positive (it would turn the order round)."""
    fitted = logistic(np.column_stack([np.ones_like(margin), margin]), defaulted)
    if fitted is None or fitted[1] <= 0:
        return None
    return Platt(slope=float(fitted[1]), intercept=float(fitted[0]))


FORM = Form(Platt, fit_platt, rung=2, title=("shift and stretch", "平移并伸缩"))
