"""Defaults whose day is known: the months they are counted in, when within the horizon they come, and how far together."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from contracts.arrays import Floats, Ints
from contracts.calendar import EPOCH, MONTHS, add_months

STEPS = MONTHS
"""Parts of the horizon whose share of its defaults is learned."""
EVEN = 20.0
"""Defaults, even over the horizon, that the timing learned is shrunk towards."""
ALONE = 60
"""Months in which defaults came independently of each other that the dispersion learned is shrunk towards: of a year of months it has a standard error of 0.4."""


def by_month(bounds: Ints) -> Ints:
    """Bounds of intervals, days since 1970, with those longer than a month cut into months.

    >>> from datetime import date
    >>> year = np.array([(date(2024, 1, 31) - EPOCH).days, (date(2024, 5, 1) - EPOCH).days])
    >>> [str(EPOCH + timedelta(days=int(one))) for one in by_month(year)]   # the piece of a day at the end is no month of its own
    ['2024-01-31', '2024-02-29', '2024-03-31', '2024-05-01']
    """
    found: list[int] = []
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        first, months = EPOCH + timedelta(days=start), 0
        # half a month at least is left for the last one
        while months == 0 or (add_months(first, months) - EPOCH).days + 15 <= end:
            found.append((add_months(first, months) - EPOCH).days)
            months += 1
    return np.array([*found, int(bounds[-1])], dtype=np.int64)


def timing(elapsed: Floats, customers: int) -> Floats:
    """Part of a horizon's defaults that has come by 0, 1, ... `STEPS` twelfths of it.

    Where days of decision lie a year apart this holds the seasons too: a book that charges off before its fiscal year ends
    does so in the same month of every horizon.

    Args:
        elapsed: of each default, part of its horizon that had passed; a default of a customer stands in every row whose horizon it lies in.
        customers: that defaulted: so many defaults there are, however many rows tell of them.

    >>> timing(np.array([0.5, 0.5, 0.5, 0.9]), 2)[[0, 6, 7, 12]].round(3).tolist()   # 20 even ones, and two customers whose rows say the seventh part twice and the eleventh once
    [0.0, 0.455, 0.598, 1.0]
    """
    step = np.minimum((elapsed * STEPS).astype(np.int64), STEPS - 1)
    counts = np.bincount(step, minlength=STEPS) * (customers / max(len(elapsed), 1))
    return np.append(0.0, np.cumsum((counts + EVEN / STEPS) / (counts.sum() + EVEN)))


def shares(bounds: Ints, starts: Ints, ends: Ints, come: Floats | None = None) -> Floats:
    """Part of the defaults of each window [start, end) that comes in each interval, shape (windows, intervals).

    Args:
        bounds: of the intervals, days since 1970.
        starts: of the windows.
        ends: the days after them.
        come: their timing; None: even over the days.
    """
    elapsed = (np.clip(bounds, starts[:, None], ends[:, None]) - starts[:, None]) / (ends - starts)[:, None]  # fmt: skip
    if come is not None:
        elapsed = np.interp(elapsed, np.linspace(0.0, 1.0, STEPS + 1), come)
    return np.asarray(np.diff(elapsed, axis=1))


def dispersion(counts: Floats, share: Floats) -> float:
    """How much more the defaults of the months vary than independent ones would, given the number of each window: 1 or more.

    phi = sum of squared differences over their variance if independent, n s (1 - s) in a window of n defaults. The number of a window
    is taken as it is, so that a level which moves from year to year is not counted.

    Args:
        counts: defaults by window and interval, shape (windows, intervals).
        share: of a window's defaults that is expected in each.

    Source: McCullagh and Nelder, Generalized Linear Models (1989), section 4.5, for phi of multinomial counts.

    >>> share = np.kron(np.eye(30), np.full(2, 0.5))   # 30 windows of two months each
    >>> [round(dispersion(2 * share * n, share), 2) for n in (np.tile([3.0, 1.0], 30), np.tile([8.0, 0.0], 30))]   # phi 1 and 8, and as many months of 1
    [1.0, 4.5]
    """
    whole = counts.sum(axis=1, keepdims=True)
    variance = float(np.sum(whole * share * (1.0 - share)))
    if variance <= 0.0:
        return 1.0
    found = float(np.sum((counts - whole * share) ** 2)) / variance
    months = share.shape[1]
    return max(1.0, float((months * found + ALONE) / (months + ALONE)))
