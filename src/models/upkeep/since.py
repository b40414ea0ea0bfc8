"""What the champion has learned, and which observations and outcomes it has not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.documents.outlook import Carried, Movement
from contracts.errors import ContractError, RegistryError
from contracts.tables.derived import KEY
from models.measures.outlook import Learned
from models.registry.bundle import TWIN
from models.registry.champion import Champion
from models.registry.registration import CARRIED, LEVELLED, MOVES, is_delivered
from models.registry.twin import UNTIL, twin_pd


def fitted_until(reference: Mapping[str, Any]) -> pd.Timestamp:
    """Observations from this day on are such as the champion's boosters and calibrator were not fitted on."""
    return pd.Timestamp(reference["calibrated_until"] or reference["from"])


def levelled_until(reference: Mapping[str, Any]) -> pd.Timestamp:
    """Defaults from this day on are such as neither the champion nor the level of its PDs has learned from.

    Where it is not told when the level was set, the day after the registration sample.

    >>> told = {"from": "2023-01-01", "until": "2024-01-02", "calibrated_until": "2023-01-02", "levelled_until": "2025-01-01"}
    >>> str(levelled_until(told).date()), str(levelled_until({**told, "levelled_until": None}).date())
    ('2025-01-01', '2024-01-02')
    """
    told = reference.get(LEVELLED) or reference["until"]
    return max(fitted_until(reference), pd.Timestamp(told))


def level_learned(reference: Mapping[str, Any]) -> Learned | None:
    """Until when outcomes that were not final yet have told the level, what is left of it, and how it moves; None where those of the calibration alone did.

    >>> level_learned({"levelled_until": "2025-01-01"}), level_learned({"levelled_until": None})
    (Learned(until=datetime.date(2025, 1, 1), carried=None, movement=None), None)
    """
    told = reference.get(LEVELLED)
    if told is None:
        return None
    kept = reference.get(CARRIED)
    carried = None if kept is None else Carried.model_validate(kept, strict=False)
    moves = reference.get(MOVES)
    movement = None if moves is None else Movement.model_validate(moves, strict=False)
    return Learned(date.fromisoformat(str(told)[:10]), carried, movement)


def absent_inputs(champion: Champion, matrix: pd.DataFrame) -> list[str]:
    """Inputs of the champion that the matrix no longer has, or has as another kind, in the contract's order."""
    features = champion.bundle.json("contract.json")["features"]
    return [one["name"] for one in features if not is_delivered(matrix, one)]


def observed(matrix: pd.DataFrame, cohort: pd.DataFrame) -> pd.DataFrame:
    """Every observation with its features and `defaulted`, in the order of the keys.

    Args:
        matrix: key and features.
        cohort: key and `defaulted`.

    Raises:
        ContractError: one of the two has rows that the other has not. To leave them out would judge the model on a part of the book.
    """
    rows = matrix.merge(cohort[[*KEY, "defaulted"]], on=KEY, how="inner", validate="one_to_one")
    if not len(rows) == len(matrix) == len(cohort):
        raise _of_different_runs(matrix[KEY].merge(cohort[KEY], on=KEY, how="outer", indicator="_in"))  # fmt: skip
    return rows.sort_values(KEY, kind="stable", ignore_index=True)


def _of_different_runs(keys: pd.DataFrame) -> ContractError:
    alone = keys[keys["_in"] != "both"].sort_values(KEY, kind="stable")
    first = alone.iloc[0]
    held = "the matrix" if first["_in"] == "left_only" else "the cohort"
    return ContractError(
        f"{len(alone):,d} of {len(keys):,d} observations are in the matrix or the cohort alone: the two are of different runs.",
        where="data/features/matrix.parquet, data/interim/cohort.parquet",
        value=f"{first['customer_id']} on {first['as_of'].date()}, in {held} alone",
        next_step="`dvc repro featurize` makes the matrix of the cohort that lies here.",
    )


def refuse_earlier_book(champion: Champion, matrix: pd.DataFrame) -> None:
    """The champion must not be judged on days before those that it has learned from: it knows how they ended.

    Raises:
        RegistryError: the newest day of decision lies before the last one of the champion's own samples.
    """
    reference = champion.bundle.json("reference.json")
    learned = max(pd.Timestamp(reference["until"]), fitted_until(reference))
    newest = matrix["as_of"].max()
    if pd.isna(newest) or newest + pd.Timedelta(days=1) >= learned:
        return
    raise RegistryError(
        f"The book ends before the champion: version {champion.version} has learned from days of decision until before {learned.date()}.",
        where="data/features/matrix.parquet, configs/portfolios > complete_until",
        value=f"newest day of decision: {newest.date()}",
        next_step="Set complete_until forward again, or deliver what is missing. To keep up an earlier model on the book as it was known "
        "then, make that version champion: `bonitas history` names it.",
    )


def unseen_pd(champion: Champion, rows: pd.DataFrame) -> pd.Series[float]:
    """PDs of rows by boosters that had not learned from them: those of the twin where there is one; missing where there is none.

    Args:
        champion: the version in use.
        rows: key, features, pd of the champion.
    """
    reference = champion.bundle.json("reference.json")
    known = min(fitted_until(reference), pd.Timestamp(reference["from"]))
    told = rows["pd"]
    if reference.get(UNTIL) is not None:
        known = pd.Timestamp(reference[UNTIL])
    late = rows["as_of"] >= known
    has_twin = any(one.startswith(TWIN) for one in champion.bundle.files)
    if has_twin and absent_inputs(champion, rows):
        return pd.Series(np.nan, index=rows.index)  # the twin's answers need what is not delivered
    chance = twin_pd(champion.bundle, rows[late], as_known=False) if late.any() else None
    if chance is not None:
        told = pd.Series(np.nan, index=rows.index)
        told[late] = chance
    return told.where(late)
