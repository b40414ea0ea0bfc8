"""PD-N1: the test part holds enough defaults for the other gates to mean something."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.measures.metrics import Measures


def judge(test: Measures, threshold: float) -> Judgement:
    """Defaults are counted by observation."""
    values: Values = {"defaults": test.defaults, "n": test.n}
    return Judgement(test.defaults >= threshold, float(test.defaults), values)


GATE = Gate(
    "PD-N1",
    looks_at=lambda evidence: evidence.test,
    judge=judge,
    threshold=10,
    bounds=(1, 1_000_000),
    of_outcomes=True,
)
