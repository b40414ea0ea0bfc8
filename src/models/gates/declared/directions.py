"""PD-M1: no more broken promises of a direction than the threshold, on the finished boosters."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.documents.finding import Values
from models.gates.certificate import Violation
from models.gates.gate import Gate, Judgement


def judge(violations: Sequence[Violation], threshold: float) -> Judgement:
    """The first broken promise is told as a counter-example."""
    n = len(violations)
    return Judgement(n <= threshold, float(n), {"n": n, **(_first(violations[0]) if n else {})})


def _first(one: Violation) -> Values:
    return {
        "tree": one.tree,
        "split": one.split,
        "feature": one.feature,
        "direction": one.direction,
        "lower": one.lower[one.feature],
        "higher": one.higher[one.feature],
        "lower_value": one.lower_value,
        "higher_value": one.higher_value,
    }


# it declines only where no feature promises a direction
GATE = Gate(
    "PD-M1",
    looks_at=lambda evidence: evidence.violations,
    judge=judge,
    threshold=0,
    bounds=(0, 1_000),
    not_applicable_blocks=False,
)
