"""The gates of `configs/gates.yaml`: each has a code, looks at one piece of evidence, and may decline. Only `passed` passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from scipy.stats import norm

from contracts.config.params import GateConfig
from contracts.errors import ConfigError
from models.certificate import Violation
from models.drift import Shift
from models.intervals import Premium
from models.metrics import Cox, Measures

Outcome = Literal["passed", "failed", "not_applicable"]
FEWEST_DEFAULTS = 2  # an interval needs two


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gates look at.

    Attributes:
        test: measures on the out-of-time test part; None where it has one class only.
        calibrate: measures on the calibrate part; None where it has one class only.
        cox: recalibration line on the test part; None where every PD is equal.
        premium: Gini over the scorecard's; None where the scorecard has no feature.
        violations: broken promises found by the certificate; None where no direction is promised.
        stability: shift of the PD from train to test; None where it is constant in train.
        additivity_error: of SHAP values, log-odds; None where no row was explained.
        confidence: of the intervals.
    """

    test: Measures | None
    calibrate: Measures | None
    cox: Cox | None
    premium: Premium | None
    violations: Sequence[Violation] | None
    stability: Shift | None
    additivity_error: float | None
    confidence: float

    @property
    def reach(self) -> float:
        """Standard errors from an estimate to the end of its interval.

        >>> round(Evidence(None, None, None, None, None, None, None, 0.95).reach, 4)
        1.96
        """
        return float(norm.ppf(0.5 + self.confidence / 2.0))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a gate found: outcome, the value it compared, and a sentence."""

    outcome: Outcome
    value: float | None
    detail: str


def declined(why: str) -> Finding:
    """A gate without the evidence it needs."""
    return Finding("not_applicable", None, why)


def judged(value: float, detail: str, *, passed: bool) -> Finding:
    """A gate with a verdict."""
    return Finding("passed" if passed else "failed", value, detail)


def discriminates(evidence: Evidence, threshold: float) -> Finding:
    """PD-D1: the lower end of the AUC's interval reaches the threshold."""
    test = evidence.test
    if test is None or test.defaults < FEWEST_DEFAULTS:
        return declined("The test part has too few defaults for an interval.")
    low, high = test.roc_auc_ci
    detail = f"ROC AUC {test.roc_auc:.3f}, interval {low:.3f} to {high:.3f}."
    return judged(low, detail, passed=low >= threshold)


def gini_lasts(evidence: Evidence, threshold: float) -> Finding:
    """PD-D2: Gini loses at most the threshold from the calibrate part to the later test part."""
    test, before = evidence.test, evidence.calibrate
    if test is None or before is None:
        return declined("A part has one class only, so there is no Gini to compare.")
    lost = 2.0 * (before.roc_auc - test.roc_auc)
    detail = f"Gini {2 * before.roc_auc - 1:.3f} on calibrate, {2 * test.roc_auc - 1:.3f} on test."
    return judged(lost, detail, passed=lost <= threshold)


def level_is_right(evidence: Evidence, threshold: float) -> Finding:
    """PD-C1: the level of the PDs is not significantly further than the threshold from the defaults seen."""
    cox, test = evidence.cox, evidence.test
    if cox is None or test is None:
        return declined("No recalibration line can be fitted: one class, or equal PDs.")
    detail = (
        f"Mean PD {test.mean_pd:.3%}, default rate {test.defaults / test.n:.3%}: "
        f"off by {cox.level:+.3f} log-odds (standard error {cox.level_error:.3f})."
    )
    surely = abs(cox.level) - evidence.reach * cox.level_error
    return judged(cox.level, detail, passed=surely <= threshold)


def spread_is_right(evidence: Evidence, threshold: float) -> Finding:
    """PD-C2: the Cox slope is not significantly below the threshold (PDs too extreme)."""
    cox = evidence.cox
    if cox is None:
        return declined("No recalibration line can be fitted: one class, or equal PDs.")
    detail = f"Cox slope {cox.slope:.3f} (standard error {cox.slope_error:.3f}); 1 is right."
    return judged(
        cox.slope, detail, passed=cox.slope + evidence.reach * cox.slope_error >= threshold
    )


def beats_base_rate(evidence: Evidence, threshold: float) -> Finding:
    """PD-B1: the Brier skill is above the threshold."""
    test = evidence.test
    if test is None:
        return declined("The test part has one class only: its base rate cannot be beaten.")
    detail = f"Brier score {test.brier:.5f}, {test.brier_skill:.1%} better than the base rate's."
    return judged(test.brier_skill, detail, passed=test.brier_skill > threshold)


def directions_hold(evidence: Evidence, threshold: float) -> Finding:
    """PD-M1: no more violations of the promised directions than the threshold."""
    violations = evidence.violations
    if violations is None:
        return declined("No feature of the model promises a direction.")
    detail = (
        f"Counter-example: {violations[0]}." if violations else "Every tree keeps every promise."
    )
    return judged(float(len(violations)), detail, passed=len(violations) <= threshold)


def score_is_stable(evidence: Evidence, threshold: float) -> Finding:
    """PD-S1: PSI of the PD from train to test, in units of its critical value."""
    stability = evidence.stability
    if stability is None or stability.critical <= 0:
        return declined("The PD is constant in train: nothing can move.")
    ratio = stability.psi / stability.critical
    detail = (
        f"PSI {stability.psi:.4f}; chance alone exceeds {stability.critical:.4f} once in twenty."
    )
    return judged(ratio, detail, passed=ratio <= threshold)


def complexity_pays(evidence: Evidence, threshold: float) -> Finding:
    """PD-X1: LightGBM is not significantly worse than the scorecard by more than the threshold allows."""
    premium = evidence.premium
    if premium is None:
        return declined("The scorecard has no feature: there is no simple model to compare with.")
    low, high = premium.gini_ci
    detail = f"Gini over the scorecard's {premium.gini:+.3f}, interval {low:+.3f} to {high:+.3f}."
    return judged(high, detail, passed=high >= threshold)


def points_add_up(evidence: Evidence, threshold: float) -> Finding:
    """PD-A1: SHAP values and the base value sum to the margin."""
    error = evidence.additivity_error
    if error is None:
        return declined("No row was explained.")
    return judged(error, f"Largest gap {error:.1e} log-odds.", passed=error <= threshold)


def enough_defaults(evidence: Evidence, threshold: float) -> Finding:
    """PD-N1: the test part holds enough defaults for the other gates to mean something."""
    test = evidence.test
    if test is None:
        return declined("The test part has one class only.")
    return judged(
        float(test.defaults),
        f"{test.defaults} defaults in {test.n:,} rows.",
        passed=test.defaults >= threshold,
    )


GATES: Mapping[str, Callable[[Evidence, float], Finding]] = {
    "PD-D1": discriminates,
    "PD-D2": gini_lasts,
    "PD-C1": level_is_right,
    "PD-C2": spread_is_right,
    "PD-B1": beats_base_rate,
    "PD-M1": directions_hold,
    "PD-S1": score_is_stable,
    "PD-X1": complexity_pays,
    "PD-A1": points_add_up,
    "PD-N1": enough_defaults,
}
"""Every gate by its code."""


def check_gates(evidence: Evidence, gates: Mapping[str, GateConfig]) -> list[dict[str, Any]]:
    """The content of `reports/checks.json`: one row per gate of the config, in its order.

    Raises:
        ConfigError: the config names a gate that does not exist, or leaves out one that does.
    """
    for code in gates:
        if code not in GATES:
            raise ConfigError.from_unknown("gate", code, GATES, where="configs/gates.yaml")
    absent = [code for code in GATES if code not in gates]
    if absent:
        raise ConfigError(
            "A gate is left out.",
            where="configs/gates.yaml",
            value=", ".join(absent),
            next_step="Add it; to let a model pass that fails it, set `blocks: false`.",
        )
    return [_row(code, gate, GATES[code](evidence, gate.threshold)) for code, gate in gates.items()]


def _row(code: str, gate: GateConfig, finding: Finding) -> dict[str, Any]:
    return {
        "code": code,
        "title": gate.title,
        "outcome": finding.outcome,
        "value": finding.value,
        "threshold": gate.threshold,
        "detail": f"{finding.detail}; waived: {gate.waiver}" if gate.waiver else finding.detail,
    }
