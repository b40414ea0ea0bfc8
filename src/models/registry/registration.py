"""From a trained model to a candidate for the registry, and to what it is compared by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Floats
from contracts.config.evaluation import EvaluateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.outlook import Carried
from contracts.errors import ContractError
from contracts.scale import grade, score
from contracts.tables.derived import KEY
from models.registry.bundle import CONTRACT, Bundle, assemble, text_of
from models.registry.card import Subject, model_card
from models.registry.champion import Champion
from models.registry.log import CHALLENGER
from models.registry.margin import Lost, lost
from models.registry.reference import registration_sample
from models.registry.registry import Judge
from models.registry.twin import UNTIL, twin_pd, unlearned


def part_facts(partition: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows, customers, rows in default, first day and the day after the last, by part of the split, oldest first."""
    facts = {}
    for part, rows in partition.groupby("part", sort=True):
        facts[str(part)] = {
            "rows": len(rows),
            "customers": int(rows["customer_id"].nunique()),
            "defaults": int(rows["defaulted"].fillna(False).astype(bool).sum()),
            "from": str(rows["as_of"].min().date()),
            "until": str((rows["as_of"].max() + pd.Timedelta(days=1)).date()),
        }
    return dict(sorted(facts.items(), key=lambda item: (item[1]["from"], item[1]["until"])))


@dataclass(frozen=True, slots=True)
class Sample:
    """The out-of-time test part: features and the new model's answers, row by row.

    Attributes:
        rows: customer_id, as_of, defaulted, margin, pd and the features.
        facts: of all parts, see `part_facts`.
    """

    rows: pd.DataFrame
    facts: dict[str, dict[str, Any]]


def scored_sample(matrix: pd.DataFrame, partition: pd.DataFrame, scored: pd.DataFrame) -> Sample:
    """Joins the scored test part (contract SCORED_TEST) with its features."""
    rows = scored.merge(matrix, on=KEY, how="left", validate="one_to_one")
    return Sample(rows.sort_values(KEY, kind="stable", ignore_index=True), part_facts(partition))


def candidate(
    model: Path,
    sample: Sample,
    subject: Subject,
    quality: tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]],
    scale: ScaleConfig,
    *,
    bins: int,
) -> Bundle:
    """The bundle of a trained model.

    Args:
        model: folder with booster, calibrator, contract and reasons.
        sample: the out-of-time test part.
        subject: what the model card is about.
        quality: `reports/metrics.json` and `reports/checks.json`.
        scale: score parameters and grade bounds.
        bins: of numbers in the registration sample.
    """
    rows = sample.rows.assign(
        score=score(sample.rows["pd"], scale), grade=grade(sample.rows["pd"], scale)
    )
    _refuse_without_inputs(rows, subject.features)
    reference = registration_sample(
        rows,
        subject.features,
        bins=bins,
        horizon_months=subject.horizon_months,
        n_grades=scale.n_grades,
    )
    reference["rests_on"] = None if subject.rests_on is None else subject.rests_on.model_dump(mode="json")  # fmt: skip
    reference |= _learned_until(subject, sample)
    card = model_card(subject, *quality, scale.n_grades)
    bundle = assemble(model, scale=scale.model_dump(mode="json"), reference=reference, card=card)
    if subject.outcome is None:
        return bundle
    contract = {**bundle.json(CONTRACT), OUTCOME: subject.outcome}
    return bundle.replaced({CONTRACT: text_of(contract)})


def _refuse_without_inputs(rows: pd.DataFrame, features: Sequence[Mapping[str, Any]]) -> None:
    lacking = [one["name"] for one in features if not is_delivered(rows, one)]
    if lacking:
        raise ContractError(
            f"The matrix lacks {len(lacking)} of the {len(features)} inputs that the model in data/model was trained on, or holds text where it reads numbers.",
            where="data/features/matrix.parquet, data/model/contract.json",
            value=", ".join(lacking[:5]) + (" ..." if len(lacking) > len(lacking[:5]) else ""),
            next_step="The two are of different runs: `dvc repro register` trains on the inputs of today.",
        )


OUTCOME = "outcome"
"""In the contract of a version: what its default means. It goes with the version's files, whatever becomes of its run in MLflow."""
LEVELLED = "levelled_until"
"""In the registration sample: the day before which defaults told the level of the PDs."""
CARRIED = "level_carried"
"""In the registration sample: what they told of how far that level is still off (`contracts.documents.outlook.Carried`)."""
MOVES = "level_moves"
"""In the registration sample: how long a change of level lasts, as the book's years tell it (`contracts.documents.outlook.Movement`); absent where the settings hold."""


def _learned_until(subject: Subject, sample: Sample) -> dict[str, Any]:
    """The day of decision before which the model has learned from outcomes, final or open, and where it was refitted the same of its twin and of its level."""
    known = [part for name, part in sample.facts.items() if name in {"train", "calibrate"}]
    until = max((part["until"] for part in known), default=None)
    if subject.learned is None or subject.learned["policy"] != "all":
        return {"calibrated_until": until}
    level = subject.learned.get("level")
    told = None if level is None else str(level["until"])
    year = {} if level is None else {"use_from": level["use_from"], "use_until": level["use_until"]}
    seen = subject.learned.get("open") or subject.learned
    if level is not None and level.get("movement") is not None:
        year[MOVES] = level["movement"]
    left = _left(level)
    return {"calibrated_until": seen["until"], LEVELLED: told, CARRIED: left, UNTIL: until, **year}


def _left(level: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What outcomes told of the level of a refitted version, less what its own level was moved by."""
    if level is None or level.get("carried") is None:
        return None
    told = Carried.model_validate(level["carried"], strict=False).corrected(float(level["offset"]))
    return told.model_dump(mode="json")


Measure = Callable[[Champion], Lost | str]
"""What a new version loses against the champion, or why the two cannot be compared."""


def measure(sample: Sample, evaluate: EvaluateConfig, level: float, *, is_stated: bool) -> Measure:
    """Compares the new version with a champion on the same test rows.

    Compared is what was validated: a champion that was refitted has learned the outcomes of rows that are test now, and its
    own answers to them would flatter it; so its twin answers, which has not, as the new version's twin does. A champion whose
    features the matrix no longer has cannot be compared; then a person decides. So it is where the new version rests on stated
    experience and the champion learned from defaults: too few are left to compare by.

    Args:
        sample: the out-of-time test part, as the new version's twin scored it.
        evaluate: draws and seed of the resamples.
        level: one-sided error of the bound.
        is_stated: whether the new version rests on stated experience.
    """

    def look(champion: Champion) -> Lost | str:
        if is_stated and not champion.bundle.json("reference.json").get("rests_on"):
            return f"not comparable: it rests on what is stated beside few defaults, and version {champion.version} was fitted to defaults"
        features = champion.bundle.json("contract.json")["features"]
        absent = [one["name"] for one in features if not is_delivered(sample.rows, one)]
        if absent:
            return f"not comparable: the champion needs {', '.join(absent[:5])}"
        rows = unlearned(champion, sample.rows)
        if rows.empty:
            return f"not comparable: version {champion.version} has learned the test rows"
        chance = twin_pd(champion.bundle, rows)
        if chance is None:
            chance = scored_by(champion, rows)["pd"].to_numpy(dtype=np.float64)
        own: Floats = rows["pd"].to_numpy(dtype=np.float64)
        return lost(
            rows[["customer_id", "defaulted"]],
            own,
            chance,
            draws=evaluate.bootstrap_draws,
            seed=evaluate.seed,
            level=level,
        )

    return look


def judge(measured: Measure) -> Judge:
    """A new version waits for a decision, with the figures that it will be made on."""

    def look(champion: Champion) -> tuple[str, str]:
        found = measured(champion)
        return CHALLENGER, found if isinstance(found, str) else found.told(champion.version)

    return look


def is_delivered(rows: pd.DataFrame, feature: Mapping[str, Any]) -> bool:
    """Whether a column is there and of the kind that a feature of a contract names: numbers, or a category's levels. One without any value is of either.

    >>> rows = pd.DataFrame({"late": [1.0, None], "index": ["12", "A"], "empty": [None, None]})
    >>> [is_delivered(rows, {"name": name, "dtype": "number"}) for name in ("late", "index", "empty", "gone")]
    [True, False, True, False]
    """
    if feature["name"] not in rows.columns:
        return False
    values = rows[feature["name"]]
    is_number = pd.api.types.is_numeric_dtype(values.dtype)
    return is_number == (feature["dtype"] == "number") or bool(values.isna().all())


def scored_by(champion: Champion, rows: pd.DataFrame) -> pd.DataFrame:
    """The champion's answers to rows, row by row: margin, pd, score, grade. A feature that is absent, or of another kind, is sent as missing."""
    features = champion.bundle.json("contract.json")["features"]
    sent = pd.DataFrame(
        {feature["name"]: _as_sent(rows, feature) for feature in features}, index=rows.index
    )
    answers: pd.DataFrame = champion.predict(sent)
    return answers.set_index(rows.index)


def _as_sent(rows: pd.DataFrame, feature: Mapping[str, Any]) -> pd.Series[Any]:
    """A column of the type that the version's signature names: doubles, or strings and None."""
    name, category = feature["name"], feature["dtype"] == "category"
    if not is_delivered(rows, feature):
        nothing = None if category else np.nan
        return pd.Series(nothing, index=rows.index, dtype=object if category else np.float64)
    values = rows[name]
    if category:
        return pd.Series(values.astype(object).where(values.notna(), None))
    return pd.Series(values.astype(np.float64))
