"""PD-R1: the calibrator turns no more pairs of customers round than the threshold."""

from __future__ import annotations

from models.gates.gate import Gate, Judgement


def judge(turned: float, threshold: float) -> Judgement:
    """Equal PDs on a step of an isotonic curve are no turn."""
    return Judgement(turned <= threshold, turned, {"turned": turned})


GATE = Gate("PD-R1", looks_at=lambda evidence: evidence.turned, judge=judge, threshold=0.0)
