"""Outcomes by the time of default: month by month, or from one day of decision to the next, defaults seen beside those expected."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit

from contracts.arrays import Bools, Floats, Ints
from contracts.calendar import EPOCH, matured_on
from models.base.losses import log_odds
from models.measures.dated import by_month, dispersion, shares, timing

DAYS_OF_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of the customers of matured cohorts, interval by interval: months, or from one day of decision to the next.

    An interval is seen from every cohort whose outcome window covers it, up to twelve of monthly ones. Defaults and
    expectations are means over those cohorts, so that a default counts once.

    Attributes:
        starts: first day of each interval, shape (n,).
        until: the day after the last interval.
        seen: defaults in each interval, shape (n,).
        cohort: cohort of each row, ascending, shape (rows,).
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

    def __post_init__(self) -> None:
        """Refuses rows in another order: `expected` reads the cohorts of an interval as one piece."""
        if np.any(np.diff(self.cohort) < 0):
            raise ValueError("rows are not in the order of their cohorts")

    def expected(self, moved: Floats) -> tuple[Floats, Floats]:
        """Defaults expected in each interval where its log-odds have moved by so much, and their slope in it."""
        values, slopes = np.zeros(len(moved)), np.zeros(len(moved))
        for place, by in enumerate(moved):
            covering = np.flatnonzero(
                self.share[:, place] > 0
            )  # windows of one length: a run of cohorts
            if not len(covering):
                continue
            first, last = np.searchsorted(self.cohort, [covering[0], covering[-1] + 1])
            chance = expit(self.odds[first:last] + by)
            weight = self.share[self.cohort[first:last], place]
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

    Where days of default are known (`defaulted_on`), they are counted by month, and the expected defaults of a window fall on its
    months as those of all final ones have (`dated.timing`). Else the month of a default is read off the days of decision: a
    customer in default is in no cohort; and the expected defaults of a window fall evenly on the days, which holds of a whole
    book whose cohorts are alike: who is in arrears defaults soon, who is not yet does so later.

    Args:
        rows: customer_id, as_of, pd, defaulted (missing until matured), of every day of decision from the first one
            that may speak to the newest; and `defaulted_on`, the customer's next entry into default from the day on, where these are known.
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
    windows = Windows(cohorts.astype(np.int64), ends.astype(np.int64))
    told, cohort = rows[known], place[known]
    outcome = told["defaulted"].astype(bool).to_numpy()
    if "defaulted_on" in rows:
        found = _by_day(told[outcome], cohort[outcome], by_month(bounds), windows)
    else:
        at = _dated(place, known, rows["defaulted"].fillna(value=False).to_numpy(bool), rows["customer_id"].to_numpy(object))  # fmt: skip
        found = _by_cohort(at[known][outcome], cohort[outcome], bounds, windows)
    odds, order = log_odds(told["pd"].to_numpy(np.float64)), np.argsort(cohort, kind="stable")
    # a month that no window covers, between days of decision further apart than the horizon, expects nothing
    covered = np.maximum((found.share > 0).sum(axis=0), 1)
    return Followed(
        found.bounds[:-1],
        int(found.bounds[-1]),
        found.seen / covered,
        cohort[order],
        odds[order],
        found.share / covered,
        found.dispersion,
    )


@dataclass(frozen=True, slots=True)
class Windows:
    """Horizons of the cohorts: [start, end), days since 1970."""

    starts: Ints
    ends: Ints


@dataclass(frozen=True, slots=True)
class Counts:
    """Defaults by interval, each as often as a window covers it, and the parts of the windows' defaults expected there."""

    bounds: Ints
    seen: Floats
    share: Floats
    dispersion: float = 1.0


def _by_cohort(at: Ints, cohort: Ints, bounds: Ints, windows: Windows) -> Counts:
    """Defaults counted between the days of decision that they were seen between."""
    share = shares(bounds, windows.starts, windows.ends)
    latest = np.minimum(at, _last_covered(share)[cohort])
    return Counts(bounds, np.bincount(latest, minlength=len(bounds) - 1).astype(np.float64), share)


def _by_day(bad: pd.DataFrame, cohort: Ints, bounds: Ints, windows: Windows) -> Counts:
    """Defaults counted on their day; one without a day in its window by the timing of the others."""
    on = bad["defaulted_on"].to_numpy().astype("datetime64[D]")
    start, end = windows.starts[cohort], windows.ends[cohort]
    day = np.where(np.isnat(on), -1, on.astype(np.int64))
    inside = (day >= start) & (day < end)
    elapsed = ((day - start) / (end - start))[inside]
    come = timing(elapsed, int(bad["customer_id"][inside].nunique()))
    share = shares(bounds, windows.starts, windows.ends, come)
    counts = np.zeros_like(share)
    at = np.searchsorted(bounds, day[inside], side="right") - 1
    np.add.at(counts, (cohort[inside], at), 1.0)
    vague = np.bincount(cohort[~inside], minlength=len(share)) @ share
    return Counts(bounds, counts.sum(axis=0) + vague, share, dispersion(counts, share))


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
