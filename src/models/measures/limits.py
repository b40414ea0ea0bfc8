"""How many defaults of a month would have been enough for the detector of a change of level: what a reader can hold the month against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Floats
from models.measures.sequential import level_evidence


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Levels that are held against the one in use.

    Attributes:
        ratio: of the hazards, r > 0 of each.
        weight: of each, summing to 1.
        clustering: phi of `level_evidence`.
    """

    ratio: Floats
    weight: Floats
    clustering: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one month.

    Attributes:
        high: the least number of defaults, at or above what is expected, with which evidence would have reached the threshold.
        low: the greatest number below what is expected with which it would have; None where not even none would.
    """

    high: int
    low: int | None


def limits(seen: Floats, expected: Floats, against: Alternatives, threshold: float) -> list[Limits]:
    """For each month, given the months before it: the numbers of defaults at which `models.measures.sequential.detect` reaches its threshold.

    Evidence is a sum of exponentials of the month's defaults and so convex: high counts reach the threshold, and low ones may.

    Args:
        seen: defaults of each month, shape (months,).
        expected: of each month, shape (months,).
        against: the alternatives of the detector.
        threshold: evidence that is an alarm.

    >>> doubled = Alternatives(np.array([2.0, 0.5]), np.array([0.5, 0.5]), 1.0)
    >>> told = limits(np.array([4.0, 4.0]), np.array([4.0, 4.0]), doubled, 10.0)
    >>> [(one.high, one.low) for one in told]   # 0.5 x 2^n e^-4 reaches 10 at n = 11: 18.8, not at 10: 9.4; 0.5 x 0.5^n e^2 at no n, 3.7
    [(11, None), (10, None)]
    """
    total = np.zeros(len(against.ratio))
    found = []
    for count, mean in zip(seen, expected, strict=True):
        found.append(_limit(total, float(mean), against, threshold))
        total = (1.0 + total) * level_evidence(
            float(count), float(mean), against.ratio, against.clustering
        )
        if float(against.weight @ total) >= threshold:
            total = np.zeros(len(against.ratio))
    return found


def _limit(before: Floats, expected: float, against: Alternatives, threshold: float) -> Limits:
    def reached(count: int) -> bool:
        factor = level_evidence(count, expected, against.ratio, against.clustering)
        return float(against.weight @ ((1.0 + before) * factor)) >= threshold

    middle = int(expected)
    below = next((count for count in range(middle, -1, -1) if reached(count)), None)
    high = middle + 1
    while not reached(high):
        high += 1
    return Limits(high, below)
