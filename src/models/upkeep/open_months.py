"""The months since the level in use was set, as a forecast and a proof of a change of level read them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from contracts.config.upkeep import RecalibrateConfig
from models.base.losses import log_odds
from models.measures.monthly import Monthly
from models.upkeep.ahead import Shown
from models.upkeep.budget import looks_a_year
from models.upkeep.hazards import Followed
from models.upkeep.held_back import is_judged
from models.upkeep.look import level_look


def monthly(months: Followed) -> Monthly:
    """Defaults beside those expected, at any level."""
    days = months.days.astype(np.int64)
    return Monthly(
        days[:-1],
        int(days[-1]),
        months.seen,
        months.month,
        log_odds(months.pd_),
        months.timing.of(months.pd_),
        months.clustering,
        months.steady.error**2,
    )


def chosen(months: Followed, *, judged: bool | None) -> Followed:
    """The months of the customers that judge, or of those that teach; None: of all."""
    if judged is None:
        return months
    kept = is_judged(months.rows["customer_id"].to_numpy()) == judged
    return replace(
        months,
        month=months.month[kept],
        pd_=months.pd_[kept],
        hazard=months.hazard[kept],
        defaulted=months.defaulted[kept],
        rows=months.rows[kept].reset_index(drop=True),
    )


def shown(months: Followed, config: RecalibrateConfig) -> Shown:
    """Whether they show that the level has changed: evidence that a book without a change reaches `false_a_year` times a year at most."""
    threshold = looks_a_year(pd.Series(pd.to_datetime(months.days))) / config.false_a_year
    look = level_look(months, threshold)
    return Shown(look.side, look.evidence, threshold)
