"""How the distributions of one book use to move: what each has too little history to tell is learned from all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import digamma, polygamma
from scipy.stats import f as fisher

from contracts.arrays import Floats

MIN_FAMILY = 5
"""Distributions with a history from which a common habit may be learned; with fewer each speaks for itself alone."""
ONE_WAY = 1.0
"""How many distributions that move in one direction only are added to those seen: a few seen ones never make many directions."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What the distributions of a book have in common in the way they move.

    Attributes:
        directions: in how many independent directions a distribution moves, k: its PSI is distributed as a variance with k degrees of freedom.
        variance: PSI that is typical of the book, s0^2.
        worth: for how many degrees of freedom the book speaks beside a distribution's own history, d0; inf: all move alike.
    """

    directions: float = 1.0
    variance: float = 0.0
    worth: float = 0.0

    def moderated(self, variance: float, freedom: float) -> tuple[float, float]:
        """A distribution's own variance, drawn towards the book's: s~^2 = (d0 s0^2 + d s^2) / (d0 + d), and its degrees of freedom d0 + d.

        Args:
            variance: mean PSI of the distribution's own pairs of spans, s^2.
            freedom: degrees of freedom of that mean, d.

        Source: Smyth, Linear models and empirical Bayes methods for assessing differential expression in microarray
        experiments, Statistical Applications in Genetics and Molecular Biology 3 (2004), article 3, section 3.

        >>> Habit(2.0, 0.01, 4.0).moderated(0.04, 8.0)   # (4 x 0.01 + 8 x 0.04) / 12
        (0.03, 12.0)
        """
        if np.isinf(self.worth):
            return self.variance, float("inf")
        both = self.worth + freedom
        return (self.worth * self.variance + freedom * variance) / both, both

    def limit(self, variance: float, freedom: float, directions: float, level: float) -> float:
        """PSI that an ordinary year exceeds with probability `level`: s~^2 times the upper point of F(k, d0 + d).

        >>> alone, shared = Habit(), Habit(2.5, 0.01, 2.0)
        >>> [round(one.limit(0.01, 4.5 * one.directions, one.directions, 1e-4), 2) for one in (alone, shared)]
        [1.67, 0.18]
        """
        usual, both = self.moderated(variance, freedom)
        return usual * float(fisher.isf(level, directions, both))

    def p_value(self, psi: float, variance: float, freedom: float, directions: float) -> float:
        """Probability that an ordinary year moves as far as `psi` or further; 0 where nothing has ever moved.

        >>> round(Habit().p_value(0.05, 0.01, 4.5, 1.0), 4)
        0.0815
        """
        usual, both = self.moderated(variance, freedom)
        return float(fisher.sf(psi / usual, directions, both)) if usual > 0 else float(psi == 0)


def independent(starts: Sequence[int], spans: tuple[int, int], apart: int) -> float:
    """For how many independent pairs of spans overlapping ones speak.

    The level of a distribution is taken to wander from month to month without memory. Then two differences of means are
    correlated as their weights on the monthly steps overlap, r, and the mean of n squares varies as that of n^2 / sum r^2
    independent ones.

    Args:
        starts: first month of each pair.
        spans: months of the earlier and of the later span.
        apart: months from the start of the one to the start of the other.

    Source: Satterthwaite, An approximate distribution of estimates of variance components, Biometrics Bulletin 2 (1946).

    >>> round(independent([24, 0], (12, 12), 12), 3), round(independent([6, 0], (12, 12), 12), 2)   # disjoint, and overlapping by half
    (2.0, 1.32)
    """
    if not starts:
        return 0.0
    places = np.array(starts) - min(starts)
    months = int(places.max()) + apart + max(spans)
    steps = np.zeros((len(places), months))
    for row, place in enumerate(places):
        steps[row, place : place + spans[0]] -= 1.0 / spans[0]
        steps[row, place + apart : place + apart + spans[1]] += 1.0 / spans[1]
    weights = np.cumsum(steps[:, ::-1], axis=1)
    weights /= np.sqrt((weights**2).sum(axis=1, keepdims=True))
    return float(len(places) ** 2 / ((weights @ weights.T) ** 2).sum())


def habit_of(past: Sequence[Floats], worth: float, bins: Sequence[int]) -> Habit:
    """The common habit of distributions, by moments of logarithms.

    *Directions.* The logarithm of a variance with k degrees of freedom varies by trigamma(k / 2), whatever its size; k is found
    from the mean, over distributions, of the variance between pairs. *Book.* Over distributions, log s^2 varies by
    trigamma(d / 2) + trigamma(d0 / 2), and its mean tells s0^2. Distributions that have never moved tell neither.

    Args:
        past: PSI of each pair of spans, by distribution; all as long as the history allows.
        worth: independent pairs that one pair stands for, at most 1 (`independent`).
        bins: of each distribution that hold somebody; it moves in bins - 1 directions at most.

    Source: Smyth (2004), section 6.2, for d0 and s0^2; the same moment, within distributions, for k.

    >>> draw = np.random.default_rng(1)
    >>> true = 0.01 * 6 / draw.chisquare(6, 400)   # d0 = 6, s0^2 = 0.01
    >>> seen = [one * draw.chisquare(3, 10) / 3 for one in true]   # k = 3
    >>> found = habit_of(seen, 1.0, [10] * 400)
    >>> round(found.directions, 1), round(found.worth, 1), round(found.variance, 4)
    (2.9, 6.4, 0.0102)
    """
    kept = [(np.asarray(one), n) for one, n in zip(past, bins, strict=True) if len(one) > 1 and min(one) > 0]  # fmt: skip
    if len(kept) < MIN_FAMILY:
        return Habit()
    within = [np.log(one).var(ddof=1) / (1 - _alike(len(one), worth)) for one, _ in kept]
    spread = (np.sum(within) + ONE_WAY * float(polygamma(1, 0.5))) / (len(kept) + ONE_WAY)
    directions = max(2.0 * _trigamma_inverse(float(spread)), 1.0)
    freedom = np.array([min(directions, n - 1) * len(one) * worth for one, n in kept])
    logs = np.log([one.mean() for one, _ in kept]) - digamma(freedom / 2) + np.log(freedom / 2)
    beyond = float(logs.var(ddof=1) - polygamma(1, freedom / 2).mean())
    if beyond <= 0:
        return Habit(directions, float(np.exp(logs.mean())), float("inf"))
    prior = 2.0 * _trigamma_inverse(beyond)
    variance = float(np.exp(logs.mean() + digamma(prior / 2) - np.log(prior / 2)))
    return Habit(directions, variance, prior)


def _alike(pairs: int, worth: float) -> float:
    """Mean squared correlation between two different pairs: by so much their variance is too small."""
    return min((1.0 / worth - 1.0) / (pairs - 1), 0.99)


def _trigamma_inverse(value: float) -> float:
    return float(brentq(lambda x: float(polygamma(1, x)) - value, 1e-6, 1e9))
