"""The out-of-time verdict: every model scored on every part, measured, plotted, and put before the gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.config.params import EvaluateConfig, GateConfig, ScaleConfig
from contracts.errors import ContractError
from contracts.scale import exact_score
from models import plots
from models.arrays import Bools, Floats
from models.booster import Ensemble
from models.calibrators import Calibrator
from models.certificate import certify
from models.data import KEY, Part, assemble
from models.gates import Evidence, check_gates
from models.intervals import Premium, complexity_premium
from models.metrics import Measures, additivity_error, cox, measure, stability
from models.scorecard import Scorecard

PARTS = ("train", "calibrate", "holdout", "test")
MOST_UNTRUE = 0.01


@dataclass(frozen=True, slots=True)
class Models:
    """What a run made: booster(s), calibrator, scorecard."""

    ensemble: Ensemble
    calibrator: Calibrator
    scorecard: Scorecard


@dataclass(frozen=True, slots=True)
class Scored:
    """One part with its scores, aligned."""

    part: Part
    margin: Floats
    pd: Floats
    pd_baseline: Floats

    def measures(self, rows: Bools, confidence: float) -> Measures | None:
        """Measures of LightGBM on some of the rows; None where they hold one class only."""
        outcome = self.part.defaulted[rows]
        if not outcome.any() or outcome.all():
            return None
        return measure(self.pd[rows], outcome, self.part.customer_id[rows], confidence)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All that `evaluate` writes."""

    metrics: dict[str, Any]
    checks: list[dict[str, Any]]
    plots: dict[str, plots.Points]
    scored_test: pd.DataFrame


def score_parts(matrix: pd.DataFrame, partition: pd.DataFrame, models: Models) -> dict[str, Scored]:
    """Every part scored by both models. `holdout` may be empty."""
    scored = {}
    for name in PARTS:
        part = assemble(matrix, partition, name)
        if len(part):
            margin = models.ensemble.margin(part.features)
            baseline = models.scorecard.pd(part.features)
            scored[name] = Scored(part, margin, models.calibrator.apply(margin), baseline)
    return scored


def evaluate_models(
    scored: dict[str, Scored],
    models: Models,
    truth: pd.DataFrame | None,
    config: EvaluateConfig,
    *,
    gates: Mapping[str, GateConfig],
    scale: ScaleConfig,
) -> Evaluation:
    """Measures, checks, plots and the scored test part.

    Args:
        scored: from `score_parts`.
        models: for the certificate and the SHAP values.
        truth: true PDs by (customer_id, as_of), where the portfolio is simulated.
        config: confidence, resamples, seed.
        gates: code to gate.
        scale: PD to score, for the distribution plot.

    Raises:
        ConfigError: the gates' config names an unknown gate or leaves one out.
        ContractError: the truth lacks rows of the test part.
    """
    test, confidence = scored["test"], config.confidence
    found = measure(test.pd, test.part.defaulted, test.part.customer_id, confidence)
    baseline = measure(test.pd_baseline, test.part.defaulted, test.part.customer_id, confidence)
    premium = complexity_premium(
        (test.margin, test.pd_baseline),
        test.part.defaulted,
        test.part.customer_id,
        confidence=confidence,
        draws=config.bootstrap_draws,
        seed=config.seed,
    )
    metrics: dict[str, Any] = {"test": found.to_json(), "baseline": baseline.to_json()}
    outcome = test.part.defaulted
    drawn = {"LightGBM": (test.pd, outcome), "scorecard": (test.pd_baseline, outcome)}
    if truth is not None:
        true_pd, is_known = oracle(test.part, truth)
        drawn["oracle"] = (true_pd, outcome[is_known])
        customers = test.part.customer_id[is_known]
        metrics["oracle"] = measure(*drawn["oracle"], customers, confidence).to_json()
    metrics["complexity_premium"] = {"gini": premium.gini, "gini_ci": list(premium.gini_ci)}
    metrics["two_by_two"] = two_by_two_measures(scored, confidence)
    evidence = gather(scored, models, found, premium, confidence)
    return Evaluation(
        metrics, check_gates(evidence, gates), _plots(test, drawn, scale, confidence), _table(test)
    )


def gather(
    scored: dict[str, Scored],
    models: Models,
    found: Measures,
    premium: Premium,
    confidence: float,
) -> Evidence:
    """What the gates look at."""
    test, train, middle = scored["test"], scored["train"], scored["calibrate"]
    contract = models.ensemble.contract
    promised = any(feature.direction for feature in contract.features)
    everyone = np.ones(len(middle.part), dtype=np.bool_)
    contributions = models.ensemble.contributions(contract.encode(test.part.features))
    customers = tuple(len(set(one.part.customer_id)) for one in (train, test))
    return Evidence(
        test=found,
        calibrate=middle.measures(everyone, confidence),
        cox=cox(test.pd, test.part.defaulted, test.part.customer_id),
        premium=premium if models.scorecard.terms else None,
        violations=certify(models.ensemble.boosters, contract) if promised else None,
        stability=stability(train.pd, test.pd, (customers[0], customers[1])),
        additivity_error=additivity_error(contributions, test.margin),
        confidence=confidence,
    )


def two_by_two_measures(scored: dict[str, Scored], confidence: float) -> dict[str, Any]:
    """Known and new customers, in and out of time: rows, defaults, and the main measures where both classes are.

    `known_in_time` holds the rows the model learned from, so its figures flatter; the other three are honest.
    """
    out = scored["test"].part.is_held_out
    cells: dict[str, list[tuple[Scored, Bools]]] = {
        "known_in_time": [(scored[name], _all(scored[name])) for name in ("train", "calibrate")],
        "known_out_of_time": [(scored["test"], ~out)],
        "new_in_time": [(one, _all(one)) for one in [scored.get("holdout")] if one is not None],
        "new_out_of_time": [(scored["test"], out)],
    }
    return {name: _cell(parts, confidence) for name, parts in cells.items()}


def _all(scored: Scored) -> Bools:
    return np.ones(len(scored.part), dtype=np.bool_)


def _cell(parts: list[tuple[Scored, Bools]], confidence: float) -> dict[str, Any]:
    if not parts:
        return {"n": 0, "defaults": 0, "roc_auc": None, "roc_auc_ci": None, "brier_skill": None, "mean_pd": None}  # fmt: skip
    pd_ = np.concatenate([one.pd[rows] for one, rows in parts])
    outcome = np.concatenate([one.part.defaulted[rows] for one, rows in parts])
    customers = np.concatenate([one.part.customer_id[rows] for one, rows in parts])
    cell: dict[str, Any] = {"n": len(outcome), "defaults": int(outcome.sum())}
    both = bool(outcome.any() and not outcome.all())
    found = measure(pd_, outcome, customers, confidence) if both else None
    return cell | {
        "roc_auc": found.roc_auc if found else None,
        "roc_auc_ci": list(found.roc_auc_ci) if found else None,
        "brier_skill": found.brier_skill if found else None,
        "mean_pd": float(np.mean(pd_)) if len(pd_) else None,
    }


def oracle(part: Part, truth: pd.DataFrame) -> tuple[Floats, Bools]:
    """The true PDs of a part's rows that have one, and which rows those are.

    A simulated customer whose hidden default has begun has no true PD any more, though its ledger may show
    the default some weeks later; such rows are rare, and are left out of the oracle's figures alone.

    Raises:
        ContractError: more than `MOST_UNTRUE` of the rows have no truth: it belongs to another ledger.
    """
    keys = pd.DataFrame({"customer_id": part.customer_id, "as_of": part.as_of})
    keys["as_of"] = keys["as_of"].astype(truth["as_of"].dtype)
    keys["customer_id"] = keys["customer_id"].astype(truth["customer_id"].dtype)
    joined = keys.merge(truth[[*KEY, "true_pd"]], on=KEY, how="left", validate="one_to_one")
    lost = joined["true_pd"].isna().to_numpy(dtype=np.bool_)
    if lost.mean() > MOST_UNTRUE:
        raise ContractError(
            f"{int(lost.sum())} of {len(part)} test rows have no true PD.",
            where="data/truth/truth.parquet",
            value=tuple(joined.loc[lost, KEY].astype(str).iloc[0]),
            next_step="Run ingest again: truth and ledger come from one world.",
        )
    return joined.loc[~lost, "true_pd"].to_numpy(dtype=np.float64), ~lost


def _plots(
    test: Scored, drawn: plots.Scores, scale: ScaleConfig, confidence: float
) -> dict[str, plots.Points]:
    outcome = test.part.defaulted
    return {
        "roc": plots.roc_points(drawn),
        "reliability": plots.reliability_points(drawn, confidence),
        "score_distribution": plots.score_points(exact_score(test.pd, scale), outcome),
    }


def _table(test: Scored) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": test.part.customer_id,
            "as_of": test.part.as_of,
            "defaulted": test.part.defaulted,
            "margin": test.margin,
            "pd": test.pd,
            "pd_baseline": test.pd_baseline,
        }
    )
