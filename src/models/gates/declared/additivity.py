"""PD-A1: SHAP values and the base value sum to the margin."""

from __future__ import annotations

from models.gates.gate import Gate, Judgement


def judge(error: float, threshold: float) -> Judgement:
    """Largest gap of a row, in log-odds."""
    return Judgement(error <= threshold, error, {"error": error})


GATE = Gate(
    "PD-A1",
    looks_at=lambda evidence: evidence.additivity_error,
    judge=judge,
    threshold=1e-5,
    bounds=(0.0, 0.01),
)
