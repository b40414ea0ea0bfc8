"""Outcomes as they come: who defaulted between one day of decision and the next, beside the hazard the newest PD gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.calendar import Days, matured_on
from contracts.documents.recalibration import Steadiness
from models.measures.sequential import clustering
from models.upkeep.steady import steadiness

BANDS = np.array([1, 2, 3, 4, 5, 6, 7, 7.5]) / 8.0
"""Bounds of the bands of PD, parts of the defaults: who is in arrears defaults soon, who is not yet does so later. Timing changes
most among the highest PDs, so the last band is halved."""
SHRINK = 5.0
"""Defaulted customers: a band's timing counts for half when so many speak."""
MIN_BANDED = 25
"""Customers that defaulted before the next day of decision and whose PD the model had not learned from; with fewer one timing holds for all. Of the
47 defaults of a single cohort four do, and a timing learned from those expected 227 defaults where 132 came."""
DAYS_OF_MONTH = 365.25 / 12.0
USUAL_CLUSTERING, USUAL_MONTHS = 1.2, 60
"""What is taken for granted, and the months of history that count as much as it: one in five defaults takes another along."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Part of the horizon's defaults that falls before the next day of decision.

    Attributes:
        bounds: upper PDs of all bands but the last.
        share: of each band.
        defaulted: customers it was learned from; 0 where nothing is known and defaults fall evenly on the horizon.
    """

    bounds: Floats
    share: Floats
    defaulted: int

    @property
    def is_banded(self) -> bool:
        """Whether it is known by PD.

        >>> Timing(np.zeros(0), np.array([1 / 12]), 0).is_banded
        False
        """
        return len(self.share) > 1

    def of(self, pd_: Floats) -> Floats:
        """The share by row.

        >>> Timing(np.array([0.1]), np.array([0.05, 0.2]), 50).of(np.array([0.02, 0.5])).tolist()
        [0.05, 0.2]
        """
        return np.asarray(self.share[np.searchsorted(self.bounds, pd_)])


@dataclass(frozen=True, slots=True)
class Followed:
    """Every customer in good standing on a day of decision, followed to the next one.

    Attributes:
        days: days of decision whose next one is known, and the last of these next ones, shape (months + 1,).
        month: place of each row's day, shape (n,), in order.
        pd_: of the horizon, shape (n,).
        hazard: chance of default before the next day: PD times the share of the timing, shape (n,).
        defaulted: whether it did, shape (n,).
        rows: the rows themselves.
        timing: learned from history.
        clustering: phi of `models.measures.sequential`, of the book's history.
        steady: whether the timing has been the same in both halves of the history it was learned from.
    """

    days: Days
    month: Ints
    pd_: Floats
    hazard: Floats
    defaulted: Bools
    rows: pd.DataFrame
    timing: Timing
    clustering: float
    steady: Steadiness

    @property
    def seen(self) -> Floats:
        """Defaults by month."""
        return np.bincount(self.month, self.defaulted, len(self.days) - 1).astype(np.float64)

    @property
    def expected(self) -> Floats:
        """Defaults expected by month."""
        return np.bincount(self.month, self.hazard, len(self.days) - 1).astype(np.float64)

    @property
    def customers(self) -> Ints:
        """Customers followed, by month."""
        return np.bincount(self.month, minlength=len(self.days) - 1)


def followed(
    rows: pd.DataFrame, entries: pd.DataFrame, start: pd.Timestamp, horizon_months: int
) -> Followed | None:
    """Each customer's default counted once, in the month it happened; None where no month since `start` has passed.

    A customer enters a month with the PD of the newest day of decision and is at risk until the next: its conditional hazard,
    given that it had not defaulted before, is PD x P(before the next day | within the horizon). The second factor, the timing, is
    learned from cohorts that matured before `start`. So a default is one event, not twelve overlapping labels, and is
    known when it happens, not a year later. A customer that is in no cohort on a day (inactive, in default) is not followed from it.

    Args:
        rows: customer_id, as_of, pd, unseen_pd (missing where no model is known that had not learned from the row),
            defaulted (missing until matured) of every day of decision, and what else is asked of them.
        entries: customer_id and entered_on, every entry into default that is known.
        start: days of decision before it are history.
        horizon_months: of the PD.

    Source: discrete-time hazards, Shumway, Journal of Business 74 (2001); Cox, Regression models and life-tables (1972).
    """
    days = np.unique(rows["as_of"].to_numpy().astype("datetime64[D]"))
    if len(days) < 2:
        return None
    rows = rows[rows["as_of"] < pd.Timestamp(days[-1])].reset_index(drop=True)
    place = np.searchsorted(days, rows["as_of"].to_numpy().astype("datetime64[D]"))
    ends = np.minimum(days[1:], matured_on(days[:-1], horizon_months))[place]
    hit = _next_entry(rows, entries) < ends
    old = (rows["as_of"] < start).to_numpy()
    if old.all():
        return None
    final = matured_on(days[:-1], horizon_months)[place] <= start.to_datetime64()
    gap = float(np.median(np.diff(days).astype(np.float64)))
    timing = _timing(rows[final], hit[final], gap, horizon_months)
    first = int(place[~old].min())
    order = np.flatnonzero(~old)[np.argsort(place[~old], kind="stable")]
    kept = rows.iloc[order].reset_index(drop=True)
    chance = kept["pd"].to_numpy(np.float64)
    counts = np.bincount(place[old & hit], minlength=first)[:first]
    return Followed(
        days[first:],
        np.asarray(place[order] - first),
        chance,
        chance * timing.of(chance),
        np.asarray(hit[order]),
        kept,
        timing,
        _clustered(counts),
        _steady(rows[final], hit[final]),
    )


def _steady(history: pd.DataFrame, hit: Bools) -> Steadiness:
    bad = history["defaulted"].fillna(value=False).to_numpy(bool)
    days = history["as_of"].to_numpy().astype("datetime64[D]")[bad]
    return steadiness(days, history["customer_id"].to_numpy(object)[bad], hit[bad])


def _clustered(counts: Ints) -> float:
    """The clustering of the book's history, shrunk to what is usual: of sixty months alone its standard error is a quarter."""
    found = clustering(counts)
    if found is None:
        return USUAL_CLUSTERING
    total = len(counts) + USUAL_MONTHS
    return (len(counts) * found + USUAL_MONTHS * USUAL_CLUSTERING) / total


def _next_entry(rows: pd.DataFrame, entries: pd.DataFrame) -> Days:
    """The first entry into default on or after each row's day; NaT where there is none."""
    asked = rows[["customer_id", "as_of"]].assign(place=np.arange(len(rows)))
    asked = asked.assign(as_of=asked["as_of"].astype("datetime64[s]"))
    known = entries.assign(entered_on=pd.to_datetime(entries["entered_on"]).astype("datetime64[s]"))
    found = pd.merge_asof(
        asked.sort_values("as_of", kind="stable"),
        known[["customer_id", "entered_on"]].sort_values("entered_on", kind="stable"),
        left_on="as_of",
        right_on="entered_on",
        by="customer_id",
        direction="forward",
    )
    return np.asarray(found.sort_values("place")["entered_on"].to_numpy().astype("datetime64[D]"))


def _timing(history: pd.DataFrame, hit: Bools, gap_days: float, horizon_months: int) -> Timing:
    """The timing by band of PD, shrunk to that of the whole book.

    By band only of rows that the model had not learned from: it is surer of those it has, long before they default, so
    that high PDs would seem to default late.
    """
    bad = history["defaulted"].fillna(value=False).to_numpy(bool)
    soon = hit[bad]
    if not soon.any():
        even = min(gap_days / (horizon_months * DAYS_OF_MONTH), 1.0)
        return Timing(np.zeros(0), np.array([even]), 0)
    whole = float(soon.mean())
    unseen = history["unseen_pd"].notna().to_numpy()[bad]
    who = history.loc[bad, "customer_id"].to_numpy(object)
    defaulted = len(set(who[unseen]))
    if np.count_nonzero(soon[unseen]) < MIN_BANDED:
        return Timing(np.zeros(0), np.array([whole]), len(set(who)))
    chance, soon = history.loc[bad, "unseen_pd"].to_numpy(np.float64)[unseen], soon[unseen]
    bounds = np.unique(np.quantile(chance, BANDS))
    band = np.searchsorted(bounds, chance)
    rows = np.bincount(band, minlength=len(bounds) + 1).astype(np.float64)
    early = np.bincount(band, weights=soon, minlength=len(bounds) + 1)
    # a default is a row of every day of decision within the horizon before it
    prior = SHRINK * len(chance) / defaulted
    return Timing(bounds, (early + prior * float(soon.mean())) / (rows + prior), defaulted)
