"""Puts the parts of `reports/validation_model.json` together. Plain JSON: null where not defined, never NaN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from contracts.config.evaluation import EvaluateConfig
from contracts.config.gates import GateConfig
from contracts.config.scale import ScaleConfig
from models.gates.evidence import Evidence
from models.measures import plots
from models.measures.backtests import jeffreys_interval
from models.measures.graded import by_grade, graded_table, herfindahl, migrations
from models.validation.battery import Parts, battery
from models.validation.figures import (
    UNDEFINED,
    Answers,
    Figure,
    all_figures,
    paired,
)
from models.validation.findings import findings, verdict
from models.validation.inside import boosters, moved_features, scorecard_points, words
from models.validation.resample import Draws
from models.validation.scored import PARTS, Models, Scored, part_facts
from models.validation.segments import by_date, by_segment
from models.validation.selective import selective
from models.validation.two_by_two import two_by_two
from models.validation.view import View


@dataclass(frozen=True, slots=True)
class Dossier:
    """What other stages left for the report; each may be absent.

    Attributes:
        title: of the portfolio.
        lineage: contract LINEAGE, for the words of features.
        calibration: `data/model/calibrator.json`, for the candidates.
        search: `data/model/search.json`.
        selection: `data/model/selection.json`.
        members: `data/model/members.json`.
    """

    title: str = ""
    lineage: pd.DataFrame | None = None
    calibration: Mapping[str, Any] | None = None
    search: Mapping[str, Any] | None = None
    selection: Mapping[str, Any] | None = None
    members: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the evaluation goes by: how sure its figures are, the gates, and the scale."""

    config: EvaluateConfig
    gates: Mapping[str, GateConfig]
    scale: ScaleConfig


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found before the pack is put together.

    Attributes:
        scored: every part with the models' answers.
        models: the final ones.
        view: the test part with grades and segments.
        true_pd: known chance of each test row, NaN where it has none; None where the portfolio is not simulated.
        evidence: what the gates looked at.
        checks: what they said, rows of `judge_gates`.
    """

    scored: dict[str, Scored]
    models: Models
    view: View
    true_pd: Floats | None
    evidence: Evidence
    checks: list[dict[str, Any]]


def validation_pack(found: Examined, rules: Rules, dossier: Dossier) -> dict[str, Any]:
    """The content of `reports/validation_model.json`."""
    config, scored = rules.config, found.scored
    models, premium = _models(found, config)
    contract = found.models.ensemble.contract
    pack: dict[str, Any] = {
        "portfolio": contract.portfolio,
        "title": dossier.title or contract.portfolio,
        "horizon_months": contract.horizon_months,
        "confidence": config.confidence,
        "checks": found.checks,
        "parts": [part_facts(name, scored[name]) for name in PARTS if name in scored],
        "two_by_two": two_by_two(scored, config.confidence),
        "models": models,
        "premium": premium,
        **_curves(found, rules),
        **_graded(found, rules),
        "segments": by_segment(found.view),
        "as_of": by_date(found.view),
        **_inside(found, rules, dossier),
        "selective": selective(found.view, found.true_pd),
        "search": dossier.search,
        "selection": dossier.selection,
    }
    pack["words"] = words(dossier.lineage, _features_named(pack))
    pack["findings"] = findings(pack, rules.gates, config.confidence)
    return {
        "verdict": verdict(pack, rules.gates),
        **{key: clean(value) for key, value in pack.items()},
    }


def clean(value: Any) -> Any:
    """The same with null in place of NaN and infinity, and plain numbers in place of NumPy's.

    >>> clean({"a": [float("nan"), np.int64(2), (1.5,)]})
    {'a': [None, 2, [1.5]]}
    """
    if isinstance(value, Mapping):
        return {str(key): clean(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(inner) for inner in value]
    if isinstance(value, np.generic):
        return clean(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def _models(found: Examined, config: EvaluateConfig) -> tuple[dict[str, Any], dict[str, Any]]:
    """Figures of both models on every part, of the known truth on the test part, and what the complexity buys."""
    models: dict[str, dict[str, Any]] = {"lightgbm": {}, "scorecard": {}}
    premium: dict[str, Any] = {}
    sure = (config.confidence, config.bootstrap_draws, config.seed)
    for name, one in found.scored.items():
        pds = {"lightgbm": one.pd, "scorecard": one.pd_baseline}
        figures, draws = all_figures(Answers(pds, one.part.defaulted, one.part.customer_id), *sure)
        for model, by_part in models.items():
            by_part[name] = figures[model]
        if name == "test":
            premium = _gained(found, paired_of(draws, figures, config.confidence))
    known = _known(found)
    if known is not None:
        true_pd, rows = known
        part = found.scored["test"].part
        answers = Answers({"oracle": true_pd}, part.defaulted[rows], part.customer_id[rows])
        models["oracle"] = {"test": all_figures(answers, *sure)[0]["oracle"]}
    return models, premium


def paired_of(
    draws: Mapping[str, Draws], figures: Mapping[str, dict[str, Any]], confidence: float
) -> dict[str, Figure]:
    """LightGBM less scorecard by measure, resampled pair by pair."""
    names = ("gini", "average_precision", "brier_skill")
    return {name: paired(draws, figures, name, confidence) for name in names}


def _gained(found: Examined, gains: dict[str, Figure]) -> dict[str, Any]:
    premium = found.evidence.premium
    if premium is None:  # no scorecard to compare with
        return {name: UNDEFINED.to_json() for name in gains}
    # Gini of the margins, as in metrics.json: steps of an isotonic calibrator tie PDs
    gains = gains | {"gini": Figure(premium.gini, *premium.gini_ci)}
    return {name: figure.to_json() for name, figure in gains.items()}


def _known(found: Examined) -> tuple[Floats, Bools] | None:
    if found.true_pd is None:
        return None
    rows = np.isfinite(found.true_pd)
    return found.true_pd[rows], rows


def _curves(found: Examined, rules: Rules) -> dict[str, Any]:
    """Reliability, score distribution and ROC of the test part."""
    test, confidence = found.view.scored, rules.config.confidence
    bad = test.part.defaulted
    drawn = {"lightgbm": (test.pd, bad), "scorecard": (test.pd_baseline, bad)}
    known = _known(found)
    if known is not None:
        drawn["oracle"] = (known[0], bad[known[1]])
    both = bad.any() and not bad.all()
    roc = plots.roc_points(drawn) if both else []
    return {
        "reliability": {model: _reliability(*one, confidence) for model, one in drawn.items()},
        "score_distribution": plots.score_shares(test.pd, bad, rules.scale),
        "roc": {
            model: [
                {"false_alarms": point["false_alarms"], "caught": point["caught"]}
                for point in roc
                if point["model"] == model
            ]
            for model in drawn
        },
    }


def _reliability(chance: Floats, bad: Bools, confidence: float) -> list[dict[str, Any]]:
    rows = []
    for inside in plots.equal_mass(chance):
        n, defaults = len(inside), int(bad[inside].sum())
        low, high = jeffreys_interval(defaults, n, confidence)
        mean = float(np.mean(chance[inside]))
        rows.append({"mean_pd": mean, "rate": defaults / n, "low": low, "high": high, "n": n, "defaults": defaults})  # fmt: skip
    return rows


def _graded(found: Examined, rules: Rules) -> dict[str, Any]:
    view = found.view
    part, newest = view.scored.part, view.newest
    money = None if view.balance is None else by_grade(view.grade[newest], view.balance[newest])
    table = list(found.evidence.grades or [])
    return {
        "grades": table,
        "tests": battery(Parts(view, found.scored, rules.scale)),
        "migrations": migrations(part.customer_id, part.as_of, view.grade),
        "concentration": {
            "grades_by_number": herfindahl(np.array([float(row["n"]) for row in table])),
            "grades_by_exposure": None if money is None else herfindahl(money),
        },
    }


def grades_of(view: View) -> list[dict[str, Any]]:
    """The graded table of the rows that count as independent."""
    once, scored = view.once, view.scored
    balance = None if view.balance is None else view.balance[once]
    return graded_table(
        view.grade[once], scored.pd[once], scored.part.defaulted[once], balance, view.confidence
    )


def _inside(found: Examined, rules: Rules, dossier: Dossier) -> dict[str, Any]:
    ensemble, train = found.models.ensemble, found.scored.get("train")
    broken = found.evidence.violations
    calibration = dossier.calibration or found.models.calibrator.to_json()
    rate = 1.0 - rules.config.confidence
    return {
        "stability": moved_features(ensemble, train, found.scored["test"], rate) if train else [],
        "scorecard": scorecard_points(
            found.models.scorecard, rules.scale, train.part.features if train else None
        ),
        "lightgbm": {
            **boosters(ensemble, None if broken is None else len(broken), dossier.members),
            "calibration": {
                "method": calibration["method"],
                "candidates": list(calibration.get("candidates", [])),
            },
        },
    }


def _features_named(pack: Mapping[str, Any]) -> Iterable[str]:
    groups: list[Sequence[Mapping[str, Any]]] = [
        pack["stability"],
        pack["scorecard"]["features"],
        (pack["selection"] or {}).get("rows", []),
    ]
    return [str(row["feature"]) for rows in groups for row in rows]
