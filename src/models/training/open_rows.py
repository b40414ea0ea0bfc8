"""Whether the recipe learns from outcomes that are still open: what earlier origins said of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np

from contracts.arrays import Floats
from contracts.calendar import MONTHS, add_months
from contracts.documents.open_rows import OpenYear, Way
from models.base.data import Part
from models.base.losses import clustered_standard_error, pd_losses
from models.sample.early import Early, Timing

Policy = Literal["auto", "weighed", "left_out"]


def taken(policy: Policy, years: Sequence[OpenYear], day: date, horizon_months: int) -> Way:
    """The way of a day: with `auto` open outcomes are weighed unless those origins whose year was final by then lost by it.

    Weighed is more evidence under an assumption that is tested; so without an origin that could tell, it is taken. A mean
    loss over their rows, however small, rules it out.

    Args:
        policy: `train.open_rows`.
        years: origins so far.
        day: no outcome that was not final then is used.
        horizon_months: of the outcome.

    >>> kept = {"origin": date(2020, 1, 1), "rows": 9, "came": 1, "expected": 1.0, "in_the_end": 2, "judged": 100, "error": 0.1, "taken": "weighed"}
    >>> lost = [OpenYear(**kept, weighed=0.2, left_out=0.1)]
    >>> taken("auto", lost, date(2022, 1, 1), 12), taken("auto", lost, date(2021, 12, 31), 12), taken("auto", [], date(2022, 1, 1), 12)
    ('left_out', 'weighed', 'weighed')
    """
    if policy != "auto":
        return policy
    final = [one for one in years if add_months(one.origin, MONTHS + horizon_months) <= day]
    lost = sum(
        one.judged * (one.weighed - one.left_out)
        for one in final
        if one.weighed is not None and one.left_out is not None
    )
    return "left_out" if lost > 0 else "weighed"


def ways(policy: Policy, found: Early | None) -> tuple[Way, ...]:
    """Those in which an origin is fitted: both where the two are to be compared, and none where open outcomes cannot be weighed."""
    if found is None or policy == "left_out":
        return ("left_out",)
    return ("weighed", "left_out") if policy == "auto" else ("weighed",)


def open_year(
    origin: date, rows: int, timing: Timing, judged: Part, pds: dict[Way, Floats], way: Way
) -> OpenYear:
    """What an origin says, now that all of it is known.

    Args:
        origin: the day.
        rows: open on it, and learned from.
        timing: `came_and_expected` of them.
        judged: rows of the year that followed.
        pds: of these, by way.
        way: taken on that day.
    """
    losses = {name: pd_losses(chance, judged.defaulted) for name, chance in pds.items()}
    means: dict[Way, float] = {name: float(np.mean(loss)) for name, loss in losses.items()}
    error = None
    if "left_out" in losses and "weighed" in losses:
        apart = losses["weighed"] - losses["left_out"]
        error = clustered_standard_error(apart, judged.customer_id)
    return OpenYear(
        origin=origin,
        rows=rows,
        came=timing.came,
        expected=timing.expected,
        in_the_end=timing.in_the_end,
        judged=len(judged),
        weighed=means.get("weighed"),
        left_out=means.get("left_out"),
        error=error,
        taken=way,
    )
