"""Whether a book falls off the master scale, and the bounds of a scale that fits it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.special import expit

from contracts.arrays import Floats

ENDS = 2
"""Grades at either end of the scale."""
MAX_AT_ENDS = 0.5
"""Share of the book that they may hold; with more the scale was made for another book."""
MIN_GRADES = 5
FARTHEST = 12.0
"""Log-odds beyond which PDs are 0 or 1 to any reader."""
SPREAD = 1.2
"""Standard deviations of the middle grades' bounds to either side: a bell over the scale, as agencies' grades have."""


def off_scale(counts: Sequence[int]) -> tuple[float, int, int] | None:
    """Share of the book in the grades of one end, the first and the last of them; None where neither end holds the most.

    Args:
        counts: rows by grade, 1 first.

    >>> off_scale([0, 0, 0, 0, 1, 2, 3, 4, 40, 50])
    (0.9, 9, 10)
    >>> off_scale([0, 5, 10, 20, 30, 20, 10, 5, 0, 0]) is None
    True
    """
    n, whole = len(counts), sum(counts)
    if n < MIN_GRADES or not whole:
        return None
    best, worst = sum(counts[:ENDS]) / whole, sum(counts[-ENDS:]) / whole
    if max(best, worst) <= MAX_AT_ENDS:
        return None
    return (worst, n - ENDS + 1, n) if worst >= best else (best, 1, ENDS)


def fitted_bounds(chance: Floats, n_grades: int) -> tuple[float, ...]:
    """Upper bounds of all grades but the last, at which a book's grades follow a bell: most customers in the middle.

    The log-odds of a bound is that of the book's mean grade plus z standard deviations, z in equal steps over the scale: a
    grade is a factor of the odds, as on any master scale. Bounds have two significant digits.

    Args:
        chance: PDs of the book, shape (n,).
        n_grades: of the scale to be.

    >>> fitted_bounds(np.array([0.05, 0.1, 0.2, 0.3, 0.5]), 5)
    (0.063, 0.13, 0.26, 0.44)
    """
    odds = np.clip(np.log(chance) - np.log1p(-chance), -FARTHEST, FARTHEST)
    # a book of one PD has no spread; a factor of one and a half between grades then
    width = max(float(np.std(odds)) * 2.0 * SPREAD / max(n_grades - 2, 1), float(np.log(1.5)))
    steps = width * (np.arange(n_grades - 1) - (n_grades - 2) / 2.0)
    exact = expit(np.mean(odds) + steps)
    round_ones = [float(f"{one:.2g}") for one in exact]
    is_rising = all(low < high for low, high in pairwise(round_ones)) and round_ones[-1] < 1.0
    return tuple(round_ones if is_rising else exact.tolist())
