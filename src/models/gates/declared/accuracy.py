"""PD-B1: the Brier skill is above the threshold; at 0 the portfolio's default rate would do as well."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.measures.metrics import Measures


def judge(test: Measures, threshold: float) -> Judgement:
    """Share of the squared error that the model takes away."""
    values: Values = {"brier": test.brier, "skill": test.brier_skill}
    return Judgement(test.brier_skill > threshold, test.brier_skill, values)


GATE = Gate(
    "PD-B1",
    looks_at=lambda evidence: evidence.test,
    judge=judge,
    threshold=0.0,
    bounds=(-0.5, 1.0),
    of_outcomes=True,
)
