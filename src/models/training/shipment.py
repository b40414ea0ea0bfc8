"""The model that ships: the recipe that was validated, done again on everything that has matured on the day of the book."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from models.base.data import Part, assemble
from models.sample.early import early
from models.training.recipe import Made, Recipe, Weighed

TWIN = ("train", "calibrate")
"""Parts whose outcomes the validated twin has seen, with its boosters or with its calibrator."""


def ship(
    recipe: Recipe,
    matrix: pd.DataFrame,
    partition: pd.DataFrame,
    entries: pd.DataFrame | None = None,
    *,
    weigh: bool = True,
) -> Made:
    """Boosters of all matured rows, calibrated, with the level of the year ahead of the newest book.

    Args:
        recipe: what is done again.
        matrix: features by (customer_id, as_of).
        partition: which row is matured.
        entries: contract DEFAULTS, the days by which the level reads the defaults; None: no day is known, and open outcomes are left out.
        weigh: open outcomes by what has matured of them; else they are left out.

    Raises:
        TrainingError: fewer than two defaults are known, or nothing else.
    """
    known, newer = matured(matrix, partition), assemble(matrix, partition, "recent")
    if entries is None or not weigh or not len(newer):
        return recipe.made(known, newer, entries=entries)
    return recipe.made(known, newer, early(known, newer, entries, _day(newer.as_of.max())), entries)


def matured(matrix: pd.DataFrame, partition: pd.DataFrame) -> Part:
    """Every row whose outcome is final, whatever part it was in."""
    final = partition["defaulted"].notna()
    return assemble(matrix, partition.assign(part=np.where(final, "matured", "open")), "matured")


def facts(policy: str, partition: pd.DataFrame, made: Made | None = None) -> dict[str, Any]:
    """`data/model/shipped.json`: what the model that ships has learned from and until when, its level, and its twin's facts.

    Args:
        policy: `train.refit`.
        partition: which row was in which part.
        made: the model that was fitted again; None where the validated one ships.
    """
    learned = partition["defaulted"].notna() if policy == "all" else partition["part"].isin(TWIN)
    year = None if made is None else made.outlook
    return {
        "policy": policy,
        **_span(partition[learned]),
        "open": None if made is None else _open(made.weighed),
        "level": None if year is None else year.model_dump(mode="json", by_alias=True),
        "twin": _span(partition[partition["part"].isin(TWIN)]),
    }


def _span(rows: pd.DataFrame) -> dict[str, Any]:
    bad = rows["defaulted"].fillna(value=False).astype(bool)
    return {
        "rows": len(rows),
        "customers": int(rows["customer_id"].nunique()),
        "defaults": int(bad.sum()),
        "defaulted_customers": int(rows.loc[bad, "customer_id"].nunique()),
        "from": str(rows["as_of"].min().date()),
        "until": str((rows["as_of"].max() + pd.Timedelta(days=1)).date()),
    }


def _open(weighed: Weighed | None) -> dict[str, Any] | None:
    """Open rows that were learned from; their weights sum to `weight`."""
    if weighed is None:
        return None
    part, told = weighed
    rows = pd.DataFrame(
        {"customer_id": part.customer_id, "as_of": pd.to_datetime(part.as_of), "defaulted": told.defaulted}
    )  # fmt: skip
    return {**_span(rows), "weight": float(told.weight.sum())}


def _day(when: np.datetime64) -> date:
    return pd.Timestamp(when).date()
