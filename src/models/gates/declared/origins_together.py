"""PD-O1: over all rolling origins, the lower end of the interval of the ROC AUC is not below the threshold."""

from __future__ import annotations

from contracts.documents.finding import Values
from contracts.documents.validation_model import Figures
from models.gates.gate import Gate, Judgement


def judge(pooled: Figures, threshold: float) -> Judgement | None:
    """Held against the threshold is the lower end; it declines where the AUC has no interval."""
    area = pooled.roc_auc
    if area.value is None or area.low is None:
        return None
    values: Values = {"auc": area.value, "low": area.low, "defaults": pooled.defaults}
    return Judgement(area.low >= threshold, area.value, values, end=area.low)


# it declines where no origin holds enough defaults: the single out-of-time test then stands alone
GATE = Gate(
    "PD-O1",
    looks_at=lambda evidence: evidence.pooled,
    judge=judge,
    threshold=0.60,
    bounds=(0.5, 1.0),
    not_applicable_blocks=False,
)
