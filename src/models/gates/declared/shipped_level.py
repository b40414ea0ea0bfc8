"""PD-F3: in no grade is the PD of the model that ships further from its validated twin's than the threshold, in log."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.measures.agreement import Agreement


def judge(shipped: Agreement, threshold: float) -> Judgement | None:
    """The largest |ln of the ratio of mean PDs| over the grades with enough customers; 1.10 is a third or three times."""
    furthest = shipped.furthest
    if furthest is None:
        return None
    off = furthest.off
    values: Values = {
        "grade": furthest.grade,
        "customers": furthest.customers,
        "own": furthest.own_pd,
        "twin": furthest.twin_pd,
        "mean_own": shipped.own_pd,
        "mean_twin": shipped.twin_pd,
    }
    return Judgement(abs(off) <= threshold, abs(off), values)


# it declines where the validated model itself ships, and where no grade holds enough customers
GATE = Gate(
    "PD-F3",
    looks_at=lambda evidence: evidence.shipped,
    judge=judge,
    threshold=1.10,
    bounds=(0.0, 3.0),
    not_applicable_blocks=False,
)
