"""May a new version take the champion's place? Gates first, then the same test rows, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from models.base.losses import pd_losses


@dataclass(frozen=True, slots=True)
class Duel:
    """New version against champion on the same rows.

    Attributes:
        gain: mean log loss of the champion less that of the new version; above 0 the new one is better.
        p_worse: one-sided p-value of "the new version is not worse"; small means it is worse.
    """

    gain: float
    p_worse: float


def duel(outcomes: pd.DataFrame, new: Floats, champion: Floats, *, draws: int, seed: int) -> Duel:
    """Paired bootstrap over customers of the difference in mean log loss.

    Customers, not rows, are drawn: the months of one customer share their outcome. p = (1 + draws in which
    the new version is not worse) / (1 + draws).

    Args:
        outcomes: customer_id and defaulted, one row per observation.
        new: PDs of the new version, same rows.
        champion: PDs of the champion, same rows.
        draws: bootstrap resamples.
        seed: of the resamples.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), section 16; pairs kept together.
    """
    defaulted = outcomes["defaulted"].astype(bool).to_numpy()
    gain = pd_losses(champion, defaulted) - pd_losses(new, defaulted)
    codes, customers = pd.factorize(outcomes["customer_id"], sort=True)
    total = np.bincount(codes, weights=gain, minlength=len(customers))
    rows = np.bincount(codes, minlength=len(customers)).astype(np.float64)
    generator = np.random.default_rng(seed)
    even = np.full(len(customers), 1.0 / len(customers))
    times = generator.multinomial(len(customers), even, size=draws)
    drawn = (times @ total) / np.maximum(times @ rows, 1.0)
    not_worse = int((drawn >= 0.0).sum())
    return Duel(float(gain.mean()), (1 + not_worse) / (1 + draws))
