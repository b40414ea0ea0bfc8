"""The latest book explained: points per feature and reasons per customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.explanation import ExplainConfig
from contracts.config.scale import ScaleConfig
from contracts.tables.derived import KEY
from models.boosting.booster import Ensemble
from models.boosting.shapley import Contributions, Points, contributions, points
from models.calibration import calibrators
from models.explanation.absent import absent
from models.explanation.groups import correlated_groups, hashed_sample
from models.explanation.peers import EVERY_INDUSTRY, Peers, newest_healthy, peers
from models.explanation.reasons import Said, as_json, describe, spokesman
from models.explanation.strengths import with_strengths
from models.explanation.wording import Feature, rendered


@dataclass(frozen=True, slots=True)
class Explained:
    """What `explain` found; tables are ready to be written.

    Attributes:
        book: rows of the latest cohort with their features, sorted by customer.
        features: how each feature is spoken of, in the model's order.
        groups: correlated features, which speak once.
        found: SHAP values of the book.
        points: the same on the score scale.
        reasons: contract REASONS_TABLE.
        healthy: with whom customers are compared.
        chance: calibrated PD of each row.
        currency: of money, ISO 4217.
    """

    book: pd.DataFrame
    features: tuple[Feature, ...]
    groups: list[list[str]]
    found: Contributions
    points: Points
    reasons: pd.DataFrame
    chance: Floats
    currency: str
    healthy: Peers

    def explanations(self) -> pd.DataFrame:
        """Contract EXPLANATIONS: one row per customer and feature."""
        parts = [self._of_feature(position, one) for position, one in enumerate(self.features)]
        return pd.concat(parts, ignore_index=True)

    def _of_feature(self, position: int, feature: Feature) -> pd.DataFrame:
        own = self.book[feature.name].tolist()
        return pd.DataFrame(
            {
                **{key: self.book[key] for key in KEY},
                "feature": feature.name,
                "pillar": feature.pillar,
                "value": [rendered(value, feature.unit, self.currency) for value in own],
                "typical": rendered(feature.typical, feature.unit, self.currency),
                "phi": self.found.phi[:, position],
                "points": self.points.by_feature[:, position],
            }
        )

    def reasons_json(self) -> dict[str, Any]:
        """`data/model/reasons.json`."""
        return as_json(self.features, self.groups, self.healthy)


def latest_book(matrix: pd.DataFrame) -> pd.DataFrame:
    """The rows of the newest day of decision, sorted by customer."""
    newest: pd.DataFrame = matrix[matrix["as_of"] == matrix["as_of"].max()]
    return newest.sort_values("customer_id", kind="stable", ignore_index=True)


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of the customers.

    Attributes:
        matured: key, `defaulted` and the features of every observation whose outcome is known.
        industry: by customer; missing where not known.
    """

    matured: pd.DataFrame
    industry: Mapping[str, object]

    def industries(self, rows: pd.DataFrame) -> list[object]:
        """The industry of each row's customer."""
        return [self.industry.get(one) for one in rows["customer_id"]]


def explain(
    matrix: pd.DataFrame,
    known: Known,
    lineage: pd.DataFrame,
    model: tuple[Ensemble, Mapping[str, Any]],
    settings: tuple[ExplainConfig, ScaleConfig, str],
) -> Explained:
    """Explains the newest cohort of the matrix.

    Args:
        matrix: key and features.
        known: outcomes and industries; the newest customers that did not default are the healthy reference.
        lineage: the features' declarations.
        model: the booster(s) and calibrator.json.
        settings: how reasons are chosen, the scale, and the currency of money.
    """
    ensemble, calibrator = model
    config, scale, currency = settings
    names = ensemble.contract.names
    healthy = newest_healthy(known.matured)
    typical = peers(healthy, known.industries(healthy), names, config.peers)
    features = describe(lineage, names, typical.group[EVERY_INDUSTRY])
    numeric = [one.name for one in features if one.dtype == "number"]
    sample = hashed_sample(known.matured)[numeric].astype(np.float64)
    groups = correlated_groups(sample, config.correlation_group)

    calibrate = calibrators.from_json(calibrator).apply

    def found_in(rows: pd.DataFrame) -> tuple[Contributions, Points]:
        found = contributions(ensemble, ensemble.contract.encode(rows))
        return found, points(found, calibrate, scale)

    book = latest_book(matrix)
    found, made = found_in(book)
    _, healthy_made = found_in(hashed_sample(healthy))
    speaker = spokesman(
        features,
        groups,
        (healthy_made.by_feature.mean(axis=0), typical),
        currency=currency,
        config=config,
    )
    chosen = speaker.reasons(made.by_feature, book, known.industries(book), absent(book, lineage))
    chosen = with_strengths(speaker, chosen, made.by_feature, book, known.industries(book))
    reasons = _reason_rows(book, features, made, chosen)
    chance = calibrate(found.margin)
    return Explained(book, tuple(features), groups, found, made, reasons, chance, currency, typical)


def _reason_rows(
    book: pd.DataFrame,
    features: Sequence[Feature],
    made: Points,
    chosen: Sequence[Sequence[Said]],
) -> pd.DataFrame:
    keys = list(zip(book["customer_id"], book["as_of"], strict=True))
    rows = [
        (
            *keys[row],
            rank,
            said.role,
            features[said.position].name,
            made.by_feature[row, said.position],
            said.english,
            said.chinese,
        )
        for row, reasons in enumerate(chosen)
        for rank, said in enumerate(reasons, start=1)
    ]
    columns = [*KEY, "rank", "role", "feature", "points", "sentence_en", "sentence_zh"]
    return pd.DataFrame(rows, columns=columns)
