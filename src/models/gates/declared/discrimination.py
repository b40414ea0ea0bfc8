"""PD-D1: the lower end of the interval of the ROC AUC reaches the threshold."""

from __future__ import annotations

from models.gates.evidence import MIN_DEFAULTS
from models.gates.gate import Gate, Judgement
from models.measures.metrics import Measures


def judge(test: Measures, threshold: float) -> Judgement | None:
    """Declines where the test part has too few defaults for an interval."""
    if test.defaults < MIN_DEFAULTS:
        return None
    low, high = test.roc_auc_ci
    return Judgement(low >= threshold, low, {"auc": test.roc_auc, "low": low, "high": high})


GATE = Gate(
    "PD-D1",
    looks_at=lambda evidence: evidence.test,
    judge=judge,
    threshold=0.60,
    bounds=(0.5, 1.0),
    of_outcomes=True,
)
