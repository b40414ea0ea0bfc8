"""Has a distribution moved, given how many customers were seen? PSI with its sample-aware critical value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, false_discovery_control

from contracts.arrays import Bools, Floats, Ints

# Half a customer in every bin: an empty bin has no logarithm, and one customer is not an infinite shift.
HALF = 0.5


@dataclass(frozen=True, slots=True)
class Shift:
    """How far two distributions are apart.

    Attributes:
        psi: population stability index, 0 where they are equal.
        critical: what chance alone exceeds with probability `level`; 0 where one bin is left.
        p_value: of "no shift".
        bins: bins that hold somebody in one of the two.
    """

    psi: float
    critical: float
    p_value: float
    bins: int


def shift(
    reference: Ints, current: Ints, *, customers: tuple[int, int], level: float = 0.05
) -> Shift:
    """PSI = sum (a - e) ln(a / e) over the bins, a and e the current and the reference shares.

    Under "no shift" PSI is distributed as chi2(B - 1) (1/n + 1/m), so its critical value depends on the
    sample sizes, not on 0.10 or 0.25. n and m are customers, not rows: the months of one customer resemble each
    other and do not count as independent draws. Customers that are in both samples make the test conservative.

    Args:
        reference: rows by bin in the reference sample.
        current: rows by bin in the current sample, same bins.
        customers: distinct customers in the reference, n, and in the current sample, m.
        level: of the critical value.

    Source: Yurdakul and Naranjo, Statistical properties of the population stability index,
    Journal of Risk Model Validation 14 (2020).

    >>> small = shift(np.array([50, 50]), np.array([60, 40]), customers=(100, 100))
    >>> large = shift(np.array([50, 50]), np.array([60, 40]), customers=(5000, 5000))
    >>> [round(x, 3) for x in (small.psi, small.p_value, large.psi, large.p_value)]
    [0.04, 0.159, 0.041, 0.0]
    """
    n, m = customers
    kept = (reference + current) > 0
    bins = int(kept.sum())
    if bins < 2 or n < 1 or m < 1 or reference.sum() == 0 or current.sum() == 0:
        return Shift(0.0, 0.0, 1.0, bins)
    expected = _shares(reference[kept], n)
    actual = _shares(current[kept], m)
    psi = float(((actual - expected) * np.log(actual / expected)).sum())
    spread = 1.0 / n + 1.0 / m
    return Shift(
        psi,
        float(chi2.isf(level, bins - 1) * spread),
        float(chi2.sf(psi / spread, bins - 1)),
        bins,
    )


def _shares(counts: Ints, customers: int) -> Floats:
    """Shares of the bins, with half a customer added to each."""
    heads = counts / counts.sum() * customers + HALF
    return np.asarray(heads / heads.sum())


def discoveries(p_values: Sequence[float], rate: float) -> Bools:
    """Which findings stand when at most a share `rate` of them may be false alarms (Benjamini and Hochberg, 1995).

    >>> discoveries([0.01, 0.04, 0.20], 0.05).tolist()
    [True, False, False]
    """
    if not p_values:
        return np.zeros(0, dtype=np.bool_)
    return np.asarray(false_discovery_control(np.asarray(p_values), method="bh") <= rate)
