"""PD-G1: the number of grades with more defaults than expected, under control of false discoveries."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.gates.graded import Graded, counted, graded
from models.measures.drift import discoveries


def judge(looked: Graded, threshold: float) -> Judgement:
    """Each grade by Jeffreys' test, all of them together by Benjamini and Hochberg."""
    stands = discoveries([row["jeffreys_p"] for row in looked.rows], 1.0 - looked.confidence)
    low = tuple(int(row["grade"]) for row, flag in zip(looked.rows, stands, strict=True) if flag)
    values: Values = {"n": len(low), "grades": low, **looked.period}
    return Judgement(len(low) <= threshold, float(len(low)), values)


GATE = Gate(
    "PD-G1",
    looks_at=graded,
    judge=judge,
    threshold=0,
    bounds=(0, 100),
    blocks=False,
    declined=counted,
    of_outcomes=True,
)
