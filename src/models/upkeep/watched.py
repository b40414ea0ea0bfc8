"""What is compared: the champion's registration sample, and the newest cohorts scored by the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from contracts.calendar import newest_months
from contracts.config.scale import ScaleConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.monitoring import Input
from contracts.documents.outlook import Outlook
from contracts.tables.derived import KEY
from models.measures.outlook import outlook
from models.registry.champion import Champion
from models.registry.registration import scored_by
from models.upkeep.since import since_calibration


@dataclass(frozen=True, slots=True)
class Watched:
    """What is compared.

    Attributes:
        reference: the registration sample, `reference.json`.
        features: of the champion's contract.
        wording: of the champion's `reasons.json`, by feature.
        current: the newest cohorts, matured or not: features, margin, pd, score, grade.
        matured: the newest cohorts whose outcome is final, the same and `defaulted`; none the champion was fitted on.
        absent: features the matrix no longer has.
        horizon_months: of the outcome.
        n_grades: of the champion's scale.
        outlook: what the newest outcomes say of the year to come; None where none is final.
    """

    reference: Mapping[str, Any]
    features: list[dict[str, Any]]
    wording: Mapping[str, Any]
    current: pd.DataFrame
    matured: pd.DataFrame
    absent: list[str]
    horizon_months: int
    n_grades: int
    outlook: Outlook | None = None

    @property
    def customers(self) -> tuple[int, int]:
        """Distinct customers in the registration sample and in the newest cohorts."""
        return int(self.reference["customers"]), int(self.current["customer_id"].nunique())

    def named(self, feature: str) -> Input:
        """A feature with the champion's wording; one without wording is called by its name."""
        words = self.wording.get(feature, {})
        english, chinese = (words.get(f"wording_{one}", feature) for one in ("en", "zh"))
        return Input(feature=feature, wording_en=english, wording_zh=chinese)


def watched(
    champion: Champion,
    matrix: pd.DataFrame,
    cohort: pd.DataFrame,
    months: int,
    level: RecalibrateConfig,
) -> Watched:
    """Scores the newest cohorts with the champion's own code.

    Args:
        champion: the version in use.
        matrix: key and features.
        cohort: key and `defaulted`, missing until matured.
        months: how many of the newest months, of all rows and of the matured ones.
        level: how much the level moves, and how sure an advice must be: that of the recalibration.
    """
    contract = champion.bundle.json("contract.json")
    rows = matrix.merge(cohort[[*KEY, "defaulted"]], on=KEY, how="inner", validate="one_to_one")
    rows = rows.sort_values(KEY, kind="stable", ignore_index=True)
    reference = champion.bundle.json("reference.json")
    # outcomes that it was fitted on would flatter it
    fitted_until = pd.Timestamp(reference["calibrated_until"] or reference["from"])
    known = rows[rows["defaulted"].notna() & (rows["as_of"] >= fitted_until)]
    current = rows[newest_months(rows["as_of"], months)]
    matured = known[newest_months(known["as_of"], months)]
    horizon = int(contract["horizon_months"])
    return Watched(
        reference,
        contract["features"],
        champion.bundle.json("reasons.json")["features"],
        _scored(champion, current),
        _scored(champion, matured),
        [one["name"] for one in contract["features"] if one["name"] not in matrix.columns],
        horizon,
        ScaleConfig(**champion.bundle.json("scale.json")).n_grades,
        outlook(since_calibration(champion, matrix, cohort), horizon, level),
    )


def _scored(champion: Champion, rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows.assign(margin=0.0, pd=0.0, score=0, grade=0)
    answers = scored_by(champion, rows)[["margin", "pd", "score", "grade"]]
    # an answer never overwrites a feature of the same name
    return rows.drop(columns=list(answers.columns), errors="ignore").join(answers)
