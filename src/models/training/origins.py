"""Rolling origins: what the recipe that ships would have said each year, fitted on what was final then alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from contracts.calendar import MONTHS, add_months, matured_on, months_back
from models.base.data import Part, assemble
from models.training.recipe import Recipe
from models.training.shipment import matured

MIN_KNOWN = 20
"""An origin needs so many defaulted customers whose outcome was final then ..."""
MIN_JUDGED = 10
"""... and so many in the year that followed."""
FOLDS = 2
"""Folds of customers at an origin: three fits in place of six; its calibrator is told of every customer all the same."""
COLUMNS = ("origin", "customer_id", "as_of", "pd", "defaulted")


def rolled(recipe: Recipe, matrix: pd.DataFrame, partition: pd.DataFrame, most: int) -> pd.DataFrame:  # fmt: skip
    """PDs of the years that followed each origin (contract ORIGINS), oldest first; no row where no origin holds enough defaults.

    The newest origin is the first day of the test part, the others come a year before each other. At an origin boosters,
    calibrator and level are made as those that ship (`Recipe.made`): of the rows whose outcome was final then, with those still
    open for the level, whose outcomes are hidden. Members, settings and trees are those that the folds of train chose, once:
    at an origin inside train they were chosen with its future in sight, and only what is fitted is honest.

    Args:
        recipe: what is done again.
        matrix: features by (customer_id, as_of).
        partition: which row is matured, and where test begins.
        most: origins.
    """
    part = matured(matrix, partition)
    first = pd.Timestamp(assemble(matrix, partition, "test").as_of.min()).date()
    quick = replace(recipe, config=recipe.config.model_copy(update={"unseen_folds": FOLDS}))
    found = []
    for back in range(most):
        rows = _at(quick, part, months_back(first, MONTHS * back))
        if rows is not None:
            found.append(rows)
    return pd.concat(reversed(found), ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))  # fmt: skip


def _at(recipe: Recipe, part: Part, origin: date) -> pd.DataFrame | None:
    """One origin; None where it holds too few defaults."""
    day, until = (np.datetime64(str(one), "D") for one in (origin, add_months(origin, MONTHS)))
    is_final = matured_on(part.as_of, recipe.contract.horizon_months) <= day
    known, still_open = part.take(is_final), part.take(~is_final & (part.as_of < day))
    judged = part.take((part.as_of >= day) & (part.as_of < until))
    if _heads(known) < MIN_KNOWN or _heads(judged) < MIN_JUDGED:
        return None
    made = recipe.made(known, still_open)
    return pd.DataFrame(
        {
            "origin": pd.Timestamp(origin),
            "customer_id": judged.customer_id,
            "as_of": pd.to_datetime(judged.as_of),
            "pd": made.calibration.calibrator.apply(made.ensemble.margin(judged.features)),
            "defaulted": judged.defaulted,
        }
    )


def _heads(part: Part) -> int:
    return len(set(part.customer_id[part.defaulted]))
