"""How far a distribution moves in an ordinary year, learned from the book's own past: the limit beyond which it is news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, norm

from contracts.arrays import Floats, Ints
from models.measures.drift import Shift, shift

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
    shift" but "moves as it did": x = ln(PSI + chance) of a subject is normal around its own mean over the pairs of history, with a
    spread that all subjects share (few pairs, many subjects); chance = (B - 1)(1/n + 1/m) is what PSI is without any
    movement. The limit is where an ordinary x lies above with probability `alarm_level` over the number of subjects
    (Bonferroni), and never below what chance alone explains. Without enough history chance alone counts.

    Args:
        subjects: distributions that share one alarm.
        customers: distinct customers in the registration sample and in the newest cohorts.
        alarm_level: probability of a false alarm of the family, at one look.

    Source: Yurdakul and Naranjo (2020) for the chance; a prediction limit on the logarithm for the rest.

    >>> still = np.array([[[50, 50], [50, 50]]] * 3)
    >>> drifting = np.array([[[50, 50], [70, 30]], [[50, 50], [68, 32]], [[50, 50], [72, 28]]])
    >>> same = [Subject(np.array([50, 50]), np.array([70, 30]), past) for past in (still, drifting)]
    >>> [one.is_news for one in movements(same, (1000, 1000), 0.01)]   # 70 / 30 is news to the one, the habit of the other
    [True, False]
    """
    if not subjects:
        return []
    level = alarm_level / len(subjects)
    found = [shift(one.before, one.now, customers=customers, level=level) for one in subjects]
    past = [_past(one, customers) for one in subjects]
    spread = _spread(past)
    return [
        _moved(one, kept, spread, customers, level) for one, kept in zip(found, past, strict=True)
    ]


def _past(subject: Subject, customers: tuple[int, int]) -> Floats:
    """Of each pair of history, x; none where they hold one bin."""
    found = []
    for before, now in subject.past:
        one = shift(before, now, customers=customers)
        if one.bins >= 2 and before.sum() and now.sum():
            found.append(np.log(one.psi + _chance(one, customers)))
    return np.array(found)


def _chance(found: Shift, customers: tuple[int, int]) -> float:
    n, m = customers
    return (found.bins - 1) * (1.0 / n + 1.0 / m)


def _spread(past: Sequence[Floats]) -> float:
    """Pooled standard deviation around each subject's own mean."""
    told = [one for one in past if len(one) >= MIN_PAIRS]
    freedom = sum(len(one) - 1 for one in told)
    return float(np.sqrt(sum(float(np.sum((one - one.mean()) ** 2)) for one in told) / freedom)) if freedom else 0.0  # fmt: skip


def _moved(
    found: Shift, past: Floats, spread: float, customers: tuple[int, int], level: float
) -> Moved:
    if found.critical == 0:
        return Moved(found.psi, None, 0.0, 1.0)
    chance = _chance(found, customers)
    by_chance = float(chi2.sf(found.psi / sum(1.0 / one for one in customers), found.bins - 1))
    if len(past) < MIN_PAIRS:
        return Moved(found.psi, None, found.critical, by_chance)
    middle = float(past.mean())
    wide = spread * float(np.sqrt(1.0 + 1.0 / len(past)))
    limit = float(np.exp(middle + norm.isf(level) * wide)) - chance
    by_habit = float(norm.sf((np.log(found.psi + chance) - middle) / wide)) if wide else 0.0
    return Moved(
        found.psi,
        max(float(np.exp(middle)) - chance, 0.0),
        max(limit, found.critical),
        max(by_chance, by_habit),
    )
