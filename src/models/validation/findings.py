"""What a committee must know, most important first; a finding is made once, however many features or segments share it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import get_args

from scipy.stats import norm

from contracts.documents.checks import GateFinding
from contracts.documents.validation_model import (
    Severity,
    Subject,
    ValidationFinding,
    ValidationModel,
    Verdict,
)
from models.gates.gate import EXPERIENCE
from models.gates.verdict import stops
from models.validation.scale_findings import scale
from models.validation.segment_findings import blind_segments, named, off_segments, thin_segments

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
POWER = 0.80
PRAISED = ("PD-D1", "PD-B1", "PD-M1")
SAME = (("PD-C1", "PD-J1", "PD-G1"), ("PD-D2", "PD-P1"))
"""Gates that fail of one cause: a level that is off shows in the portfolio and in its grades, lost discrimination in AUC and Gini."""


def findings(found: ValidationModel) -> tuple[ValidationFinding, ...]:
    """The findings of a validation that holds every other part, most important first."""
    made = [
        *_experience(found),
        *_gates(found),
        *_premium(found),
        *_level(found),
        *off_segments(found),
        *blind_segments(found),
        *thin_segments(found),
        *_moved(found),
        *scale(found),
        *_knowable(found),
        *_power(found),
    ]
    # a stable sort: within a severity the order above is the order of importance
    return tuple(sorted(made, key=lambda one: SEVERITIES.index(one.severity)))


def _experience(pack: ValidationModel) -> list[ValidationFinding]:
    """That the score rests on stated experience: the one finding in place of those of every gate of outcomes."""
    stated = pack.rests_on
    if stated is None:
        return []
    values = {
        "customers": stated.customers,
        "needed": stated.needed,
        "share": stated.data_share,
        "rate": stated.long_run_rate,
    }
    return [
        ValidationFinding(
            code="PD-EXPERIENCE", severity="warn", outcome="failed", value=stated.data_share, values=dict(values)
        )
    ]  # fmt: skip


def verdict(checks: Sequence[GateFinding]) -> Verdict:
    """Passed, unless a gate stops registration."""
    blocking = tuple(one.code for one in checks if stops(one.outcome, one))
    return Verdict(
        outcome="failed" if blocking else "passed",
        blocking=blocking,
        can_block=sum(one.blocks for one in checks),
    )


def _gates(pack: ValidationModel) -> list[ValidationFinding]:
    """What the gates say, in their order; failures of one cause are one finding."""
    found: dict[str, ValidationFinding] = {}
    for row in pack.checks:
        severity = None if row.case == EXPERIENCE else _severity(row)
        if severity:
            told = row.model_dump(
                include={"code", "outcome", "value", "threshold", "values", "case"}
            )
            found[row.code] = ValidationFinding(
                severity=severity, subjects=tuple(_subjects(row, pack)), **told
            )
    for codes in SAME:
        failed = [found.pop(code) for code in codes if code in found and _stands(found[code])]
        if failed:
            found[failed[0].code] = _as_one(failed)
    order = [row.code for row in pack.checks]
    return sorted(found.values(), key=lambda one: order.index(one.code))


def _severity(row: GateFinding) -> Severity | None:
    if row.outcome == "passed":
        return "good" if row.code in PRAISED else None
    if row.outcome == "failed":
        return "bad" if row.blocks else "warn"
    return "bad" if stops(row.outcome, row) else "info"


def _stands(finding: ValidationFinding) -> bool:
    return finding.severity in {"bad", "warn"}


def _as_one(failed: Sequence[ValidationFinding]) -> ValidationFinding:
    """The first of them, as severe as the worst, with the codes of the others."""
    severity = min((one.severity for one in failed), key=SEVERITIES.index)
    also = tuple(one.code for one in failed[1:])
    return failed[0].model_copy(update={"severity": severity, "also": also})


def _subjects(row: GateFinding, pack: ValidationModel) -> Iterable[Subject]:
    """The segments that PD-T1 fails for and the inputs that PD-L1 does; the other gates look at the whole portfolio."""
    if row.code == "PD-L1" and row.outcome == "failed":
        for name in row.values["inputs"]:  # type: ignore[union-attr]  # a tuple of names, as the gate makes it
            yield Subject(kind="feature", name=str(name))
    if row.code != "PD-T1" or row.outcome != "failed" or row.threshold is None:
        return
    for one in pack.selective.segments:
        if one.share_without > row.threshold:
            yield named(one.segment, one.level)


def _level(pack: ValidationModel) -> list[ValidationFinding]:
    """Whether as many defaulted as expected; a gate that tolerates a distance does not make it none."""
    test = pack.models["lightgbm"]["test"]
    ratio = test.observed_to_expected
    outcomes = {row.code: row.outcome for row in pack.checks}
    if (
        outcomes.get("PD-C1") != "passed"
        or ratio.value is None
        or ratio.low is None
        or ratio.high is None
    ):
        return []
    # one truth: what the one-sided test of the level rejects is not said to be within chance
    rejected = outcomes.get("PD-J1") == "failed"
    inside = ratio.low <= 1.0 <= ratio.high
    is_right = inside and not rejected
    off = "low" if ratio.low > 1.0 else "high" if ratio.high < 1.0 else ""
    case = off or ("low_one_sided" if rejected else "fits")
    return [
        ValidationFinding(
            code="PD-LEVEL",
            severity="good" if is_right else "warn",
            outcome="passed" if is_right else "failed",
            case=case,
            value=ratio.value,
            threshold=1.0,
            values={
                "ratio": ratio.value,
                "low": ratio.low,
                "high": ratio.high,
                "rate": test.rate.value,
                "mean_pd": test.mean_pd,
                **_period(pack),
            },
        )
    ]


def _period(pack: ValidationModel) -> dict[str, str | None]:
    """First and last day of decision of the test part."""
    part = next((row for row in pack.parts if row.part == "test"), None)
    if part is None:
        return {"first": None, "last": None}
    return {"first": str(part.from_), "last": str(part.until - timedelta(days=1))}


def _premium(pack: ValidationModel) -> list[ValidationFinding]:
    gain = pack.premium.gini
    if gain.low is None or gain.high is None or gain.high < 0:
        return []  # nothing to compare, or PD-X1 says it
    is_better = gain.low > 0
    return [
        ValidationFinding(
            code="PD-PREMIUM",
            severity="good" if is_better else "warn",
            outcome="passed" if is_better else "failed",
            value=gain.value,
            threshold=0.0,
            values={"gini": gain.value, "low": gain.low, "high": gain.high},
        )
    ]


def _moved(pack: ValidationModel) -> list[ValidationFinding]:
    moved = [row.feature for row in pack.stability if row.flagged]
    if not moved:
        return []
    return [
        ValidationFinding(
            code="PD-STABILITY",
            severity="info",
            outcome="failed",
            value=float(len(moved)),
            threshold=0.0,
            values={"n": len(moved), "of": len(pack.stability)},
            subjects=tuple(Subject(kind="feature", name=name) for name in moved),
        )
    ]


def _knowable(pack: ValidationModel) -> list[ValidationFinding]:
    """How much of what can be known at all the model knows, on the same rows; of a simulated portfolio alone."""
    best, rows = pack.models.get("oracle", {}).get("test"), pack.selective.truth
    known = None if best is None else best.gini.value
    own = None if rows is None else rows.gini
    if rows is None or not known or own is None or known <= 0:
        return []
    values = {"n": rows.n, "known": known, "own": own, "share": own / known}
    return [
        ValidationFinding(
            code="PD-ORACLE",
            severity="info",
            outcome="passed",
            value=own,
            values=dict(values),
            case="" if own < known else "reached",
        )
    ]


def _power(pack: ValidationModel) -> list[ValidationFinding]:
    """The smallest loss of AUC that this test part would have shown with a chance of 80 %, one-sided."""
    area, confidence = pack.models["lightgbm"]["test"].roc_auc, pack.confidence
    heads = next((row.defaulted_customers for row in pack.parts if row.part == "test"), 0)
    if area.low is None or area.high is None or area.high >= 1.0:
        return []
    error = (area.high - area.low) / 2.0 / float(norm.ppf(0.5 + confidence / 2.0))
    least = float(norm.ppf(confidence) + norm.ppf(POWER)) * error
    return [
        ValidationFinding(
            code="PD-POWER",
            severity="info",
            outcome="passed",
            value=least,
            values={"customers": heads, "loss": least, "power": POWER},
        )
    ]
