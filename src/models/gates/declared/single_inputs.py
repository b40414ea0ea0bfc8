"""PD-L1: no more inputs than the threshold know the outcome better than could be known on the day of decision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from contracts.documents.finding import Values
from models.gates.evidence import Evidence
from models.gates.gate import Gate, Judgement
from models.gates.single import SingleInput, Why

Looked = tuple[Sequence[SingleInput], int]


def looks_at(evidence: Evidence) -> Looked | None:
    """Every input alone, and how many a person has checked; None where too few customers defaulted."""
    return None if not evidence.inputs else (evidence.inputs, evidence.checked)


def judge(looked: Looked, threshold: float) -> Judgement:
    """The input that foresees the most is told with its figures, the others by name."""
    inputs, checked = looked
    suspects = sorted((one for one in inputs if one.why), key=lambda one: (-one.foreseen, one.feature))  # fmt: skip
    first = suspects[0] if suspects else max(inputs, key=lambda one: one.auc)
    n = len(suspects)
    values: Values = {
        "n": len(inputs),
        "found": n,
        "checked": checked,
        "input": first.feature,
        "inputs": tuple(one.feature for one in suspects),
        "alone": first.auc,
        "without": first.without,
        "share": first.share,
        "caught": first.caught,
        "rate": first.rate,
        "expected": first.expected,
        "foreseen": first.foreseen,
        "newest": first.newest,
    }
    return Judgement(n <= threshold, float(n), values, case=first.why)


# it declines only where fewer customers defaulted than chance would need to be ruled out; PD-N1 says how many a model needs
GATE = Gate(
    "PD-L1",
    looks_at=looks_at,
    judge=judge,
    threshold=0,
    bounds=(0, 1_000),
    not_applicable_blocks=False,
    cases=tuple(why for why in get_args(Why) if why),
    of_outcomes=True,
)
