"""PD-S1: PSI of the PD from train to test, in units of what chance alone exceeds once in twenty."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.measures.drift import Shift


def judge(shift: Shift, threshold: float) -> Judgement | None:
    """Declines where one bin is left, so that nothing can move."""
    if shift.critical <= 0:
        return None
    ratio = shift.psi / shift.critical
    values: Values = {"psi": shift.psi, "critical": shift.critical}
    return Judgement(ratio <= threshold, ratio, values)


GATE = Gate(
    "PD-S1",
    looks_at=lambda evidence: evidence.stability,
    judge=judge,
    threshold=10,
    bounds=(1, 1_000),
    blocks=False,
)
