"""Does the calibrator keep the order of customers? The share of pairs that it turns round."""

from __future__ import annotations

import numpy as np
from scipy.stats import kendalltau

from contracts.arrays import Floats

LAST_DIGITS = 1e-12  # two formulas of one curve differ by so much


def turned_pairs(margin: Floats, pd: Floats) -> float | None:
    """Share of pairs of distinct margins of which the higher one has the lower PD; None where all margins are equal.

    Equal PDs (a step of an isotonic curve) turn nothing round, nor do differences in the last digits of a PD. Kendall's
    tau gives the count: with t pairs that no PD ties, tau_b = (t - 2 turned) / sqrt(pairs t).

    >>> turned_pairs(np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.3, 0.2]))
    0.3333333333333333
    """
    distinct, first = np.unique(margin, return_index=True)
    chance = pd[first]
    pairs = len(distinct) * (len(distinct) - 1) / 2.0
    if pairs == 0:
        return None
    fallen = np.maximum.accumulate(chance) - chance
    if np.all(fallen <= LAST_DIGITS * chance):
        return 0.0
    _, counts = np.unique(chance, return_counts=True)
    untied = pairs - float(np.sum(counts * (counts - 1) / 2.0))
    tau = float(kendalltau(distinct, chance).statistic)
    return round(float(untied - tau * np.sqrt(pairs * untied)) / 2.0) / pairs
