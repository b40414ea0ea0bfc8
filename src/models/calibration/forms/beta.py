"""A curve of three numbers, whose two ends bend apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_expit

from contracts.arrays import Bools, Floats
from models.calibration.form import Form, Named, logistic


@dataclass(frozen=True, slots=True)
class Beta(Named):
    """Shape at both ends: c + a ln p - b ln(1 - p), p = sigmoid(m), a and b >= 0 (Kull 2017)."""

    a: float
    b: float
    c: float

    def log_odds(self, margin: Floats) -> Floats:
        """The beta map; a = b = 1, c = 0 is the identity.

        >>> Beta(1.0, 1.0, 0.0).log_odds(np.array([-2.0])).round(12).tolist()
        [-2.0]
        """
        return np.asarray(self.c + self.a * log_expit(margin) - self.b * log_expit(-margin))


def fit_beta(margin: Floats, defaulted: Bools) -> Beta | None:
    """Maximum likelihood with a, b >= 0: a negative one is set to 0 and the other refitted (Kull 2017)."""
    columns = np.column_stack([np.ones_like(margin), log_expit(margin), -log_expit(-margin)])
    used = [0, 1, 2]
    while True:
        fitted = logistic(columns[:, used], defaulted)
        if fitted is None:
            return None
        whole = np.zeros(3)
        whole[used] = fitted
        if (whole[1:] >= 0).all():
            break
        used.remove(1 + int(np.argmin(whole[1:])))
    c, a, b = (float(value) for value in whole)
    return Beta(a, b, c) if a > 0 or b > 0 else None


FORM = Form(Beta, fit_beta, rung=3, title=("curve of three numbers", "三参数曲线"), is_shaped=True)
