"""Outcomes that are still open: what a day knows of them, and how much of the horizon has spoken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from contracts.calendar import Days, matured_on
from models.base.data import Part

MIN_TIMED = 20
"""Defaulted customers that tell when in the horizon defaults come; with fewer nothing is made of open outcomes."""


@dataclass(frozen=True, slots=True)
class Early:
    """What a day knows of rows whose outcome is open on it, aligned with them.

    Attributes:
        defaulted: the default has come already.
        share: part of a horizon's defaults that comes in the time since the day of decision, 0 to 1.
    """

    defaulted: Bools
    share: Floats

    @property
    def weight(self) -> Floats:
        """What each counts for: a default is one, and who has not defaulted counts by the share of the horizon that has spoken.

        A survivor of all months but a part F of the defaults says ln(1 - p F) of its PD p; ln(1 - p) times F, which a weight gives, is that
        up to p^2: of a PD of 30 % half-way the pull is 0.15 in place of 0.12.

        Source: Efron, The two sample problem with censored data (1967), for the mass that open cases have told.

        >>> Early(np.array([True, False]), np.array([0.25, 0.25])).weight.tolist()
        [1.0, 0.25]
        """
        return np.where(self.defaulted, 1.0, self.share)


def early(known: Part, still_open: Part, entries: pd.DataFrame, day: date) -> Early | None:
    """What is known on a day of the rows still open on it; None where too few defaults tell their timing.

    The share is that of the defaults of final rows: it takes their timing within the horizon to be that of the open ones, which
    `came_and_expected` tests once these are final. Of the open rows no entry into default from the day on is read.

    Args:
        known: rows whose outcome was final on the day.
        still_open: rows decided before the day, or on it, whose outcome was not.
        entries: contract DEFAULTS.
        day: what was known strictly before it counts.
    """
    days = days_to_default(known, entries)
    is_timed = known.defaulted & np.isfinite(days)
    if len(still_open) == 0 or len(set(known.customer_id[is_timed])) < MIN_TIMED:
        return None
    watched = _watched(still_open, day)
    came = days_to_default(still_open, entries) < watched
    ordered = np.sort(days[is_timed])
    return Early(came, np.searchsorted(ordered, watched, side="left") / len(ordered))


@dataclass(frozen=True, slots=True)
class Timing:
    """Of rows that were open on a day and are final now: defaults of the horizon that had come by then.

    Attributes:
        came: so many had.
        expected: so many the timing of earlier defaults said, of those of the whole horizon.
        in_the_end: these.
    """

    came: int
    expected: float
    in_the_end: int


def came_and_expected(
    still_open: Part, found: Early, entries: pd.DataFrame, horizon_months: int
) -> Timing:
    """Looking back: did the defaults of the open rows come when those before them had?

    Args:
        still_open: the rows, of which all is known by now.
        found: what was made of them then.
        entries: contract DEFAULTS.
        horizon_months: of the outcome.
    """
    ends = (matured_on(still_open.as_of, horizon_months) - still_open.as_of).astype(np.int64)
    bad = days_to_default(still_open, entries) < ends
    return Timing(int(found.defaulted.sum()), float(found.share[bad].sum()), int(bad.sum()))


def days_to_default(part: Part, entries: pd.DataFrame) -> Floats:
    """Days from each day of decision to the customer's first entry into default from then on; infinite where there is none."""
    days = next_default(part, entries) - part.as_of.astype("datetime64[D]")
    return np.where(np.isnat(days), np.inf, days.astype(np.float64))


def next_default(part: Part, entries: pd.DataFrame) -> Days:
    """The customer's first entry into default from each day of decision on; NaT where there is none."""
    rows = pd.DataFrame({"customer_id": part.customer_id, "on": pd.to_datetime(part.as_of)})
    rows["place"] = np.arange(len(rows))
    when = pd.to_datetime(entries["entered_on"]).astype(rows["on"].dtype)
    told = pd.DataFrame({"customer_id": entries["customer_id"], "on": when, "entered": when})
    found = pd.merge_asof(
        rows.sort_values("on", kind="stable"), told.sort_values("on", kind="stable"),
        on="on", by="customer_id", direction="forward",
    ).sort_values("place")  # fmt: skip
    return np.asarray(found["entered"].to_numpy().astype("datetime64[D]"))


def _watched(part: Part, day: date) -> Floats:
    return (np.datetime64(str(day), "D") - part.as_of).astype(np.float64)
