"""A new calibrator for the champion's booster, checked on customers it was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from contracts.arrays import Floats
from contracts.config.gates import GateConfig
from contracts.config.scale import ScaleConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.scale import grade, score
from models.base.arrays import hashed_share
from models.measures.metrics import brier_skill
from models.registry.bundle import Bundle, text_of
from models.registry.reference import registration_sample
from models.registry.registration import scored_by
from models.registry.registry import CHALLENGER, CHAMPION, Champion, Judge
from models.registry.serving import log_odds, sigmoid
from models.sample.snapshots import newest_months
from models.upkeep.ladder import STEPS, Climb, Correction, Evidence, climb, corrected, fitted

KEY = ["customer_id", "as_of"]
SMALLEST_PD = 1e-12
GATE_LEVEL = 0.05  # one-sided: a gate fails where it is outside its threshold beyond chance
FEWEST_DEFAULTS = 5  # customers in each half


@dataclass(frozen=True, slots=True)
class Matured:
    """The newest cohorts whose outcome is final, scored by the champion.

    Attributes:
        rows: key, features, defaulted, margin, pd.
        seen_at_registration: whether the champion's test part had them (never its training or calibration).
    """

    rows: pd.DataFrame
    seen_at_registration: bool

    @property
    def evidence(self) -> Evidence:
        """Outcomes beside the champion's calibrated log-odds."""
        chance = np.clip(self.rows["pd"].to_numpy(np.float64), SMALLEST_PD, 1 - SMALLEST_PD)
        return Evidence(
            np.log(chance) - np.log1p(-chance),
            self.rows["defaulted"].astype(bool).to_numpy(),
            self.rows["customer_id"].to_numpy(),
        )

    def facts(self) -> dict[str, Any]:
        """Span, rows, customers and defaulted customers."""
        days = self.rows["as_of"]
        return {
            "from": str(days.min().date()) if len(days) else None,
            "until": str((days.max() + pd.Timedelta(days=1)).date()) if len(days) else None,
            "rows": len(self.rows),
            "customers": int(self.rows["customer_id"].nunique()),
            "defaults": self.evidence.defaults,
            "seen_at_registration": self.seen_at_registration,
        }


def newly_matured(
    champion: Champion, matrix: pd.DataFrame, cohort: pd.DataFrame, config: RecalibrateConfig
) -> Matured:
    """Outcomes the champion was never fitted on, those it was not even tested on where there are enough.

    Fewer defaulted customers than the first step needs after its test part: then the newest `months` of matured
    cohorts after its calibration.
    """
    reference = champion.bundle.json("reference.json")
    rows = matrix.merge(cohort[[*KEY, "defaulted"]], on=KEY, how="inner", validate="one_to_one")
    rows = rows[rows["defaulted"].notna()].sort_values(KEY, kind="stable", ignore_index=True)
    unseen = rows[rows["as_of"] >= pd.Timestamp(reference["until"])]
    hit = unseen["defaulted"].astype(bool)
    enough = unseen.loc[hit, "customer_id"].nunique() >= config.min_defaults_offset
    if not enough:
        fitted_until = pd.Timestamp(reference["calibrated_until"] or reference["from"])
        unseen = rows[rows["as_of"] >= fitted_until]
        unseen = unseen[newest_months(unseen["as_of"], config.months)]
    unseen = unseen.reset_index(drop=True)
    if len(unseen):
        answers = scored_by(champion, unseen)
        unseen = unseen.assign(margin=answers["margin"], pd=answers["pd"])
    else:
        unseen = unseen.assign(margin=0.0, pd=0.5)
    return Matured(unseen, seen_at_registration=not enough)


def composed(calibrator: Mapping[str, Any], correction: Correction) -> dict[str, Any]:
    """The calibrator that applies the old one, then the correction.

    A straight line on a straight line is one straight line: identity, offset and Platt stay in that family.
    After any other (or an anchor) the correction becomes `next`, and further ones merge with it.

    >>> composed({"method": "platt", "slope": 0.75, "intercept": 1.0}, Correction(0.2, 2.0))
    {'method': 'platt', 'slope': 1.5, 'intercept': 2.2}
    >>> composed({"method": "identity"}, Correction(0.3))
    {'method': 'offset', 'intercept': 0.3}
    """
    if correction == Correction():
        return dict(calibrator)
    straight = calibrator["method"] in {"identity", "offset", "platt"}
    if straight and not correction.curvature and not {"anchor", "next"} & _filled(calibrator):
        return _line(calibrator, correction)
    return {**calibrator, "next": _chained(calibrator.get("next"), correction)}


def _filled(calibrator: Mapping[str, Any]) -> set[str]:
    return {name for name, value in calibrator.items() if value}


def _line(calibrator: Mapping[str, Any], correction: Correction) -> dict[str, Any]:
    slope = calibrator.get("slope", 1.0) * correction.slope
    intercept = correction.intercept + correction.slope * calibrator.get("intercept", 0.0)
    if slope == 1.0:
        return {"method": "offset", "intercept": intercept}
    return {"method": "platt", "slope": slope, "intercept": intercept}


def _chained(step: Mapping[str, Any] | None, correction: Correction) -> dict[str, Any]:
    if not step:
        return correction.as_json()
    if step.get("next") or step.get("curvature") or correction.curvature:
        return {**step, "next": _chained(step.get("next"), correction)}
    return {
        "slope": step["slope"] * correction.slope,
        "intercept": correction.intercept + correction.slope * step["intercept"],
    }


def _level(told: Evidence, threshold: float) -> tuple[float, bool, str]:
    deviation, covariance = fitted(told, 1)
    value, error = float(deviation[0]), float(np.sqrt(covariance[0, 0]))
    detail = f"level off by {value:+.3f} log-odds (+/- {error:.3f}) on held-back customers"
    return value, (abs(value) - threshold) / error <= norm.isf(GATE_LEVEL), detail


def _slope(told: Evidence, threshold: float) -> tuple[float, bool, str]:
    deviation, covariance = fitted(told, 2)
    value, error = 1.0 + float(deviation[1]), float(np.sqrt(covariance[1, 1]))
    detail = f"slope {value:.3f} (+/- {error:.3f}) on held-back customers"
    return value, (threshold - value) / error <= norm.isf(GATE_LEVEL), detail


def _brier(told: Evidence, threshold: float) -> tuple[float, bool, str]:
    outcome = told.defaulted.astype(np.float64)
    brier = float(((sigmoid(told.odds) - outcome) ** 2).mean())
    skill = brier_skill(brier, float(outcome.mean()))
    return skill, skill > threshold, f"Brier skill {skill:+.4f} on held-back customers"


MEASURES = {"PD-C1": _level, "PD-C2": _slope, "PD-B1": _brier}


def held_back_checks(
    evidence: Evidence, decision: str, gates: Mapping[str, GateConfig]
) -> list[dict[str, Any]]:
    """The calibration gates, recomputed on one half of the customers with the step fitted on the other half.

    The halves are dealt by hashed customer_id. It is the procedure that is judged: the version itself
    uses all outcomes.

    Args:
        evidence: outcomes and the champion's log-odds.
        decision: the step taken.
        gates: codes PD-C1 (level), PD-C2 (slope), PD-B1 (Brier skill); those not configured are left out.
    """
    judged = hashed_share(evidence.customer_id, "recalibrate:") < 0.5
    teacher, student = evidence.half(~judged), evidence.half(judged)
    terms = STEPS.index(decision) + 1
    codes = [code for code in MEASURES if code in gates]
    return [_check(code, gates[code], (teacher, student), terms) for code in codes]


def _check(
    code: str, gate: GateConfig, halves: tuple[Evidence, Evidence], terms: int
) -> dict[str, Any]:
    teacher, student = halves
    shown = {"code": code, "title": gate.title, "threshold": gate.threshold}
    if min(teacher.defaults, student.defaults) < FEWEST_DEFAULTS:
        detail = f"{teacher.defaults} and {student.defaults} defaulted customers in the halves, {FEWEST_DEFAULTS} needed"
        return {**shown, "outcome": "not_applicable", "value": None, "detail": detail}
    correction = corrected(teacher, terms)
    told = Evidence(correction.apply(student.odds), student.defaulted, student.customer_id)
    value, passed, detail = MEASURES[code](told, gate.threshold)
    return {**shown, "outcome": "passed" if passed else "failed", "value": value, "detail": detail}


def recalibrated(champion: Champion, matured: Matured, found: Climb, bins: int) -> Bundle:
    """The champion's bundle with the new calibrator: the same booster bytes, the matured cohorts as registration sample."""
    calibrator = composed(champion.bundle.json("calibrator.json"), found.correction)
    contract = champion.bundle.json("contract.json")
    scale = ScaleConfig(**champion.bundle.json("scale.json"))
    chance: Floats = sigmoid(log_odds(matured.rows["margin"].to_numpy(), calibrator))
    rows = matured.rows.assign(pd=chance, score=score(chance, scale), grade=grade(chance, scale))
    reference = registration_sample(
        rows, contract["features"], bins=bins, horizon_months=int(contract["horizon_months"])
    )
    facts = matured.facts()
    reference["calibrated_until"] = facts["until"]
    card = champion.bundle.files["model_card.md"].decode("utf-8")
    note = (
        f"\n## Recalibration of version {champion.version}\n\n"
        f"The same booster; {found.decision} refitted on outcomes of {facts['customers']} customers observed from "
        f"{facts['from']} until before {facts['until']}, of whom {facts['defaults']} defaulted. "
        "The figures above are those of the version it comes from.\n"
    )
    return champion.bundle.replaced(
        {
            "calibrator.json": text_of(calibrator),
            "reference.json": text_of(reference),
            "model_card.md": card + note,
        }
    )


def report(
    champion: Champion, matured: Matured, found: Climb, config: RecalibrateConfig
) -> dict[str, Any]:
    """`reports/recalibration.json`, but for the version that came of it."""
    english, chinese = power_statement(found, config)
    return {
        "portfolio": champion.bundle.json("contract.json")["portfolio"],
        "champion": {
            "name": champion.name,
            "version": champion.version,
            "digest": champion.digest,
        },
        "cohort": matured.facts(),
        "steps": [asdict(step) for step in found.steps],
        "decision": found.decision,
        "correction": found.correction.as_json(),
        "smallest_shift": found.smallest_shift,
        "power_statement": english,
        "power_statement_zh": chinese,
    }


def power_statement(found: Climb, config: RecalibrateConfig) -> tuple[str, str]:
    """What this sample could have shown, in English and Chinese: a "none" without it says little."""
    if found.smallest_shift is None:
        return (
            "Too few customers have defaulted to test anything; the champion's calibration stands untested.",
            "违约客户过少，无法检验；冠军模型的校准未经验证。",
        )
    times = float(np.exp(found.smallest_shift))
    return (
        (
            f"A change of level of {found.smallest_shift:.2f} log-odds (odds of default times {times:.2f}, or divided by it) "
            f"would have been found with a chance of {config.power:.0%}; smaller ones may have gone unnoticed."
        ),
        (
            f"水平变化达到 {found.smallest_shift:.2f}（对数几率，违约几率乘以或除以 {times:.2f}）时，"
            f"发现的概率为 {config.power:.0%}；更小的变化可能未被发现。"
        ),
    )


def decide(
    matured: Matured, config: RecalibrateConfig, gates: Mapping[str, GateConfig]
) -> tuple[Climb, list[dict[str, Any]]]:
    """How far the evidence leads, and the gates of the step taken (none where none is)."""
    found = climb(matured.evidence, config)
    if found.decision not in STEPS:
        return found, []
    return found, held_back_checks(matured.evidence, found.decision, gates)


def standing(*, promote: bool) -> Judge:
    """A recalibrated version challenges; it is a person who makes it champion, unless the config says otherwise."""

    def look(champion: Champion) -> tuple[str, str]:
        why = f"recalibration of version {champion.version}"
        return (CHAMPION if promote else CHALLENGER), why

    return look
