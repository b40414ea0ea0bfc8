"""What is told of a version beside its figures: its name for people, the files it was made from, its learning curve, what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.files import read_json
from contracts.numbers import local
from models.registry.background import Background, Input
from pipelines import paths
from pipelines.run.importances import importances
from pipelines.settings import Settings

LOGGED = ("features", "train", "calibrate", "evaluate", "scale")
"""Of configs/params.yaml."""
OF_PORTFOLIO = ("complete_until", "horizon_months", "default", "cohort", "split")
"""Of its yaml."""
INPUTS = ((paths.MATRIX, "training"), (paths.PARTITION, "split"), (paths.SCORED_TEST, "test"))


def background(metrics: Mapping[str, Any], facts: Mapping[str, Any]) -> Background:
    """Of the model that was trained here.

    Args:
        metrics: `reports/metrics.json`.
        facts: rows, customers and days of each part of the split.
    """
    inputs = [Input.of(path, context, _profile(context, facts)) for path, context in INPUTS]
    curve = read_json(paths.CURVE) if paths.CURVE.is_file() else []
    return Background(_title(metrics["test"]), inputs, curve, importances)


def _title(test: Mapping[str, Any]) -> str:
    """Figures first: a list of runs shows the beginning of a name."""
    flavours = dict.fromkeys(str(one["flavour"]) for one in _members())
    told = "+".join(flavours) or "model"
    return f"AUC {local(test.get('roc_auc'), '.3f')}, log loss {local(test.get('log_loss'), '.4f')}: {told}"


def _profile(context: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    known: Mapping[str, Any] = facts.get(context, {}) if context == "test" else facts
    return known


def _members() -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = read_json(paths.MEMBERS).get("members", [])
    return found


def parameters(settings: Settings) -> dict[str, Any]:
    """All settings that make a model, and what the run chose: flavour, rounds and settings of every booster, and the calibrator."""
    kept = ("flavour", "view", "rounds", "settings")
    members = [{key: one[key] for key in kept if key in one} for one in _members()]
    calibrator = {key: value for key, value in read_json(paths.CALIBRATOR).items() if not isinstance(value, list)}  # fmt: skip
    return {
        "portfolio": settings.name,
        **settings.params.model_dump(mode="json", include=set(LOGGED)),
        **settings.portfolio.model_dump(mode="json", include=set(OF_PORTFOLIO)),
        "chosen": {"members": members, "calibrator": calibrator},
    }
