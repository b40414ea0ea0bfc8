"""PD-C1: the level of the PDs is not further than the threshold from the observed default rate, beyond chance."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.evidence import Evidence
from models.gates.gate import Gate, Judgement
from models.measures.metrics import Cox, Measures

Looked = tuple[Cox, Measures, float]


def looks_at(evidence: Evidence) -> Looked | None:
    """The recalibration line, the measures and the reach of the interval; None where there is no line."""
    if evidence.cox is None or evidence.test is None:
        return None
    return evidence.cox, evidence.test, evidence.reach


def judge(looked: Looked, threshold: float) -> Judgement:
    """Held against the threshold is the distance from 0 that chance does not explain."""
    cox, test, reach = looked
    surely = abs(cox.level) - reach * cox.level_error
    values: Values = {
        "mean_pd": test.mean_pd,
        "rate": test.defaults / test.n,
        "off": cox.level,
        "error": cox.level_error,
    }
    return Judgement(surely <= threshold, cox.level, values, end=surely)


GATE = Gate(
    "PD-C1", looks_at=looks_at, judge=judge, threshold=0.50, bounds=(0.0, 3.0), of_outcomes=True
)
