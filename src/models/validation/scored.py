"""The parts of the partition with every model's answers, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from contracts.documents.validation_model import PartFacts, PartName
from contracts.errors import ContractError
from contracts.tables.derived import KEY
from models.base.data import Part, assemble
from models.boosting.booster import Ensemble
from models.calibration.form import Calibrator
from models.measures.metrics import Measures, measure
from models.scorecard.scorecard import Scorecard

PARTS: tuple[PartName, ...] = get_args(PartName)
LEARNED_FROM = ("train", "calibrate")
"""Rows of train are learned from, those of calibrate give the level (and the final boosters see them): figures on train flatter."""


@dataclass(frozen=True, slots=True)
class Models:
    """What a run made: booster(s), calibrator, scorecard, and the plain boosters it must not be behind, by name.

    All of them are blind to the test part. `shipped`: boosters and calibrator that were fitted again on it as well; None where the
    validated ones ship.
    """

    ensemble: Ensemble
    calibrator: Calibrator
    scorecard: Scorecard
    rivals: Mapping[str, Ensemble] = field(default_factory=dict)
    shipped: tuple[Ensemble, Calibrator] | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """One part with its scores, aligned."""

    part: Part
    margin: Floats
    pd: Floats
    pd_baseline: Floats

    def measures(self, rows: Bools, confidence: float) -> Measures | None:
        """Measures of LightGBM on some of the rows; None where they hold one class only."""
        outcome = self.part.defaulted[rows]
        if not outcome.any() or outcome.all():
            return None
        return measure(self.pd[rows], outcome, self.part.customer_id[rows], confidence)


def score_parts(
    matrix: pd.DataFrame,
    partition: pd.DataFrame,
    models: Models,
    unseen: pd.DataFrame | None = None,
) -> dict[str, Scored]:
    """Every part scored by both models; a part without rows is left out.

    Args:
        matrix: features by (customer_id, as_of).
        partition: which row belongs to which part.
        models: the final ones.
        unseen: contract UNSEEN: for the rows of calibrate the answers of models that did not learn from them.
            The final boosters may have; without this table their answers are taken, which is honest only where they
            were fitted on train alone.

    Raises:
        ContractError: `unseen` lacks rows of calibrate, or has others.
    """
    scored: dict[str, Scored] = {}
    for name in PARTS:
        part = assemble(matrix, partition, name)
        if len(part) == 0:
            continue
        if name == "calibrate" and unseen is not None:
            margin, baseline = _looked_up(part, unseen)
        else:
            margin = models.ensemble.margin(part.features)
            baseline = models.scorecard.pd(part.features)
        scored[name] = Scored(part, margin, models.calibrator.apply(margin), baseline)
    return scored


def _looked_up(part: Part, unseen: pd.DataFrame) -> tuple[Floats, Floats]:
    joined = joined_to(part, unseen, ["margin", "pd_baseline"])
    lost = joined.isna().any(axis=1).to_numpy()
    if lost.any() or len(unseen) != len(part):
        raise ContractError(
            f"{len(unseen)} rows were answered unseen, {len(part)} are asked for.",
            where="data/model/unseen.parquet",
            value=str(part.customer_id[int(np.argmax(lost))]) if lost.any() else len(unseen),
            next_step="Run train again on this partition: `dvc repro train`.",
        )
    return (
        joined["margin"].to_numpy(dtype=np.float64),
        joined["pd_baseline"].to_numpy(dtype=np.float64),
    )


def joined_to(part: Part, table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The columns of a table by (customer_id, as_of) in the order of a part's rows; missing where it has no such row."""
    keys = pd.DataFrame({"customer_id": part.customer_id, "as_of": part.as_of})
    for column in KEY:
        keys[column] = keys[column].astype(table[column].dtype)
    found: pd.DataFrame = keys.merge(
        table[[*KEY, *columns]], on=KEY, how="left", validate="one_to_one"
    )
    return found[columns]


def score_table(test: Scored) -> pd.DataFrame:
    """`data/scored/test.parquet` (contract SCORED_TEST)."""
    return pd.DataFrame(
        {
            "customer_id": test.part.customer_id,
            "as_of": test.part.as_of,
            "defaulted": test.part.defaulted,
            "margin": test.margin,
            "pd": test.pd,
            "pd_baseline": test.pd_baseline,
        }
    )


def part_facts(name: PartName, scored: Scored) -> PartFacts:
    """Rows, customers, defaults and dates of a part; `until` is the day after its last."""
    part = scored.part
    bad = part.defaulted
    return PartFacts(
        part=name,
        n=len(part),
        customers=len(set(part.customer_id)),
        defaults=int(bad.sum()),
        defaulted_customers=len(set(part.customer_id[bad])),
        rate=float(np.mean(bad)),
        from_=part.as_of.min().item(),
        until=(part.as_of.max() + np.timedelta64(1, "D")).item(),
    )
