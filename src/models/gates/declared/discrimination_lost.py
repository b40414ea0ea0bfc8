"""PD-D2: the Gini loses at most the threshold from the calibrate part to the later test part."""

from __future__ import annotations

from models.gates.evidence import Evidence
from models.gates.gate import Gate, Judgement
from models.measures.metrics import Measures

Looked = tuple[Measures, Measures]


def looks_at(evidence: Evidence) -> Looked | None:
    """Measures then and now; None where one of the parts has one class only."""
    if evidence.calibrate is None or evidence.test is None:
        return None
    return evidence.calibrate, evidence.test


def judge(looked: Looked, threshold: float) -> Judgement:
    """Gini = 2 AUC - 1."""
    before, now = (2.0 * one.roc_auc - 1.0 for one in looked)
    lost = 2.0 * (looked[0].roc_auc - looked[1].roc_auc)
    return Judgement(lost <= threshold, lost, {"before": before, "now": now})


GATE = Gate("PD-D2", looks_at=looks_at, judge=judge, threshold=0.15, blocks=False, of_outcomes=True)
