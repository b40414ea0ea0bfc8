"""The gates of calibration, on customers that the recalibration was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from contracts.arrays import Bools
from contracts.config.gates import GateConfig
from contracts.documents.finding import Finding
from contracts.documents.outlook import Outlook
from models.base.arrays import hashed_share
from models.measures.clustered import level
from models.measures.intervals import Ids
from models.measures.metrics import brier_skill
from models.upkeep.ladder import STEPS, Evidence, corrected, fitted

GATE_LEVEL = 0.05  # one-sided: a gate fails where it is outside its threshold beyond chance
MIN_DEFAULTS = 5  # customers in each half


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure of calibration on held-back customers, its standard error where it has one, and whether it passes."""

    value: float
    error: float | None
    passed: bool


def _level(told: Evidence, threshold: float) -> Judged:
    value, error = level(told.odds, told.defaulted, told.customer_id)
    return Judged(value, error, bool((abs(value) - threshold) / error <= norm.isf(GATE_LEVEL)))


def _slope(told: Evidence, threshold: float) -> Judged:
    deviation, covariance = fitted(told, 2)
    value, error = 1.0 + float(deviation[1]), float(np.sqrt(covariance[1, 1]))
    return Judged(value, error, bool((threshold - value) / error <= norm.isf(GATE_LEVEL)))


def _brier(told: Evidence, threshold: float) -> Judged:
    outcome = told.defaulted.astype(np.float64)
    brier = float(((expit(told.odds) - outcome) ** 2).mean())
    skill = brier_skill(brier, float(outcome.mean()))
    return Judged(skill, None, skill > threshold)


MEASURES = {"PD-C1": _level, "PD-C2": _slope, "PD-B1": _brier}


Halves = tuple[Outlook, Outlook]
"""The year to come as one half of the customers tells it and as the other does: the teacher's, the student's."""


def is_judged(customer_id: Ids) -> Bools:
    """Which customers are held back: about half of them, by hashed id."""
    return np.asarray(hashed_share(customer_id, "recalibrate:") < 0.5)


def held_back_checks(
    evidence: Evidence, decision: str, gates: Mapping[str, GateConfig], halves: Halves | None = None
) -> tuple[Finding, ...]:
    """The calibration gates, recomputed on one half of the customers with the step fitted on the other half.

    The halves are dealt by hashed customer_id. It is the procedure that is judged: the version itself
    uses all outcomes.

    Args:
        evidence: outcomes and the champion's log-odds.
        decision: the step taken.
        gates: codes PD-C1 (level), PD-C2 (slope), PD-B1 (Brier skill); those not configured are left out.
        halves: what each half says of the year that the level is for; the level is then judged on that year.
    """
    judged = is_judged(evidence.customer_id)
    teacher, student = evidence.half(~judged), evidence.half(judged)
    terms = STEPS.index(decision) + 1
    codes = [code for code in MEASURES if code in gates]
    found = [_check(code, gates[code].threshold, (teacher, student), terms) for code in codes]
    if halves is None:
        return tuple(found)
    return tuple(_of_the_year(one, halves) if one.code == "PD-C1" else one for one in found)


def _of_the_year(check: Finding, halves: Halves) -> Finding:
    """The level gate on the year to come: how far the student's forecast is from what the teacher's corrects by."""
    if check.outcome == "not_applicable" or check.threshold is None:
        return check
    teacher, student = halves
    value, error = student.offset - teacher.offset, float(np.hypot(student.error, teacher.error))
    passed = bool((abs(value) - check.threshold) / error <= norm.isf(GATE_LEVEL))
    return check.model_copy(
        update={
            "outcome": "passed" if passed else "failed",
            "value": value,
            "values": {"error": error},
        }
    )


def _check(code: str, threshold: float, halves: tuple[Evidence, Evidence], terms: int) -> Finding:
    teacher, student = halves
    if min(teacher.defaults, student.defaults) < MIN_DEFAULTS:
        return Finding(
            code=code,
            outcome="not_applicable",
            threshold=threshold,
            values={
                "fitted": teacher.defaults,
                "held_back": student.defaults,
                "needed": MIN_DEFAULTS,
            },
            case="held_back_too_few",
        )
    correction = corrected(teacher, terms)
    told = Evidence(correction.apply(student.odds), student.defaulted, student.customer_id)
    found = MEASURES[code](told, threshold)
    return Finding(
        code=code,
        outcome="passed" if found.passed else "failed",
        value=found.value,
        threshold=threshold,
        values={"error": found.error},
        case="held_back",
    )
