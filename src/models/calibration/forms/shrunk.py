"""Half a shift of the level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats
from models.calibration.form import Form, Named
from models.calibration.forms.offset import fit_offset

WEIGHT = 0.5
"""Of the shift that the newest block asks for. Levels of the economy revert: of a deviation from what the model expects, about
half is left a year later (an autoregression with coefficient 0.5), so the whole of it overshoots after a crisis."""


@dataclass(frozen=True, slots=True)
class Shrunk(Named):
    """A shift of the level by half of what the rows it was learned from ask for: m + intercept."""

    intercept: float

    def log_odds(self, margin: Floats) -> Floats:
        """The margin, shifted.

        >>> Shrunk(0.25).log_odds(np.array([-3.0])).tolist()
        [-2.75]
        """
        return np.asarray(margin + self.intercept)


def fit_shrunk(margin: Floats, defaulted: Bools) -> Shrunk:
    """Half the maximum-likelihood shift.

    >>> found = fit_shrunk(np.array([0.0, 0.0, 0.0, 0.0]), np.array([True, False, False, False]))
    >>> round(found.intercept, 6)  # ln(1 / 3) / 2
    -0.549306
    """
    return Shrunk(WEIGHT * fit_offset(margin, defaulted).intercept)


FORM = Form(Shrunk, fit_shrunk, rung=0.5, title=("half a shift of the level", "水平平移的一半"))
