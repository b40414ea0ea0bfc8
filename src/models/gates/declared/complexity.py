"""PD-X1: LightGBM is not significantly worse than the scorecard."""

from __future__ import annotations

from models.gates.gate import Gate, Judgement
from models.measures.intervals import Premium


def judge(premium: Premium, threshold: float) -> Judgement:
    """Held against the threshold is the upper end of the interval of the Gini gained."""
    low, high = premium.gini_ci
    return Judgement(high >= threshold, high, {"gini": premium.gini, "low": low, "high": high})


GATE = Gate(
    "PD-X1",
    looks_at=lambda evidence: evidence.premium,
    judge=judge,
    threshold=0.0,
    bounds=(-0.5, 0.5),
    of_outcomes=True,
)
