"""One version's answers: PD, score and grade by its own code, and the points and reasons behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.scale import ScaleConfig
from contracts.errors import BundleError
from contracts.scale import exact_score
from contracts.tables.derived import N_REASONS, PILLARS
from models.base.data import ModelContract
from models.boosting import booster
from models.boosting.shapley import Explainer, points
from models.calibration import calibrators
from models.explanation.ideas import Healer
from models.explanation.kept import absent_in, speaker_from
from models.explanation.reasons import Spokesman
from models.registry.champion import Champion
from models.scoring.rows import Block
from models.scoring.status import statuses

TOLERANCE = 1e-6
"""Points by which a score may differ from what its parts sum to."""
REASONS = tuple(f"reason_{rank}" for rank in range(1, N_REASONS + 1))
INDUSTRY = ("industry", "customer_industry")
"""Where a row says with whom its customer is compared: a column of its own, else the feature."""


@dataclass(frozen=True, slots=True)
class Explaining:
    """What is needed to say why: the boosters, calibrator and scale of the version, and who speaks of it."""

    contract: ModelContract
    explainer: Explainer
    calibrator: Mapping[str, Any]
    scale: ScaleConfig
    speaker: Spokesman
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scorer:
    """A version that has been loaded.

    Attributes:
        features: `features` of its contract.json.
        answer: the version's own code, as MLflow loaded it: features in, margin, pd, score and grade out. MLflow's check of types is
            left out: `models.scoring.rows` makes every column of the type that the version reads.
        explaining: None where only scores are asked for.
        language: of the reasons, en or zh.
    """

    features: Sequence[Mapping[str, Any]]
    answer: Callable[[pd.DataFrame], pd.DataFrame]
    explaining: Explaining | None
    language: str

    def answers(self, block: Block) -> pd.DataFrame:
        """One row per row of the block, in its order.

        Columns: customer_id (as_of, where sent), status, detail, pd, score, grade; with reasons also the points of each
        pillar, `points_base` and reason_1 ...: the exact score is the base and the points of all pillars. Missing where not scored.
        """
        rows = block.rows
        found = statuses(rows, block.unread, self.features)
        keys = [name for name in ("customer_id", "as_of") if name in rows]
        out = rows[keys].assign(status=found.status, detail=pd.Series(found.detail, dtype="string"))
        place = np.flatnonzero(found.scored)
        chosen = rows.iloc[place].reset_index(drop=True)
        parts = self._scored(chosen) if len(chosen) else None
        for name, kind in self.columns().items():
            column = pd.Series(np.nan if kind == "float64" else pd.NA, index=out.index, dtype=kind)
            if parts is not None:
                column.iloc[place] = parts[name].to_numpy()
            out[name] = column
        return out

    def columns(self) -> dict[str, str]:
        """The answer's columns after status and detail, with their types in pandas."""
        whole = {"pd": "float64", "score": "Int64", "grade": "Int64"}
        if self.explaining is not None:
            whole |= {f"points_{pillar}": "float64" for pillar in (*PILLARS, "base")}
            whole |= dict.fromkeys(REASONS, "string")
        return whole

    def _scored(self, rows: pd.DataFrame) -> pd.DataFrame:
        names = [str(one["name"]) for one in self.features]
        said = self.answer(rows[names])
        made = said[["pd", "score", "grade"]].reset_index(drop=True)
        if self.explaining is None:
            return made
        return self._explained(self.explaining, rows, made, said["margin"].to_numpy())

    def _explained(
        self, by: Explaining, rows: pd.DataFrame, made: pd.DataFrame, margin: Floats
    ) -> pd.DataFrame:
        found = by.explainer.contributions(by.contract.encode(rows), margin)
        calibrate = calibrators.from_json(by.calibrator).apply
        worth = points(found, calibrate, by.scale)
        self._same_scores(exact_score(made["pd"].to_numpy(), by.scale), worth.score)
        pillar = np.array([one.pillar for one in by.speaker.features])
        for name in PILLARS:
            # row by row in memory: else the order in which a row is summed, and its last bit, depend on how many rows there are
            own = np.ascontiguousarray(worth.by_feature[:, pillar == name])
            made[f"points_{name}"] = own.sum(axis=1)
        made["points_base"] = worth.base
        told = next((name for name in INDUSTRY if name in rows), None)
        industries = [None] * len(rows) if told is None else rows[told].tolist()
        healer = Healer(by.explainer.ensemble, calibrate, by.scale)
        said = by.speaker.reasons(worth.by_feature, rows, industries, absent_in(rows, by.kept), healer)  # fmt: skip
        spoken = [
            [one.english if self.language == "en" else one.chinese for one in own if one.role == "reason"][:N_REASONS]
            for own in said
        ]  # fmt: skip
        for rank, name in enumerate(REASONS):
            made[name] = [own[rank] if rank < len(own) else None for own in spoken]
        return made

    def _same_scores(self, said: Floats, summed: Floats) -> None:
        worst = float(np.max(np.abs(said - summed), initial=0.0))
        if worst > TOLERANCE:
            raise BundleError(
                "The points of this version do not add up to its scores, so its reasons would be another model's.",
                where="reasons",
                value=f"{worst:.6f} points apart",
                next_step="Score with --no-reasons, and train the version anew with this release.",
            )


@contextmanager
def scorer(version: Champion, *, reasons: bool = True, language: str = "en") -> Iterator[Scorer]:
    """Loads a version, verified already.

    Args:
        version: of the registry.
        reasons: whether points and reasons are said as well.
        language: of the reasons.

    Raises:
        BundleError: reasons are asked for, and the version was registered before bundles kept who speaks.
    """
    features = version.bundle.json("contract.json")["features"]
    explaining = _explaining(version) if reasons else None
    with version.loaded() as model:
        yield Scorer(
            features, partial(model.unwrap_python_model().predict, None), explaining, language
        )


def _explaining(version: Champion) -> Explaining:
    kept = version.bundle.json("reasons.json").get("speaker")
    if kept is None:
        raise BundleError(
            "This version does not hold what its reasons are made of.",
            where=f"{version.name} version {version.version}: reasons.json",
            next_step="Score with --no-reasons, or register a version with this release: `make retrain`.",
        )
    contract = ModelContract.from_json(version.bundle.json("contract.json"))
    return Explaining(
        contract,
        Explainer(booster.of_texts(version.bundle.files, contract)),
        version.bundle.json("calibrator.json"),
        ScaleConfig(**version.bundle.json("scale.json")),
        speaker_from(kept),
        kept,
    )
