"""PD-X2: the model is not behind LightGBM's own settings, those by hand, or the scorecard, in rank order or log loss, beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.measures.rivals import Rivalry


def judge(rivals: Sequence[Rivalry], threshold: float) -> Judgement:
    """The smallest p-value of "not behind", times the number of rivals (Bonferroni), reaches the threshold."""
    worst = min(rivals, key=lambda one: one.p_behind)
    value = min(1.0, worst.p_behind * len(rivals))
    values: Values = {
        "rivals": len(rivals),
        "rival": worst.rival,
        "gini": worst.gini.gain,
        "log_loss": -worst.log_loss.gain,
        "p_value": value,
    }
    return Judgement(value >= threshold, value, values)


GATE = Gate(
    "PD-X2",
    looks_at=lambda evidence: evidence.rivals,
    judge=judge,
    threshold=0.05,
    bounds=(0.0001, 0.5),
    not_applicable_blocks=False,
    of_outcomes=True,
)
