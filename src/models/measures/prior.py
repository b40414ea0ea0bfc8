"""How the level of the PDs may differ from right before an outcome is seen: at first, and after earlier outcomes have told it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contracts.arrays import Floats
from contracts.calendar import EPOCH
from contracts.documents.outlook import Carried
from models.measures.followed import DAYS_OF_YEAR


@dataclass(frozen=True, slots=True)
class Prior:
    """A Gaussian process: a part that stays, a part that returns.

    At first both are around 0 with the deviations told. Once outcomes have told a level that is in use, the next forecast begins with what
    they left: x(t) = c + r(t) u + e(t), where (c, u) is Gaussian as `carried` has it on its day, r(t) = 2^(-t / half_life) t years later,
    and e is what has come since, with covariance passing^2 (r(|s - t|) - r(s) r(t)). So what is known of the level is used once, in one
    forecast after another: a filter.

    Source: Kalman, A new approach to linear filtering and prediction problems, Journal of Basic Engineering 82 (1960), for the
    posterior as the next prior; Uhlenbeck and Ornstein, On the theory of the Brownian motion, Physical Review 36 (1930), for the passing part.

    Attributes:
        lasting: standard deviation of the part that stays, log-odds.
        passing: of the part that comes and goes.
        half_life: years after which half of the passing part is gone.
        carried: what earlier outcomes told; times must not lie before its day. None: nothing yet.
    """

    lasting: float
    passing: float
    half_life: float
    carried: Carried | None = None

    def _kept(self, years: Floats) -> Floats:
        return np.asarray(2.0 ** (-years / self.half_life))

    def _since(self, times: Floats) -> Floats:
        """Years since the day of what is carried; endless where nothing is."""
        if self.carried is None:
            return np.full(len(times), np.inf)
        return np.maximum(times - years_of(self.carried), 0.0)

    def _start(self) -> tuple[Floats, Floats]:
        """Mean and covariance of the two parts on the day of what is carried."""
        one = self.carried
        if one is None:
            return np.zeros(2), np.diag([self.lasting**2, self.passing**2])
        cross = [[one.lasting_variance, one.covariance], [one.covariance, one.passing_variance]]
        return np.array([one.lasting, one.passing]), np.array(cross)

    def mean(self, times: Floats) -> Floats:
        """Of the level at some times, in years since 1970.

        >>> from datetime import date
        >>> told = Carried(on=date(1970, 1, 1), lasting=-0.1, passing=0.4, lasting_variance=0.04, passing_variance=0.02, covariance=-0.01)
        >>> Prior(0.5, 0.4, 1.0, told).mean(np.array([0.0, 1.0])).round(4).tolist()   # half of 0.4 is left after a year
        [0.3, 0.1]
        """
        lasting, passing = self._start()[0]
        return np.asarray(lasting + passing * self._kept(self._since(times)))

    def covariance(self, one: Floats, other: Floats) -> Floats:
        """Of the level at some times with that at others, in years.

        >>> Prior(0.5, 0.4, 1.0).covariance(np.array([0.0]), np.array([0.0, 1.0])).round(4).tolist()
        [[0.41, 0.33]]
        """
        apart = self._kept(np.abs(np.subtract.outer(one, other)))
        mine, theirs = self._kept(self._since(one)), self._kept(self._since(other))
        start = self._start()[1]
        cross = start[0, 1] * np.add.outer(mine, theirs)
        both = np.multiply.outer(mine, theirs)
        fresh = self.passing**2 * (apart - both)
        return np.asarray(start[0, 0] + cross + start[1, 1] * both + fresh)

    def parts(self, day: float, times: Floats) -> tuple[Floats, Floats, Floats]:
        """The two parts on a day: their mean, their covariance, and that with the level at earlier times, shape (2, times).

        Args:
            day: in years since 1970.
            times: none later than it.
        """
        middle, start = self._start()
        then, kept = self._kept(self._since(times)), self._kept(self._since(np.array([day])))[0]
        own = start[1, 1] * kept**2 + self.passing**2 * (1.0 - kept**2)
        whole = np.array([[start[0, 0], start[0, 1] * kept], [start[0, 1] * kept, own]])
        passing = start[0, 1] * then + start[1, 1] * then**2 + self.passing**2 * (1.0 - then**2)
        shared = np.vstack([start[0, 0] + start[0, 1] * then, self._kept(day - times) * passing])
        return middle * np.array([1.0, kept]), whole, shared


def years_of(carried: Carried) -> float:
    """The day of what is carried, in years since 1970."""
    return (carried.on - EPOCH).days / DAYS_OF_YEAR
