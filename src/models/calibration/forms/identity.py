"""No calibration: the booster's own probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Bools, Floats
from models.calibration.form import Form, Named


@dataclass(frozen=True, slots=True)
class Identity(Named):
    """The margin as it is."""

    def log_odds(self, margin: Floats) -> Floats:
        """The margin itself."""
        return np.asarray(margin, dtype=np.float64)


def fit_identity(margin: Floats, defaulted: Bools) -> Identity:
    """Nothing to learn."""
    del margin, defaulted
    return Identity()


FORM = Form(Identity, fit_identity, rung=0, title=("as it is", "不调整"))
