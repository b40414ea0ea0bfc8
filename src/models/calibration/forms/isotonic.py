"""Steps: any rising curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from contracts.arrays import Bools, Floats
from contracts.scale import floored
from models.calibration.form import Form, Named

MIN_DEFAULTS_PER_STEP = 10


@dataclass(frozen=True, slots=True)
class Isotonic(Named):
    """Any rising curve: straight lines in PD between steps (margins, pds), flat beyond the ends."""

    margins: tuple[float, ...]
    pds: tuple[float, ...]

    def log_odds(self, margin: Floats) -> Floats:
        """Log-odds of the interpolated PD, which is kept within the floor: steps may reach 0 or 1.

        >>> Isotonic((-2.0, 0.0), (0.1, 0.3)).apply(np.array([-5.0, -1.0])).round(12).tolist()
        [0.1, 0.2]
        """
        chance = np.interp(margin, self.margins, self.pds)
        return np.asarray(logit(floored(chance)))


def fit_isotonic(margin: Floats, defaulted: Bools) -> Isotonic | None:
    """Pooled adjacent violators, steps merged until each holds at least ten defaults; None with under two steps.

    A step stands at its mean margin with its default rate.
    """
    from sklearn.isotonic import isotonic_regression  # noqa: PLC0415 - applying one needs none

    order = np.argsort(margin, kind="stable")
    sorted_margin, outcome = margin[order], defaulted[order].astype(np.float64)
    values, position = np.unique(sorted_margin, return_inverse=True)  # equal margins share a step
    weight = np.bincount(position).astype(np.float64)
    rate = isotonic_regression(np.bincount(position, outcome) / weight, sample_weight=weight)
    _, step = np.unique(rate, return_inverse=True)
    n = np.bincount(step, weight)
    bad = np.bincount(step, np.bincount(position, outcome))
    total = np.bincount(step, values * weight)
    merged = _merge(np.column_stack([n, bad, total]))
    if len(merged) < 2:
        return None
    return Isotonic(
        tuple((merged[:, 2] / merged[:, 0]).tolist()), tuple((merged[:, 1] / merged[:, 0]).tolist())
    )


def _merge(steps: Floats) -> Floats:
    """Steps (n, defaults, sum of margins) merged upwards until each has enough defaults; a poor last one joins the one below."""
    merged: list[Floats] = []
    for step in steps:
        if merged and merged[-1][1] < MIN_DEFAULTS_PER_STEP:
            merged[-1] = merged[-1] + step
        else:
            merged.append(step)
    if len(merged) > 1 and merged[-1][1] < MIN_DEFAULTS_PER_STEP:
        last = merged.pop()
        merged[-1] = merged[-1] + last
    return np.array(merged)


FORM = Form(Isotonic, fit_isotonic, rung=4, title=("steps", "阶梯函数"), is_shaped=True)
