"""Puts the parts of `reports/validation_model.json` together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats
from contracts.config.evaluation import EvaluateConfig
from contracts.config.gates import GateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.checks import GateFinding
from contracts.documents.earned import Earned
from contracts.documents.experience import Experience
from contracts.documents.open_rows import OpenRows
from contracts.documents.validation_inside import (
    Concentration,
    Importance,
    Search,
    Selected,
    Selection,
)
from contracts.documents.validation_model import (
    Bin,
    Figures,
    Gains,
    GradeRow,
    Migrations,
    RocPoint,
    ScorePoint,
    ValidationModel,
)
from models.base.binning import equal_mass
from models.gates.evidence import Evidence
from models.measures import plots
from models.measures.backtests import jeffreys_interval
from models.measures.graded import by_grade, herfindahl, migrations
from models.validation.battery import Parts, battery
from models.validation.figures import UNDEFINED, Answers, all_figures, figure_of, paired
from models.validation.findings import findings, verdict
from models.validation.inside import boosters, moved_features, scorecard_points, words
from models.validation.resample import Draws
from models.validation.scale_findings import fitted_scale
from models.validation.scored import PARTS, Models, Scored, part_facts
from models.validation.segments import by_date, by_segment
from models.validation.selective import selective
from models.validation.shipped import shipped_facts
from models.validation.two_by_two import two_by_two
from models.validation.view import View


@dataclass(frozen=True, slots=True)
class Dossier:
    """What other stages left for the report; each may be absent.

    Attributes:
        title: of the portfolio.
        lineage: contract LINEAGE, for the words of features.
        calibration: `data/model/twin/calibrator.json`, for the candidates.
        search, selection, members, shipped, open_rows, earned: `data/model/<name>.json`.
        origins: contract ORIGINS.
    """

    title: str = ""
    lineage: pd.DataFrame | None = None
    calibration: Mapping[str, Any] | None = None
    search: Mapping[str, Any] | None = None
    selection: Mapping[str, Any] | None = None
    members: Mapping[str, Any] | None = None
    shipped: Mapping[str, Any] | None = None
    origins: pd.DataFrame | None = None
    open_rows: OpenRows | None = None
    earned: Earned | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the evaluation goes by.

    Attributes:
        config: how sure its figures are.
        gates: by code.
        scale: PD to score and grade.
        checked: inputs that a person has checked: they are no suspects of a leak.
        experience: what the score rests on where it was not fitted to the book's defaults.
    """

    config: EvaluateConfig
    gates: Mapping[str, GateConfig]
    scale: ScaleConfig
    checked: frozenset[str] = frozenset()
    experience: Experience | None = None


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found before the pack is put together.

    Attributes:
        scored: every part with the models' answers.
        models: the final ones.
        view: the test part with grades and segments.
        true_pd: known chance of each test row, NaN where it has none; None where the portfolio is not simulated.
        evidence: what the gates looked at.
        checks: what they said.
    """

    scored: dict[str, Scored]
    models: Models
    view: View
    true_pd: Floats | None
    evidence: Evidence
    checks: list[GateFinding]


def validation_pack(found: Examined, rules: Rules, dossier: Dossier) -> ValidationModel:
    """The content of `reports/validation_model.json`."""
    config, scored = rules.config, found.scored
    models, premium = _models(found, config)
    contract = found.models.ensemble.contract
    parts = {
        **_curves(found, rules),
        **_graded(found, rules),
        **_inside(found, rules, dossier),
        "search": _search(dossier.search),
        "selection": _selection(dossier.selection),
    }
    pack = ValidationModel(
        verdict=verdict(found.checks),
        portfolio=contract.portfolio,
        title=dossier.title or contract.portfolio,
        horizon_months=contract.horizon_months,
        confidence=config.confidence,
        checks=tuple(found.checks),
        parts=tuple(part_facts(name, scored[name]) for name in PARTS if name in scored),
        two_by_two=tuple(two_by_two(scored, config.confidence)),
        models=models,
        premium=premium,
        segments=tuple(by_segment(found.view)),
        as_of=tuple(by_date(found.view)),
        origins=tuple(found.evidence.origins),
        pooled=found.evidence.pooled,
        selective=selective(found.view, found.true_pd),
        words=words(dossier.lineage, [*_features_named(parts), *found.evidence.suspects]),
        findings=(),
        rests_on=rules.experience,
        fitted_scale=fitted_scale(parts["grades"], scored["test"].pd),
        **parts,
    )
    return pack.model_copy(update={"findings": findings(pack)})


def _search(found: Mapping[str, Any] | None) -> Search | None:
    """What the page shows of `data/model/search.json`."""
    if found is None:
        return None
    kept = {key: found[key] for key in Search.model_fields}
    return Search(**kept | {"importance": tuple(Importance(**one) for one in kept["importance"])})


def _selection(found: Mapping[str, Any] | None) -> Selection | None:
    """What the page shows of `data/model/selection.json`."""
    if found is None:
        return None
    kept = {key: found[key] for key in Selection.model_fields}
    return Selection(**kept | {"rows": tuple(Selected(**one) for one in kept["rows"])})


def _models(found: Examined, config: EvaluateConfig) -> tuple[dict[str, dict[str, Figures]], Gains]:
    """Figures of both models on every part, of the known truth on the test part, and what the complexity buys."""
    models: dict[str, dict[str, Figures]] = {"lightgbm": {}, "scorecard": {}}
    premium = Gains(gini=UNDEFINED, average_precision=UNDEFINED, brier_skill=UNDEFINED)
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
    draws: Mapping[str, Draws], figures: Mapping[str, Figures], confidence: float
) -> Gains:
    """LightGBM less scorecard by measure, resampled pair by pair."""
    return Gains(**{name: paired(draws, figures, name, confidence) for name in Gains.model_fields})


def _gained(found: Examined, gains: Gains) -> Gains:
    premium = found.evidence.premium
    if premium is None:  # no scorecard to compare with
        return Gains(gini=UNDEFINED, average_precision=UNDEFINED, brier_skill=UNDEFINED)
    # Gini of the margins, as in metrics.json: steps of an isotonic calibrator tie PDs
    return gains.model_copy(update={"gini": figure_of(premium.gini, *premium.gini_ci)})


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
        "score_distribution": tuple(
            ScorePoint(**point) for point in plots.score_shares(test.pd, bad, rules.scale)
        ),
        "roc": {
            model: tuple(
                RocPoint(false_alarms=point["false_alarms"], caught=point["caught"])
                for point in roc
                if point["model"] == model
            )
            for model in drawn
        },
    }


def _reliability(chance: Floats, bad: Bools, confidence: float) -> tuple[Bin, ...]:
    rows = []
    for inside in equal_mass(chance):
        n, defaults = len(inside), int(bad[inside].sum())
        low, high = jeffreys_interval(defaults, n, confidence)
        mean = float(np.mean(chance[inside]))
        rows.append(Bin(mean_pd=mean, rate=defaults / n, low=low, high=high, n=n, defaults=defaults))  # fmt: skip
    return tuple(rows)


def _graded(found: Examined, rules: Rules) -> dict[str, Any]:
    view = found.view
    part, newest = view.scored.part, view.newest
    money = (
        None
        if view.balance is None
        else by_grade(view.grade[newest], view.balance[newest], view.n_grades)
    )
    table = list(found.evidence.grades or [])
    moves = migrations(part.customer_id, part.as_of, view.grade, view.n_grades)
    return {
        "grades": tuple(GradeRow(**row) for row in table),
        "tests": tuple(battery(Parts(view, found.scored, rules.scale))),
        "migrations": Migrations(
            **moves
            | {key: moves[key] and date.fromisoformat(moves[key]) for key in ("from", "until")}
            | {"matrix": tuple(map(tuple, moves["matrix"]))}
        ),
        "concentration": Concentration(
            grades_by_number=herfindahl(np.array([float(row["n"]) for row in table])),
            grades_by_exposure=None if money is None else herfindahl(money),
        ),
    }


def _inside(found: Examined, rules: Rules, dossier: Dossier) -> dict[str, Any]:
    ensemble, train = found.models.ensemble, found.scored.get("train")
    calibration = dossier.calibration or found.models.calibrator.to_json()
    test, broken = found.scored["test"], found.evidence.violations
    sure = rules.config.confidence
    return {
        "stability": tuple(moved_features(ensemble, train, test, 1.0 - sure) if train else ()),
        "scorecard": scorecard_points(
            found.models.scorecard, rules.scale, train.part.features if train else None
        ),
        "lightgbm": boosters(
            ensemble, None if broken is None else len(broken), calibration, dossier.members
        ),
        "shipped": shipped_facts(found.models, found.evidence.shipped, dossier.shipped),
        "open_years": () if dossier.open_rows is None else dossier.open_rows.years,
        "earned": dossier.earned or Earned(years=(), together=None),
    }


def _features_named(parts: Mapping[str, Any]) -> Iterable[str]:
    selection = parts["selection"]
    groups = parts["stability"], parts["scorecard"].features, selection.rows if selection else ()
    return [row.feature for rows in groups for row in rows]
