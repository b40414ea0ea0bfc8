"""PD-J1: Jeffreys' p-value of "the PDs are not too low" reaches the threshold, each default counted once."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.gates.graded import Graded, counted, graded
from models.measures.backtests import jeffreys


def judge(looked: Graded, threshold: float) -> Judgement:
    """Of the whole portfolio, on dates whose outcome windows do not overlap."""
    rows, defaults, expected = looked.totals
    p_value = jeffreys(defaults, rows, expected / rows)
    values: Values = {"n": rows, "defaults": defaults, "expected": expected, "p_value": p_value}
    return Judgement(p_value >= threshold, p_value, values)


# with many customers it fires at a difference of no consequence; PD-C1 says how far the level is off
GATE = Gate("PD-J1", looks_at=graded, judge=judge, threshold=0.05, blocks=False, declined=counted)
