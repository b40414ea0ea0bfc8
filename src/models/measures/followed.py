"""Outcomes by the time of default: in each interval between days of decision, defaults seen beside those expected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit

from contracts.arrays import Bools, Floats, Ints
from contracts.calendar import EPOCH, matured_on
from models.base.losses import log_odds

DAYS_OF_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of the customers of matured cohorts, interval by interval from one day of decision to the next.

    An interval is seen from every cohort whose outcome window covers it, up to twelve of monthly ones. Defaults and
    expectations are means over those cohorts, so that a default counts once.

    Attributes:
        starts: first day of each interval, shape (n,).
        until: the day after the last interval.
        seen: defaults in each interval, shape (n,).
        cohort: cohort of each row, shape (rows,).
        odds: log-odds that the champion gave each row, shape (rows,).
        share: part of a cohort's expected defaults that falls into each interval, over the number of cohorts that
            cover it, shape (cohorts, n).
        dispersion: variance of an interval's defaults over that of independent ones.
        shared: variance of an error that all expectations share; none, for these are of whole horizons.
    """

    starts: Ints
    until: int
    seen: Floats
    cohort: Ints
    odds: Floats
    share: Floats
    dispersion: float = 1.0
    shared: float = 0.0

    def expected(self, moved: Floats) -> tuple[Floats, Floats]:
        """Defaults expected in each interval where its log-odds have moved by so much, and their slope in it."""
        values, slopes = np.zeros(len(moved)), np.zeros(len(moved))
        for place, by in enumerate(moved):
            covering = self.share[:, place] > 0
            rows = covering[self.cohort]
            chance = expit(self.odds[rows] + by)
            weight = self.share[self.cohort[rows], place]
            values[place] = np.sum(weight * chance)
            slopes[place] = np.sum(weight * chance * (1.0 - chance))
        return values, slopes

    def after(self, day: date) -> Followed | None:
        """The intervals that begin on a day or later: what an earlier estimate has counted is not counted again; None without any.

        >>> two = Followed(np.array([0, 31]), 59, np.array([1.0, 2.0]), np.array([0]), np.zeros(1), np.array([[0.5, 0.5]]))
        >>> found = two.after(date(1970, 2, 1))
        >>> found and (found.starts.tolist(), found.seen.tolist(), found.until), two.after(date(1970, 3, 1))
        (([31], [2.0], 59), None)
        """
        kept = self.starts >= (day - EPOCH).days
        if not kept.any():
            return None
        return replace(
            self, starts=self.starts[kept], seen=self.seen[kept], share=self.share[:, kept]
        )

    @property
    def middles(self) -> Floats:
        """Middle of each interval, in years since 1970."""
        ends = np.append(self.starts[1:], self.until)
        return np.asarray((self.starts + ends) / 2.0 / DAYS_OF_YEAR)


def followed(rows: pd.DataFrame, horizon_months: int) -> Followed | None:
    """Follows the customers of matured cohorts to their default; None where no interval is known.

    The month of a default is read off the days of decision: a customer in default is in no cohort. Within a cohort's
    window its expected defaults fall evenly on the days, which holds of a whole book whose cohorts are alike: who
    is in arrears defaults soon, who is not yet does so later.

    Args:
        rows: customer_id, as_of, pd, defaulted (missing until matured), of every day of decision from the first one
            that may speak to the newest.
        horizon_months: of the outcome.
    """
    rows = rows.sort_values(["customer_id", "as_of"], kind="stable", ignore_index=True)
    days = np.unique(rows["as_of"].to_numpy().astype("datetime64[D]"))
    known = rows["defaulted"].notna().to_numpy()
    if not known.any() or len(days) < 1:
        return None
    place = np.searchsorted(days, rows["as_of"].to_numpy().astype("datetime64[D]"))
    cohorts = days[: int(place[known].max()) + 1]
    ends = matured_on(cohorts, horizon_months)
    # days of decision end with the newest; the windows of matured cohorts may reach a little further
    bounds = np.append(days[days < ends[-1]], ends[-1]).astype(np.int64)
    share = _shares(bounds, cohorts.astype(np.int64), ends.astype(np.int64))
    covered = (share > 0).sum(axis=0)
    told = rows[known]
    outcome, who = told["defaulted"].astype(bool).to_numpy(), rows["customer_id"].to_numpy(object)
    at = _dated(place, known, rows["defaulted"].fillna(value=False).to_numpy(bool), who)
    cohort = place[known]
    latest = np.minimum(at[known], _last_covered(share)[cohort])
    seen = np.bincount(latest[outcome], minlength=len(bounds) - 1).astype(np.float64)
    return Followed(
        bounds[:-1],
        int(bounds[-1]),
        seen / covered,
        cohort,
        log_odds(told["pd"].to_numpy(np.float64)),
        share / covered,
    )


def _shares(bounds: Ints, starts: Ints, ends: Ints) -> Floats:
    """Part of each window [start, end) that lies in each interval, shape (cohorts, intervals)."""
    low = np.maximum(bounds[:-1], starts[:, None])
    high = np.minimum(bounds[1:], ends[:, None])
    return np.asarray(np.maximum(high - low, 0) / (ends - starts)[:, None])


def _last_covered(share: Floats) -> Ints:
    return np.asarray(share.shape[1] - 1 - np.argmax(share[:, ::-1] > 0, axis=1))


def _dated(place: Ints, known: Bools, bad: Bools, who: Ints) -> Ints:
    """The interval in which a row that defaults does so: that of the last row before the customer is gone.

    A matured row says whether its customer defaults within the horizon. If the next one says the same, it is the same
    default. Rows that have not matured say only that the customer is not in default yet.
    """
    at = place.copy()
    for row in range(len(place) - 2, -1, -1):
        if who[row] != who[row + 1]:
            continue
        runs_on = place[row + 1] == place[row] + 1
        same = bool(bad[row + 1]) if known[row + 1] else runs_on
        if same:
            at[row] = at[row + 1]
    return at
