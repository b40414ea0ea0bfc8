"""The latest book explained: points per feature and reasons per customer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from contracts.arrays import Floats
from contracts.config.explanation import ExplainConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.explanations import ReasonsMeasured
from contracts.tables.derived import KEY
from models.boosting.booster import Ensemble
from models.boosting.shapley import Contributions, Explainer, Points
from models.calibration import calibrators
from models.explanation.absent import absent
from models.explanation.groups import correlated_groups, hashed_sample
from models.explanation.history import Books, Day, Judge
from models.explanation.kept import speaker_json
from models.explanation.measured import looked_at, measured
from models.explanation.movements import Compared, compared, movements
from models.explanation.peers import EVERY_INDUSTRY, Peers, industries, newest_healthy, peers
from models.explanation.reasons import Said, Spokesman, as_json, describe, spokesman
from models.explanation.strengths import with_strengths
from models.explanation.witness import Witness
from models.explanation.wording import Feature, number_of, rendered

BLOCK = 2_048
"""Customers whose explanations are held at a time."""
SPOKEN_OF = 16_384
"""Customers whose reasons are looked for at a time: it takes some twenty numbers for each of their points."""


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
        speaker: who spoke, and with whom customers are compared.
        lineage: the declarations.
        chance: calibrated PD of each row.
        currency: of money, ISO 4217.
        moved: the book beside those of three and twelve months before.
        measured: how far the reasons are true.
    """

    book: pd.DataFrame
    features: tuple[Feature, ...]
    groups: list[list[str]]
    found: Contributions
    points: Points
    reasons: pd.DataFrame
    chance: Floats
    currency: str
    speaker: Spokesman
    lineage: pd.DataFrame
    moved: list[Compared]
    measured: ReasonsMeasured

    @property
    def healthy(self) -> Peers:
        """With whom customers are compared."""
        return self.speaker.peers

    def explanations(self) -> Iterator[pd.DataFrame]:
        """Contract EXPLANATIONS: one row per customer and feature, some customers after the other.

        A book of 200,000 customers has 36 million of them, ten times what the book itself takes.
        """
        for start in range(0, max(len(self.book), 1), BLOCK):
            rows = slice(start, start + BLOCK)
            parts = [self._of_feature(place, one, rows) for place, one in enumerate(self.features)]
            yield pd.concat(parts, ignore_index=True)

    def _of_feature(self, position: int, feature: Feature, rows: slice) -> pd.DataFrame:
        book = self.book.iloc[rows]
        own = book[feature.name].tolist()
        texts = {
            one: rendered(one, feature.unit, self.currency) for one in dict.fromkeys(own)
        }  # many have the same
        return pd.DataFrame(
            {
                **{key: book[key] for key in KEY},
                "feature": feature.name,
                "pillar": feature.pillar,
                "value": [number_of(value) for value in own],
                "typical": number_of(feature.typical),
                "value_text": [texts[value] for value in own],
                "typical_text": rendered(feature.typical, feature.unit, self.currency),
                "phi": self.found.phi[rows, position],
                "points": self.points.by_feature[rows, position],
            }
        )

    def reasons_json(self) -> dict[str, Any]:
        """`data/model/reasons.json`."""
        told = as_json(self.features, self.groups, self.healthy)
        declared = self.lineage[self.lineage["feature"].isin(self.book.columns)]
        return told | {"speaker": speaker_json(self.speaker, declared)}


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of the customers.

    Attributes:
        matured: key, `defaulted` and the features of every observation whose outcome is known.
        industry: by customer, of today: asked where the matrix does not hold that of the day.
        statements: customer_id and published_on of the financial statements; None where none are delivered.
    """

    matured: pd.DataFrame
    industry: Mapping[str, object]
    statements: pd.DataFrame | None = None

    def industries(self, rows: pd.DataFrame) -> list[object]:
        """The industry of each row's customer on its day of decision."""
        return industries(rows, self.industry)


def explain(
    books: Books,
    known: Known,
    lineage: pd.DataFrame,
    model: tuple[Ensemble, Mapping[str, Any]],
    settings: tuple[ExplainConfig, ScaleConfig, str],
    keep: Callable[[date, pa.Table], None] | None = None,
) -> Explained:
    """Explains the newest book, and judges the days before it as the model of today does.

    Args:
        books: of the days that are judged; the last is the newest.
        known: outcomes and industries; the newest customers that did not default are the healthy reference.
        lineage: the features' declarations.
        model: the booster(s) and calibrator.json.
        settings: how reasons are chosen, the scale, and the currency of money.
        keep: takes each day of the history and its rows (contract HISTORY), oldest first; none is held for it.
    """
    ensemble, calibrator = model
    config, scale, currency = settings
    names = ensemble.contract.names
    healthy = newest_healthy(known.matured)
    typical = peers(healthy, known.industries(healthy), names, config.peers)
    features = tuple(describe(lineage, names, typical.group[EVERY_INDUSTRY]))
    numeric = [one.name for one in features if one.dtype == "number"]
    sample = hashed_sample(known.matured)[numeric].astype(np.float64)
    groups = correlated_groups(sample, config.correlation_group)

    judge = Judge(ensemble, Explainer(ensemble), calibrators.from_json(calibrator).apply, scale)
    days = _days(judge, books, lambda day: keep and keep(day.as_of, day.table(features, scale)))  # fmt: skip
    newest = days[max(days)]
    book, made = newest.rows, newest.points
    speaker = spokesman(
        features,
        groups,
        (judge.points(hashed_sample(healthy)).by_feature.mean(axis=0), typical),
        currency=currency,
        config=config,
    )
    whose = known.industries(book)
    witness = Witness(judge, speaker, healthy, lineage, known.industries(healthy), config.peers)
    reasons, chosen = _spoken(witness, newest, whose)
    held = measured(witness, book, whose, chosen)
    moved = movements(days, features, judge, currency, known.statements)
    return Explained(
        book, features, groups, newest.found, made, reasons, newest.chance, currency, speaker, lineage, moved, held
    )  # fmt: skip


def _days(judge: Judge, books: Books, see: Callable[[Day], object]) -> dict[date, Day]:
    """The newest day and those it is compared with; all others are only seen."""
    wanted = {max(books.days), *compared(books.days).values()}
    kept = {}
    for day in judge.days(books):
        see(day)
        if day.as_of in wanted:
            kept[day.as_of] = day
    return kept


def _spoken(
    witness: Witness, newest: Day, whose: Sequence[object]
) -> tuple[pd.DataFrame, dict[int, list[Said]]]:
    """What is said of each customer, as rows; and as it was said of those that are looked at closely, by their places in the book."""
    speaker, book, made = witness.speaker, newest.rows, newest.points.by_feature
    watched = frozenset(looked_at(book).tolist())
    parts: list[pd.DataFrame] = []
    kept: dict[int, list[Said]] = {}
    for start in range(0, max(len(book), 1), SPOKEN_OF):
        some = slice(start, start + SPOKEN_OF)
        rows, points, industries_ = book.iloc[some].reset_index(drop=True), made[some], whose[some]
        gone = absent(rows, witness.lineage)
        found = speaker.reasons(points, rows, industries_, gone, witness.judge.healer)
        found = with_strengths(speaker, found, points, rows, industries_)
        parts.append(_reason_rows(rows, speaker.features, points, found))
        kept |= {place: found[place - start] for place in watched if start <= place < start + len(rows)}  # fmt: skip
    filled = [part for part in parts if len(part)] or parts[:1]
    return pd.concat(filled, ignore_index=True), kept


def _reason_rows(
    book: pd.DataFrame,
    features: Sequence[Feature],
    made: Floats,
    chosen: Sequence[Sequence[Said]],
) -> pd.DataFrame:
    keys = list(zip(book["customer_id"], book["as_of"], strict=True))
    rows = [
        (
            *keys[row],
            rank,
            said.role,
            features[said.position].name,
            made[row, said.position],
            said.english,
            said.chinese,
        )
        for row, reasons in enumerate(chosen)
        for rank, said in enumerate(reasons, start=1)
    ]
    columns = [*KEY, "rank", "role", "feature", "points", "sentence_en", "sentence_zh"]
    return pd.DataFrame(rows, columns=columns)
