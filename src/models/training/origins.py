"""Rolling origins: what the recipe that ships would have said each year, fitted on what was known then alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.calendar import MONTHS, add_months, matured_on, months_back
from contracts.config.training import TrainConfig
from contracts.documents.earned import Earned
from contracts.documents.open_rows import OpenRows, OpenYear
from models.base.data import Part, assemble
from models.boosting.at_once import at_once
from models.sample.early import Early, came_and_expected, early
from models.training.earned import Judged, earned, judged_by
from models.training.open_rows import open_year, taken, ways
from models.training.recipe import Made, Recipe
from models.training.shipment import matured

MIN_KNOWN = 20
"""An origin needs so many defaulted customers whose outcome was final then ..."""
MIN_JUDGED = 10
"""... and so many in the year that followed."""
FOLDS = 2
"""Folds of customers at an origin: three fits in place of six; its calibrator is told of every customer all the same."""
COLUMNS = ("origin", "customer_id", "as_of", "pd", "defaulted")


@dataclass(frozen=True, slots=True)
class Book:
    """What is known today of all days.

    Attributes:
        matrix: features by (customer_id, as_of).
        partition: which row is matured, and where test begins.
        entries: contract DEFAULTS; None: no day of default is known, and open outcomes say nothing.
    """

    matrix: pd.DataFrame
    partition: pd.DataFrame
    entries: pd.DataFrame | None = None

    @property
    def newest(self) -> date:
        """The newest day of decision: what was booked before it is known."""
        return pd.Timestamp(self.partition["as_of"].max()).date()


def rolled(recipe: Recipe, book: Book, most: int) -> tuple[pd.DataFrame, OpenRows, Earned]:
    """PDs of the years that followed each origin (contract ORIGINS), oldest first, what each says of open outcomes, and of search and averaging.

    The newest origin is the first day of the test part, the others come a year before each other. At an origin boosters,
    calibrator and level are made as those that ship (`Recipe.made`): of the rows whose outcome was final then, with those still
    open for the level and, weighed by what had matured of them, for the boosters. No default from the origin on is read. With
    `train.open_rows: auto` both ways are made, and the answers are those of the way that the origins judged by then led to.
    Members, settings and trees are those that the folds of train chose, once: at an origin inside train they were chosen
    with its future in sight, and only what is fitted is honest. No row where no origin holds enough defaults.

    Args:
        recipe: what is done again.
        book: rows and outcomes.
        most: origins.
    """
    part = matured(book.matrix, book.partition)
    first = pd.Timestamp(assemble(book.matrix, book.partition, "test").as_of.min()).date()
    quick = replace(recipe, config=recipe.config.model_copy(update={"unseen_folds": FOLDS}))
    found: list[pd.DataFrame] = []
    years: list[OpenYear] = []
    answers: list[Judged] = []
    for back in reversed(range(most)):
        rows = _at(quick, part, book.entries, months_back(first, MONTHS * back), years)
        if rows is not None:
            found.append(rows[0])
            answers.append(rows[1])
    policy, horizon = recipe.config.open_rows, recipe.contract.horizon_months
    way = taken(policy, years, book.newest, horizon) if recipe.can_weigh else "left_out"
    told = OpenRows(policy=policy, taken=way, years=tuple(years))
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))
    return table, told, earned(answers)


def _at(
    recipe: Recipe,
    part: Part,
    entries: pd.DataFrame | None,
    origin: date,
    years: list[OpenYear],
) -> tuple[pd.DataFrame, Judged] | None:
    """One origin, whose word on open outcomes is added to those before it; None where it holds too few defaults."""
    day, until = (np.datetime64(str(one), "D") for one in (origin, add_months(origin, MONTHS)))
    horizon, policy = recipe.contract.horizon_months, recipe.config.open_rows
    is_final = matured_on(part.as_of, horizon) <= day
    known, still_open = part.take(is_final), part.take(~is_final & (part.as_of < day))
    judged = part.take((part.as_of >= day) & (part.as_of < until))
    if _heads(known) < MIN_KNOWN or _heads(judged) < MIN_JUDGED:
        return None
    told = None
    if entries is not None and recipe.can_weigh:
        told = early(known, still_open, entries, origin)
    asked = ways(policy, told)
    way = taken(policy, years, origin, horizon) if "weighed" in asked else "left_out"
    # the booster beside is asked of the way that was taken alone
    recipes = {one: recipe if one == way else replace(recipe, beside=None) for one in asked}
    jobs = [
        partial(_made, same, (known, still_open), told if one == "weighed" else None, entries)
        for one, same in recipes.items()
    ]
    made = dict(zip(asked, at_once(jobs, recipe.config), strict=True))
    pds = {one: _pds(of, judged) for one, of in made.items()}
    if "weighed" in pds and told is not None and entries is not None:
        timing = came_and_expected(still_open, told, entries, horizon)
        n_rows = int(np.count_nonzero(told.weight))
        years.append(open_year(origin, n_rows, timing, judged, pds, way))
    return _answers(origin, judged, pds[way]), judged_by(origin, recipe.members, made[way], judged)


def _made(
    recipe: Recipe,
    rows: tuple[Part, Part],
    told: Early | None,
    entries: pd.DataFrame | None,
    share: TrainConfig,
) -> Made:
    """One way of an origin, beside the other: while one looks for its calibrator, the boosters of the other grow."""
    return replace(recipe, config=share).made(*rows, told, entries)


def _pds(made: Made, judged: Part) -> Floats:
    return made.calibration.calibrator.apply(made.ensemble.margin(judged.features))


def _answers(origin: date, judged: Part, pds: Floats) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "origin": pd.Timestamp(origin),
            "customer_id": judged.customer_id,
            "as_of": pd.to_datetime(judged.as_of),
            "pd": pds,
            "defaulted": judged.defaulted,
        }
    )


def _heads(part: Part) -> int:
    return len(set(part.customer_id[part.defaulted]))
