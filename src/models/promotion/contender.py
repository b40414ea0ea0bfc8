"""One of the two versions, read from its verified bundle: what it says of rows, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.documents import promotion as documents
from contracts.tables.derived import KEY, PILLARS
from models.base.data import ModelContract
from models.boosting.booster import Ensemble, of_texts
from models.boosting.shapley import Explainer, points
from models.calibration import calibrators
from models.explanation.ideas import Healer
from models.explanation.kept import absent_in, speaker_from
from models.explanation.reasons import Said
from models.explanation.wording import Feature
from models.gates.certificate import certify
from models.registry.champion import Champion
from models.registry.twin import UNTIL, twin_pd


@dataclass(frozen=True, slots=True)
class Told:
    """What a version says of the newest book, row by row.

    Attributes:
        pd: calibrated, shape (n,).
        points: by feature, what it adds to the exact score, shape (n, features).
        base: points before any feature speaks.
        features: of the points, in order.
        pillars: of the features; the first of all where the version does not say.
        said: reasons of each row, strongest first; none where the version does not hold what reasons are made of.
    """

    pd: Floats
    points: Floats
    base: float
    features: tuple[str, ...]
    pillars: tuple[str, ...]
    said: list[list[Said]]


@dataclass(frozen=True, slots=True)
class Contender:
    """A version that was verified.

    Attributes:
        version: as the registry gave it.
        tags: of the version.
        gates: outcome by code, as it was registered.
    """

    version: Champion
    tags: Mapping[str, str]
    gates: Mapping[str, str]

    @property
    def contract(self) -> ModelContract:
        """The features it reads."""
        return ModelContract.from_json(self.version.bundle.json("contract.json"))

    @property
    def scale(self) -> ScaleConfig:
        """The scale it bears."""
        return ScaleConfig(**self.version.bundle.json("scale.json"))

    @property
    def parent(self) -> str | None:
        """The version whose calibration it corrects; None where it was trained."""
        found = self.tags.get("parent")
        return None if found in {None, "none"} else found

    @property
    def is_stated(self) -> bool:
        """Whether it rests on stated experience, not on the book's own defaults."""
        return bool(self.version.bundle.json("reference.json").get("rests_on"))

    @property
    def learned_until(self) -> date | None:
        """It has learned from outcomes of decisions before this day, as it was validated; None where that was not kept."""
        kept = self.version.bundle.json("reference.json")
        until = kept.get("calibrated_until") if self.parent else kept.get(UNTIL) or kept.get("calibrated_until")  # fmt: skip
        return None if until is None else date.fromisoformat(until)

    def lacking(self, columns: Sequence[str]) -> tuple[str, ...]:
        """The features that it reads and a matrix does not have."""
        return tuple(name for name in self.contract.names if name not in columns)

    def validated(self, rows: pd.DataFrame) -> Floats:
        """PDs of rows by what was validated: its twin where it ships refitted, else itself."""
        found = twin_pd(self.version.bundle, rows)
        return self._pd(self._shipped(), rows) if found is None else found

    def _shipped(self) -> Ensemble:
        return of_texts(self.version.bundle.files, self.contract)

    def _pd(self, ensemble: Ensemble, rows: pd.DataFrame) -> Floats:
        calibrator = calibrators.from_json(self.version.bundle.json("calibrator.json"))
        return calibrator.apply(ensemble.margin(rows))

    def told(self, rows: pd.DataFrame, industries: Sequence[object], scale: ScaleConfig) -> Told:
        """What it says of rows: PD, points and reasons, by the model that ships.

        Args:
            rows: every feature of its contract.
            industries: of the customers, missing where not known.
            scale: PD to score.
        """
        contract, ensemble = self.contract, self._shipped()
        apply = calibrators.from_json(self.version.bundle.json("calibrator.json")).apply
        codes = contract.encode(rows)
        worth = points(Explainer(ensemble).contributions(codes), apply, scale)
        kept = self.version.bundle.json("reasons.json").get("speaker")
        chance = apply(ensemble.margin_of(codes))
        names = tuple(contract.names)
        if kept is None:
            nothing: list[list[Said]] = [[] for _ in range(len(rows))]
            return Told(chance, worth.by_feature, worth.base, names, (PILLARS[0],) * len(names), nothing)  # fmt: skip
        speaker = speaker_from(kept)
        said = speaker.reasons(worth.by_feature, rows, industries, absent_in(rows, kept), Healer(ensemble, apply, scale))  # fmt: skip
        reasons = [[one for one in own if one.role == "reason"] for own in said]
        pillars = tuple(one.pillar for one in speaker.features)
        return Told(chance, worth.by_feature, worth.base, names, pillars, reasons)

    def wording(self) -> dict[str, Feature]:
        """Its features in the words of its reasons; none where it does not hold them."""
        kept = self.version.bundle.json("reasons.json").get("speaker")
        return {} if kept is None else {one.name: one for one in speaker_from(kept).features}

    def document(self, columns: Sequence[str]) -> documents.Contender:
        """The document's part; `columns` are those of the newest book."""
        contract, shipped = self.contract, self._shipped()
        broken = certify(shipped.boosters, contract)
        return documents.Contender(
            number=self.version.version,
            digest=self.version.digest,
            origin=self.tags.get("origin"),
            parent=self.parent,
            is_stated=self.is_stated,
            features=len(contract.features),
            lacking=self.lacking(columns),
            certificate=documents.Certificate(
                directions=sum(one.direction != 0 for one in contract.features),
                trees=sum(one.num_trees() for one in shipped.boosters),
                broken=len(broken),
                example=str(broken[0]) if broken else None,
            ),
            gates=dict(self.gates),
        )


def explained(told: Told, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points by pillar and reasons as decisions read them (contracts EXPLANATIONS and REASONS_TABLE, the columns they need)."""
    keys = rows[list(KEY)].reset_index(drop=True)
    pillar = np.array(told.pillars)
    by_pillar = [
        keys.assign(feature=one, pillar=one, points=told.points[:, pillar == one].sum(axis=1))
        for one in PILLARS
    ]
    lines: list[dict[str, Any]] = [
        {
            **{name: keys[name].iloc[place] for name in KEY},
            "rank": rank,
            "role": one.role,
            "sentence_en": one.english,
            "sentence_zh": one.chinese,
        }
        for place, own in enumerate(told.said)
        for rank, one in enumerate(own, start=1)
    ]
    columns = [*KEY, "rank", "role", "sentence_en", "sentence_zh"]
    return pd.concat(by_pillar, ignore_index=True), pd.DataFrame(lines, columns=columns)
