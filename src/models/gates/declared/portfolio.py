"""PD-J1: Jeffreys' p-value of "the PDs are not too low" reaches the threshold, on all dates of the test part."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.gates.graded import Graded, counted, graded
from models.measures.backtests import jeffreys


def judge(looked: Graded, threshold: float) -> Judgement:
    """Of the whole portfolio; overlapping outcome windows count for what they are worth."""
    rows, defaults, expected = looked.totals
    worth = looked.worth
    p_value = jeffreys(worth.defaults, worth.rows, worth.mean_pd)
    values: Values = {
        "n": rows,
        "defaults": defaults,
        "expected": expected,
        "p_value": p_value,
        **looked.period,
    }
    return Judgement(p_value >= threshold, p_value, values)


# with many customers it fires at a difference of no consequence; PD-C1 says how far the level is off
GATE = Gate(
    "PD-J1",
    looks_at=graded,
    judge=judge,
    threshold=0.05,
    bounds=(0.0001, 0.5),
    blocks=False,
    declined=counted,
    of_outcomes=True,
)
