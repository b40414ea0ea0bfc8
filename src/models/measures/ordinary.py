"""How far a distribution moves in an ordinary year, learned from the book's own past: the limit beyond which it is news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from contracts.arrays import Floats, Ints
from models.measures.drift import shift
from models.measures.habit import Habit, habit_of

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
    def beyond(self) -> float:
        """How many times the limit it has moved; 0 where one bin is left.

        >>> Moved(0.5, 0.1, 0.25, 0.001).beyond, Moved(0.0, None, 0.0, 1.0).beyond
        (2.0, 0.0)
        """
        return self.psi / self.limit if self.limit > 0 else 0.0

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
        worth: independent pairs that one of these stands for; less than 1 where they overlap.
    """

    before: Ints
    now: Ints
    past: Ints
    worth: float = 1.0


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


def common_habit(subjects: Sequence[Subject], customers: tuple[int, int]) -> Habit:
    """How the distributions of a book use to move between two spans of its history (`habit_of`).

    Args:
        subjects: all that are known, inputs and answers.
        customers: distinct customers in the registration sample and in the newest cohorts.
    """
    past = [_past(one, customers) for one in subjects]
    bins = [int(((one.before + one.now) > 0).sum()) for one in subjects]
    known = [
        (one, n) for one, n in zip(past, bins, strict=True) if len(one) >= MIN_PAIRS and n >= 2
    ]
    worth = min((one.worth for one in subjects), default=1.0)
    return habit_of([one for one, _ in known], worth, [n for _, n in known])


def movements(
    subjects: Sequence[Subject],
    customers: tuple[int, int],
    alarm_level: float,
    habit: Habit | None = None,
) -> list[Moved]:
    """How far each has moved, and how far it may.

    A book moves from year to year without anything being wrong, and what counts time moves for certain. So the null is not "no
    shift" but "moves as it did". A small shift of a distribution has a PSI that is quadratic in it; where it goes in k independent
    directions with the variance of the pairs of history, PSI over its moderated mean in the pairs (`Habit.moderated`) is distributed
    as F(k, d0 + d), d = k times the independent pairs. The limit is where that lies above with probability `alarm_level` over the
    number of subjects (Bonferroni), and never below what chance alone explains. Where a shift has a mean of its own, as of what
    counts time, the limit is wider than need be. Without enough history chance alone counts.

    Args:
        subjects: distributions that share one alarm.
        customers: distinct customers in the registration sample and in the newest cohorts.
        alarm_level: probability of a false alarm of the family, at one look.
        habit: of the book; None: of these subjects.

    Source: Yurdakul and Naranjo (2020) for the chance; PSI as a symmetrised Kullback-Leibler divergence, quadratic in a small
    shift (Kullback, Information Theory and Statistics, 1959, chapter 2); Smyth (2004) for the moderated ratio of variances.

    >>> still = np.array([[[50, 50], [50, 50]]] * 3)
    >>> drifting = np.array([[[50, 50], [70, 30]], [[50, 50], [68, 32]], [[50, 50], [72, 28]]])
    >>> same = [Subject(np.array([50, 50]), np.array([70, 30]), past) for past in (still, drifting)]
    >>> [one.is_news for one in movements(same, (1000, 1000), 0.01)]   # 70 / 30 is news to the one, the habit of the other
    [True, False]
    """
    if not subjects:
        return []
    known = habit or common_habit(subjects, customers)
    level = alarm_level / len(subjects)
    return [_moved(one, customers, level, known) for one in subjects]


def _past(subject: Subject, customers: tuple[int, int]) -> Floats:
    """PSI of each pair of history; none where they hold one bin."""
    found = [shift(before, now, customers=customers) for before, now in subject.past if before.sum() and now.sum()]  # fmt: skip
    return np.array([one.psi for one in found if one.bins >= 2])


def _moved(subject: Subject, customers: tuple[int, int], level: float, habit: Habit) -> Moved:
    found = shift(subject.before, subject.now, customers=customers, level=level)
    if found.critical == 0:
        return Moved(found.psi, None, 0.0, 1.0)
    by_chance = float(chi2.sf(found.psi / sum(1.0 / one for one in customers), found.bins - 1))
    past = _past(subject, customers)
    if len(past) < MIN_PAIRS:
        return Moved(found.psi, None, found.critical, by_chance)
    usual, directions = float(past.mean()), min(habit.directions, found.bins - 1)
    freedom = directions * len(past) * subject.worth
    limit = habit.limit(usual, freedom, directions, level)
    by_habit = habit.p_value(found.psi, usual, freedom, directions)
    return Moved(found.psi, usual, max(limit, found.critical), max(by_chance, by_habit))
