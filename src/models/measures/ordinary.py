"""How far a distribution moves in an ordinary year, learned from the book's own past: the limit beyond which it is news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2
from scipy.stats import f as fisher

from contracts.arrays import Floats, Ints
from models.measures.drift import shift

MIN_PAIRS = 3
"""Pairs of spans of history from which an ordinary movement may be learned."""
STEP = 6
"""Months from one pair to the next."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A distribution that has moved, beside what is ordinary.

    Attributes:
        psi: population stability index.
        ordinary: typical index of the same distribution between spans of history equally far apart; None without history.
        limit: beyond it the movement is news; 0 where one bin is left.
        p_value: of "this is ordinary".
    """

    psi: float
    ordinary: float | None
    limit: float
    p_value: float

    @property
    def is_news(self) -> bool:
        """Whether it lies beyond the limit.

        >>> Moved(0.3, 0.1, 0.2, 0.001).is_news, Moved(0.0, None, 0.0, 1.0).is_news
        (True, False)
        """
        return self.limit > 0 and self.psi > self.limit


@dataclass(frozen=True, slots=True)
class Subject:
    """One distribution, now and before.

    Attributes:
        before: rows by bin in the registration sample.
        now: rows by bin in the newest cohorts, same bins.
        past: pairs of rows by bin, shape (pairs, 2, bins), of spans of history as long and as far apart.
    """

    before: Ints
    now: Ints
    past: Ints


def pairs_of(months: int, span: int, apart: int) -> list[tuple[int, int]]:
    """First months of the pairs of spans that lie within so many months, the newest pair first.

    Args:
        months: of history.
        span: months of each span.
        apart: months from the start of the one to the start of the other.

    >>> pairs_of(36, 12, 12)
    [(12, 24), (6, 18), (0, 12)]
    """
    last = months - span - apart
    return [(start, start + apart) for start in range(last, -1, -STEP)]


def movements(
    subjects: Sequence[Subject], customers: tuple[int, int], alarm_level: float
) -> list[Moved]:
    """How far each has moved, and how far it may.

    A book moves from year to year without anything being wrong, and what counts time moves for certain. So the null is not "no
    shift" but "moves as it did". A small shift d of a distribution has a PSI in proportion to d^2; with d normal around 0, its
    variance that of the pairs of history, PSI / (mean PSI of the pairs) is distributed as F(1, pairs). The limit is where that
    lies above with probability `alarm_level` over the number of subjects (Bonferroni), and never below what chance alone
    explains. Where d has a mean of its own, as of what counts time, the limit is wider than need be. Without enough history chance
    alone counts.

    Args:
        subjects: distributions that share one alarm.
        customers: distinct customers in the registration sample and in the newest cohorts.
        alarm_level: probability of a false alarm of the family, at one look.

    Source: Yurdakul and Naranjo (2020) for the chance; PSI as a symmetrised Kullback-Leibler divergence, quadratic in a small
    shift (Kullback, Information Theory and Statistics, 1959, chapter 2), and Fisher's ratio of two variances.

    >>> still = np.array([[[50, 50], [50, 50]]] * 3)
    >>> drifting = np.array([[[50, 50], [70, 30]], [[50, 50], [68, 32]], [[50, 50], [72, 28]]])
    >>> same = [Subject(np.array([50, 50]), np.array([70, 30]), past) for past in (still, drifting)]
    >>> [one.is_news for one in movements(same, (1000, 1000), 0.01)]   # 70 / 30 is news to the one, the habit of the other
    [True, False]
    """
    if not subjects:
        return []
    level = alarm_level / len(subjects)
    return [_moved(one, customers, level) for one in subjects]


def _past(subject: Subject, customers: tuple[int, int]) -> Floats:
    """PSI of each pair of history; none where they hold one bin."""
    found = [shift(before, now, customers=customers) for before, now in subject.past if before.sum() and now.sum()]  # fmt: skip
    return np.array([one.psi for one in found if one.bins >= 2])


def _moved(subject: Subject, customers: tuple[int, int], level: float) -> Moved:
    found = shift(subject.before, subject.now, customers=customers, level=level)
    if found.critical == 0:
        return Moved(found.psi, None, 0.0, 1.0)
    by_chance = float(chi2.sf(found.psi / sum(1.0 / one for one in customers), found.bins - 1))
    past = _past(subject, customers)
    if len(past) < MIN_PAIRS:
        return Moved(found.psi, None, found.critical, by_chance)
    usual = float(past.mean())
    limit = usual * float(fisher.isf(level, 1, len(past)))
    by_habit = float(fisher.sf(found.psi / usual, 1, len(past))) if usual > 0 else 0.0
    return Moved(found.psi, usual, max(limit, found.critical), max(by_chance, by_habit))
