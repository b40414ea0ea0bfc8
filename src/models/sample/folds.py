"""Time-ordered folds with a label gap: a fold learns only from outcomes that were final when its validation began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from contracts.arrays import Bools, Ints
from contracts.calendar import Days, matured_on
from contracts.errors import TrainingError
from models.base.arrays import hashed_share

MIN_TRAIN_DEFAULTS = 10
MIN_VALID_DEFAULTS = 3


@dataclass(frozen=True, slots=True)
class Fold:
    """Row positions of an expanding window and of the later span it is judged on."""

    valid_from: np.datetime64
    train: Ints
    valid: Ints


def time_folds(as_of: Days, defaulted: Bools, horizon_months: int, n_folds: int) -> list[Fold]:
    """Expanding windows over the newest half of the observation days, oldest first.

    Validation rows lie in [valid_from, next block); a training row's outcome is final by
    `valid_from`. Fewer folds than asked are made where days or defaults do not suffice.

    Args:
        as_of: day of decision of each row.
        defaulted: outcome of each row.
        horizon_months: months until an outcome is final.
        n_folds: most folds.

    Raises:
        TrainingError: not one fold has enough defaults on both sides.
    """
    ripe = matured_on(as_of, horizon_months)
    days = np.unique(as_of)
    newest = days[len(days) // 2 :]
    usable = [
        day for day in newest if np.count_nonzero(defaulted & (ripe <= day)) >= MIN_TRAIN_DEFAULTS
    ]
    for count in range(min(n_folds, len(usable)), 0, -1):
        blocks = np.array_split(np.array(usable), count)
        folds = [_fold(as_of, ripe, block) for block in blocks]
        if all(np.count_nonzero(defaulted[fold.valid]) >= MIN_VALID_DEFAULTS for fold in folds):
            return folds
    raise TrainingError(
        "The search cannot judge a model on later data: no time-ordered fold has enough defaults.",
        where="data/interim/partition.parquet, part train",
        value=f"{len(days)} observation days, {np.count_nonzero(defaulted)} defaults, "
        f"each fold needs {MIN_TRAIN_DEFAULTS} before and {MIN_VALID_DEFAULTS} after a gap of {horizon_months} months",
        next_step="Give a longer history, move calibrate_from later, or shorten horizon_months.",
    )


def _fold(as_of: Days, ripe: Days, block: Days) -> Fold:
    is_valid = (as_of >= block[0]) & (as_of <= block[-1])
    return Fold(block[0], np.flatnonzero(ripe <= block[0]), np.flatnonzero(is_valid))


def thin_panel(
    customer_id: np.ndarray[Any, Any], as_of: Days, horizon_months: int, most_rows: int
) -> Bools:
    """Rows to keep so that a panel whose outcomes overlap has about `most_rows`.

    A customer seen every month over a 12-month horizon says nearly the same twelve times, so each
    keeps one observation day in k, starting at a day chosen by its hashed id: the default rate stays,
    every day stays. Rows whose outcomes do not overlap (one a horizon) are never dropped.
    """
    days, day = np.unique(as_of, return_inverse=True)
    per_horizon = int(np.count_nonzero(days < matured_on(days[:1], horizon_months)[0]))
    step: int = min(per_horizon, -(-len(as_of) // most_rows))
    customers, customer = np.unique(customer_id.astype(str), return_inverse=True)
    phase = np.floor(hashed_share(customers, salt="phase") * step).astype(np.int64)
    return np.asarray((day + phase[customer]) % step == 0)
