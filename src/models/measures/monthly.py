"""Outcomes that are still open: each customer followed from one day of decision to the next, its default counted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from contracts.arrays import Floats, Ints
from models.measures.followed import DAYS_OF_YEAR


@dataclass(frozen=True, slots=True)
class Monthly:
    """Defaults month by month beside those that the newest PDs expect: what has elapsed of their horizon, the rest censored.

    Attributes:
        starts: first day of each month, days since 1970, shape (months,).
        until: the day after the last one.
        seen: defaults of each month, shape (months,).
        month: place of each row's month, shape (rows,).
        odds: log-odds of the row's PD of the whole horizon, shape (rows,).
        share: part of that PD that falls into the month, shape (rows,).
        dispersion: variance of a month's defaults over that of independent ones.
        shared: variance of the error that all expectations share on the logarithmic scale: the parts were learned.
    """

    starts: Ints
    until: int
    seen: Floats
    month: Ints
    odds: Floats
    share: Floats
    dispersion: float
    shared: float

    def expected(self, moved: Floats) -> tuple[Floats, Floats]:
        """Defaults expected in each month where its log-odds have moved by so much, and their slope in it.

        >>> one = Monthly(np.array([0]), 31, np.array([1.0]), np.array([0, 0]), np.zeros(2), np.full(2, 0.1), 1.0, 0.0)
        >>> [found.round(3).tolist() for found in one.expected(np.zeros(1))]   # 2 x 0.1 x 0.5, and half of it
        [[0.1], [0.05]]
        """
        chance = expit(self.odds + moved[self.month])
        told = self.share * chance
        months = len(self.starts)
        slopes = np.bincount(self.month, told * (1.0 - chance), months)
        return np.bincount(self.month, told, months).astype(np.float64), slopes.astype(np.float64)

    @property
    def middles(self) -> Floats:
        """Middle of each month, in years since 1970."""
        ends = np.append(self.starts[1:], self.until)
        return np.asarray((self.starts + ends) / 2.0 / DAYS_OF_YEAR)
