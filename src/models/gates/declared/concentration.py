"""PD-H1: the Herfindahl index of the grades, by number of customers, is not above the threshold."""

from __future__ import annotations

import numpy as np

from models.gates.evidence import Evidence
from models.gates.gate import Gate, Judgement
from models.measures.graded import herfindahl


def looks_at(evidence: Evidence) -> float | None:
    """The index; None where no row has a grade."""
    return herfindahl(np.array([float(row["n"]) for row in evidence.grades or []]))


def judge(index: float, threshold: float) -> Judgement:
    """Its inverse is the number of grades in effective use."""
    return Judgement(index <= threshold, index, {"index": index, "effective": 1.0 / index})


# as over 3.3 grades of equal size: half of the seven that CRR article 170 asks of a rating system would not be in use
GATE = Gate("PD-H1", looks_at=looks_at, judge=judge, threshold=0.30, blocks=False)
