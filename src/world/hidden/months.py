"""The world's clock: whole months, and days as days since 1970-01-01."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from contracts.arrays import Ints
from contracts.calendar import EPOCH, MONTHS

BURN_IN = 24  # months before the window: arrears and two statements must exist on its first day
AHEAD = 12  # months after it: the truth looks 12 months ahead


@dataclass(frozen=True, slots=True)
class Months:
    """Months of the world: burn-in, the window that is visible, and the year after it.

    Attributes:
        starts: first day of each month, and of the one after the last; shape (n + 1,).
        first: position of the first visible month.
        n_visible: number of visible months.
        until: last complete day.
    """

    starts: Ints
    first: int
    n_visible: int
    until: int

    @property
    def n_lived(self) -> int:
        """Months that are simulated: burn-in and window."""
        return self.first + self.n_visible

    @property
    def opens(self) -> int:
        """First visible day."""
        return int(self.starts[self.first])

    def lengths(self) -> Ints:
        """Days of each month, shape (n,)."""
        return np.diff(self.starts)

    def position(self, days: Ints) -> Ints:
        """Position of the month each day lies in; days outside are clipped to the first or last lived month."""
        found = np.searchsorted(self.starts, days, side="right") - 1
        return np.clip(found, 0, self.n_lived - 1).astype(np.int64)

    def month_of_year(self) -> Ints:
        """1..12 for each month, shape (n,)."""
        months = self.starts[:-1].astype("datetime64[D]").astype("datetime64[M]")
        return months.astype(np.int64) % 12 + 1


def make_months(complete_until: date, years: int) -> Months:
    """The clock of a window of `years` * 12 months whose last month holds `complete_until`.

    >>> clock = make_months(date(2025, 12, 31), 8)
    >>> str(np.datetime64(clock.opens, "D")), clock.n_visible
    ('2018-01-01', 96)
    """
    n_visible = years * MONTHS
    last = np.datetime64(complete_until, "M")
    first = last - (n_visible - 1) - BURN_IN
    stop = last + 1 + AHEAD + 1
    starts = np.arange(first, stop, dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return Months(starts, BURN_IN, n_visible, (complete_until - EPOCH).days)
