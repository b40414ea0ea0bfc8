"""A shift of the level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats
from models.calibration.form import Form, Named, shift_to_rate


@dataclass(frozen=True, slots=True)
class Offset(Named):
    """A shift of the level: m + intercept."""

    intercept: float

    def log_odds(self, margin: Floats) -> Floats:
        """The margin, shifted.

        >>> Offset(0.5).log_odds(np.array([-3.0])).tolist()
        [-2.5]
        """
        return np.asarray(margin + self.intercept)


def fit_offset(margin: Floats, defaulted: Bools) -> Offset:
    """The maximum-likelihood shift: the mean PD equals the default rate."""
    return Offset(shift_to_rate(margin, float(np.mean(defaulted))))


FORM = Form(Offset, fit_offset, rung=1, title=("shift of the level", "平移水平"))
