"""PD-C2: the Cox slope is not significantly below the threshold; below 1 the PDs are too extreme."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.evidence import Evidence
from models.gates.gate import Gate, Judgement
from models.measures.metrics import Cox

Looked = tuple[Cox, float]


def looks_at(evidence: Evidence) -> Looked | None:
    """The recalibration line and the reach of the interval; None where there is no line."""
    return None if evidence.cox is None else (evidence.cox, evidence.reach)


def judge(looked: Looked, threshold: float) -> Judgement:
    """Held against the threshold is the upper end of the slope's interval."""
    cox, reach = looked
    at_most = cox.slope + reach * cox.slope_error
    values: Values = {"slope": cox.slope, "error": cox.slope_error}
    return Judgement(at_most >= threshold, cox.slope, values, end=at_most)


GATE = Gate("PD-C2", looks_at=looks_at, judge=judge, threshold=0.60, of_outcomes=True)
