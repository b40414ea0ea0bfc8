"""The out-of-time verdict: every model scored on every part, measured, plotted, put before the gates, and written down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from contracts.arrays import Bools, Floats
from contracts.config.evaluation import EvaluateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents import metrics as document
from contracts.documents.checks import GateFinding
from contracts.documents.validation_model import Cell, ValidationModel
from contracts.errors import ContractError
from contracts.scale import exact_score
from contracts.tables.derived import KEY
from models.base.arrays import hashed_share
from models.base.data import Part
from models.gates.certificate import certify
from models.gates.evidence import Evidence
from models.gates.gates import judge_gates
from models.gates.single import SingleInput
from models.gates.turned import turned_pairs
from models.measures import plots
from models.measures.intervals import Premium, complexity_premium
from models.measures.metrics import Measures, additivity_error, cox, measure
from models.measures.rivals import Rivalry, rivalry
from models.validation.battery import score_shift, then_and_now
from models.validation.origins import by_origin, in_metrics
from models.validation.pack import (
    Dossier,
    Examined,
    Rules,
    validation_pack,
)
from models.validation.scored import Models, Scored, joined_to, score_table
from models.validation.selective import exposed
from models.validation.shipped import beside_twin, unlearned
from models.validation.single_inputs import single_inputs
from models.validation.two_by_two import two_by_two
from models.validation.view import View, grades_of, view_of, worth

MAX_UNTRUE = 0.01
MAX_EXPLAINED = (
    5_000  # rows whose SHAP values are added up for the gate; all rows would take minutes
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that `evaluate` writes."""

    metrics: document.Metrics
    checks: list[GateFinding]
    plots: dict[str, plots.Points]
    scored_test: pd.DataFrame
    pack: ValidationModel


def evaluate_models(
    scored: dict[str, Scored],
    models: Models,
    truth: pd.DataFrame | None,
    rules: Rules,
    dossier: Dossier,
    recent: Part | None = None,
) -> Evaluation:
    """Measures, checks, plots, the scored test part and the validation pack.

    What is not defined, such as a test part without a default, is null, and the gates that need it decline.

    Args:
        scored: from `score_parts`.
        models: for the certificate, the SHAP values and the scorecard's points.
        truth: true PDs by (customer_id, as_of), where the portfolio is simulated.
        rules: confidence, resamples, seed; code to gate; PD to score.
        dossier: what other stages left for the report.
        recent: rows whose outcomes are still open, to see whether an input looks the same before they are known, and whether the
            model that ships agrees with the validated one; where there are none, the newest day of the test part.

    Raises:
        ConfigError: the gates' config names an unknown gate or leaves one out.
        ContractError: the test part is empty, or the truth lacks rows of it.
    """
    if "test" not in scored:
        raise ContractError(
            "The test part has no rows.",
            where="data/interim/partition.parquet",
            next_step="Move test_from earlier, or give data of more months.",
        )
    test, config = scored["test"], rules.config
    true_pd = None if truth is None else oracle(test.part, truth)
    horizon = models.ensemble.contract.horizon_months
    view = view_of(test, rules.scale, horizon, config.confidence)
    premium = _premium(test, config)
    newest = unlearned(recent, dossier.shipped) or _newest_day(test.part)
    origins, pooled = by_origin(dossier.origins, config)
    evidence = replace(
        gather(scored, models, view, premium),
        inputs=_alone(scored, recent, models, rules),
        checked=len(rules.checked),
        experience=rules.experience,
        origins=origins,
        pooled=pooled,
        **beside_twin(models, newest, rules.scale),
    )
    checks = judge_gates(evidence, rules.gates)
    found = Examined(scored, models, view, true_pd, evidence, checks)
    drawn = _drawn(test, true_pd)
    return Evaluation(
        _metrics(found, premium, drawn),
        checks,
        _plots(test, drawn, rules.scale, config.confidence),
        score_table(test),
        validation_pack(found, rules, dossier),
    )


def _alone(
    scored: dict[str, Scored], recent: Part | None, models: Models, rules: Rules
) -> list[SingleInput] | None:
    if "train" not in scored:
        return None
    parts = scored["train"].part, scored["test"].part
    return single_inputs(parts, recent, models.ensemble, rules.checked)


def _newest_day(part: Part) -> Part:
    return part.take(part.as_of == part.as_of.max())


def _premium(test: Scored, config: EvaluateConfig) -> Premium | None:
    outcome = test.part.defaulted
    if not outcome.any() or outcome.all():
        return None
    return complexity_premium(
        (test.margin, test.pd_baseline),
        outcome,
        test.part.customer_id,
        confidence=config.confidence,
        draws=config.bootstrap_draws,
        seed=config.seed,
    )


def gather(
    scored: dict[str, Scored], models: Models, view: View, premium: Premium | None
) -> Evidence:
    """What the gates look at; None where a thing is not defined."""
    test, confidence = scored["test"], view.confidence
    contract = models.ensemble.contract
    promised = any(feature.direction for feature in contract.features)
    measured = {
        name: scored[name].measures(np.ones(len(scored[name].part), dtype=np.bool_), confidence)
        for name in ("test", "calibrate")
        if name in scored
    }
    return Evidence(
        test=measured["test"],
        calibrate=measured.get("calibrate"),
        cox=cox(test.pd, test.part.defaulted, test.part.customer_id),
        premium=premium if models.scorecard.terms else None,
        violations=certify(models.ensemble.boosters, contract) if promised else None,
        stability=score_shift(scored),
        additivity_error=_additivity(test, models),
        confidence=confidence,
        turned=turned_pairs(test.margin, test.pd),
        grades=grades_of(view),
        then_and_now=then_and_now(scored),
        exposed=exposed(view),
        rivals=_rivals(test, models),
        whole=worth(view, np.ones(len(test.part), dtype=np.bool_)),
        days=_days(test.part),
    )


def _rivals(test: Scored, models: Models) -> list[Rivalry] | None:
    """The calibrated model against the plain boosters, as they come, and the scorecard; None where none was fitted."""
    outcome = test.part.defaulted
    if not models.rivals or not outcome.any() or outcome.all():
        return None
    pds = {
        name: np.asarray(expit(one.margin(test.part.features)), dtype=np.float64)
        for name, one in models.rivals.items()
    }
    if models.scorecard.terms:
        pds["scorecard"] = test.pd_baseline
    ids = test.part.customer_id
    return [rivalry(name, (test.pd, pd), outcome, ids) for name, pd in pds.items()]


def _days(part: Part) -> tuple[str, str]:
    days = pd.DatetimeIndex(part.as_of)
    return str(days.min().date()), str(days.max().date())


def _additivity(test: Scored, models: Models) -> float:
    """Largest gap between SHAP values and margin, on rows of customers chosen by hashed id where there are many."""
    share = hashed_share(test.part.customer_id, salt="explained")
    rows = np.argsort(share, kind="stable")[:MAX_EXPLAINED]
    codes = models.ensemble.contract.encode(test.part.features.iloc[rows])
    return additivity_error(models.ensemble.contributions(codes), test.margin[rows])


def _metrics(found: Examined, premium: Premium | None, drawn: plots.Scores) -> document.Metrics:
    """`reports/metrics.json`; None where a part has one class only."""
    test, confidence = found.scored["test"], found.view.confidence
    ids = test.part.customer_id
    known = slice(None) if found.true_pd is None else np.isfinite(found.true_pd)
    cells = two_by_two(found.scored, confidence)
    return document.Metrics(
        portfolio=found.models.ensemble.contract.portfolio,
        test=_as_document(found.evidence.test, test.part.defaulted),
        baseline=_measured(*drawn["scorecard"], ids, confidence),
        oracle=_measured(*drawn["oracle"], ids[known], confidence) if "oracle" in drawn else None,
        complexity_premium=document.Premium(
            gini=None if premium is None else premium.gini,
            gini_ci=None if premium is None else premium.gini_ci,
        ),
        origins=tuple(map(in_metrics, found.evidence.origins)) or None,
        two_by_two={f"{cell.customers}_{cell.time}": _flat(cell) for cell in cells},
    )


def _flat(cell: Cell) -> document.Cell:
    """A cell as `metrics.json` has it: the interval of an AUC whose error is not known is all of [0, 1]."""
    area = cell.roc_auc
    ends = (0.0, 1.0) if area.low is None or area.high is None else (area.low, area.high)
    return document.Cell(
        n=cell.n,
        defaults=cell.defaults,
        roc_auc=area.value,
        roc_auc_ci=None if area.value is None else ends,
        brier_skill=cell.brier_skill,
        mean_pd=cell.mean_pd,
    )


def _measured(chance: Floats, outcome: Bools, ids: Any, confidence: float) -> document.Measured:
    both = bool(outcome.any() and not outcome.all())
    return _as_document(measure(chance, outcome, ids, confidence) if both else None, outcome)


def _as_document(measures: Measures | None, outcome: Bools) -> document.Measured:
    if measures is not None:
        return document.Measured(**{name: getattr(measures, name) for name in Measures.__slots__})
    nothing: dict[str, Any] = dict.fromkeys(Measures.__slots__)
    counts = {"n": len(outcome), "defaults": int(outcome.sum())}
    return document.Measured(**nothing | counts)


def oracle(part: Part, truth: pd.DataFrame) -> Floats:
    """The true PD of each of a part's rows, NaN where it has none.

    A simulated customer whose hidden default has begun has no true PD any more, though its ledger may show
    the default some weeks later; such rows are rare, and are left out of the oracle's figures alone.

    Raises:
        ContractError: more than `MAX_UNTRUE` of the rows have no truth: it belongs to another ledger.
    """
    true_pd = joined_to(part, truth, ["true_pd"])["true_pd"].to_numpy(dtype=np.float64)
    lost = np.isnan(true_pd)
    if lost.mean() > MAX_UNTRUE:
        first = int(np.argmax(lost))
        raise ContractError(
            f"{int(lost.sum())} of {len(part)} test rows have no true PD.",
            where=f"data/truth/truth.parquet, {', '.join(KEY)}",
            value=(str(part.customer_id[first]), str(part.as_of[first])),
            next_step="Run ingest again: truth and ledger come from one world.",
        )
    return np.asarray(true_pd)


def _drawn(test: Scored, true_pd: Floats | None) -> plots.Scores:
    outcome = test.part.defaulted
    drawn = {"LightGBM": (test.pd, outcome), "scorecard": (test.pd_baseline, outcome)}
    if true_pd is not None:
        known = np.isfinite(true_pd)
        drawn["oracle"] = (true_pd[known], outcome[known])
    return drawn


def _plots(
    test: Scored, drawn: plots.Scores, scale: ScaleConfig, confidence: float
) -> dict[str, plots.Points]:
    outcome = test.part.defaulted
    both = bool(outcome.any() and not outcome.all())
    return {
        "roc": plots.roc_points(drawn) if both else [],
        "reliability": plots.reliability_points(drawn, confidence),
        "score_distribution": plots.score_points(exact_score(test.pd, scale), outcome),
    }
