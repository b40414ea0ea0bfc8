"""PD-P1: the p-value of "the score discriminates no worse than on the calibrate part" reaches the threshold."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.evidence import Evidence
from models.gates.gate import Gate, Judgement
from models.measures.backtests import Backtest
from models.measures.metrics import Measures

Looked = tuple[Backtest, Measures, Measures]


def looks_at(evidence: Evidence) -> Looked | None:
    """The test, and the measures then and now; None where one of the parts has one class only."""
    found, before, now = evidence.then_and_now, evidence.calibrate, evidence.test
    return None if found is None or before is None or now is None else (found, before, now)


def judge(looked: Looked, threshold: float) -> Judgement:
    """A small p-value says that discrimination has been lost."""
    found, before, now = looked
    values: Values = {"now": now.roc_auc, "before": before.roc_auc, "p_value": found.p_value}
    return Judgement(found.p_value >= threshold, found.p_value, values)


# PD-D2 says how much is lost; a large test part makes a loss of no consequence significant
GATE = Gate(
    "PD-P1",
    looks_at=looks_at,
    judge=judge,
    threshold=0.05,
    bounds=(0.0001, 0.5),
    blocks=False,
    of_outcomes=True,
)
