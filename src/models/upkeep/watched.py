"""What is compared: the champion's registration sample, and the newest cohorts scored by the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from contracts.calendar import newest_months
from contracts.config.scale import ScaleConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.monitoring import Input, MonitoringFinding
from contracts.documents.outlook import Outlook
from models.measures.outlook import outlook
from models.registry.champion import Champion
from models.registry.registration import scored_by
from models.upkeep.hazards import Followed, followed
from models.upkeep.since import (
    absent_inputs,
    fitted_until,
    level_learned,
    levelled_until,
    observed,
    refuse_earlier_book,
    unseen_pd,
)


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
        every: every row of the book, past and present, scored, and unseen_pd (`since.unseen_pd`); None: nothing is known of the past.
        entries: customer_id and entered_on, every entry into default; None where days of default are not known.
        start: the first day that the model, level included, has learned nothing of.
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
    every: pd.DataFrame | None = None
    entries: pd.DataFrame | None = None
    start: pd.Timestamp | None = None

    @property
    def customers(self) -> tuple[int, int]:
        """Distinct customers in the registration sample and in the newest cohorts."""
        return int(self.reference["customers"]), int(self.current["customer_id"].nunique())

    @property
    def newest(self) -> pd.DataFrame:
        """The rows of the newest day of decision."""
        rows: pd.DataFrame = self.current[self.current["as_of"] == self.current["as_of"].max()]
        return rows

    @property
    def delivered(self) -> list[dict[str, Any]]:
        """The features that the matrix has, as the model reads them."""
        return [one for one in self.features if one["name"] not in self.absent]

    def named(self, feature: str) -> Input:
        """A feature with the champion's wording; one without wording is called by its name."""
        words = self.wording.get(feature, {})
        english, chinese = (words.get(f"wording_{one}", feature) for one in ("en", "zh"))
        return Input(feature=feature, wording_en=english, wording_zh=chinese)


def follow(seen: Watched) -> Followed | None:
    """Every customer followed month by month since the model, its level included, has learned from nothing; None where that cannot be told."""
    if seen.every is None or seen.entries is None or seen.start is None:
        return None
    return followed(seen.every, seen.entries, seen.start, seen.horizon_months)


def without_inputs(seen: Watched, code: str, subject: str) -> MonitoringFinding:
    """A check of outcomes that declines: the PDs lack inputs that are not delivered, over the whole past, and what would be found is their absence."""
    return MonitoringFinding(
        code=code,
        subject=subject,
        outcome="not_applicable",
        case="upkeep.absent",
        values={"inputs": len(seen.absent)},
    )


def watched(
    champion: Champion,
    matrix: pd.DataFrame,
    cohort: pd.DataFrame,
    entries: pd.DataFrame | None,
    months: int,
    level: RecalibrateConfig,
) -> Watched:
    """Scores the book with the champion's own code, its past as well: what is ordinary is learned from it.

    Args:
        champion: the version in use.
        matrix: key and features.
        cohort: key and `defaulted`, missing until matured.
        entries: customer_id and entered_on; None where not known.
        months: how many of the newest months, of all rows and of the matured ones.
        level: how much the level moves, and how sure an advice must be: that of the recalibration.

    Raises:
        RegistryError: the book ends before the days that the champion has learned from.
    """
    refuse_earlier_book(champion, matrix)
    contract = champion.bundle.json("contract.json")
    every = _scored(champion, observed(matrix, cohort))
    every["unseen_pd"] = unseen_pd(champion, every)
    reference = champion.bundle.json("reference.json")
    # outcomes that it was fitted on would flatter it
    since = every[every["as_of"] >= fitted_until(reference)]
    known = since[since["defaulted"].notna()]
    horizon = int(contract["horizon_months"])
    return Watched(
        reference,
        contract["features"],
        champion.bundle.json("reasons.json")["features"],
        every[newest_months(every["as_of"], months)],
        known[newest_months(known["as_of"], months)],
        absent_inputs(champion, matrix),
        horizon,
        ScaleConfig(**champion.bundle.json("scale.json")).n_grades,
        outlook(since, horizon, level, level_learned(reference)),
        every,
        entries,
        levelled_until(reference),
    )


def _scored(champion: Champion, rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return rows.assign(margin=0.0, pd=0.0, score=0, grade=0)
    answers = scored_by(champion, rows)[["margin", "pd", "score", "grade"]]
    # an answer never overwrites a feature of the same name
    return rows.drop(columns=list(answers.columns), errors="ignore").join(answers)
