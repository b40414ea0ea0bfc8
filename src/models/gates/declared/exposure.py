"""PD-T1: in no segment is the share of customers without limit or balance above the threshold."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.documents.finding import Values
from contracts.documents.validation_inside import Granted
from models.gates.gate import Gate, Judgement


def judge(exposed: Sequence[Granted], threshold: float) -> Judgement | None:
    """Where most customers were granted nothing, the default rate of the rest says little of the segment."""
    if not exposed:
        return None
    worst = max(exposed, key=lambda row: row.share_without)
    values: Values = {
        "segment": worst.segment,
        "level": worst.level,
        "n": worst.n,
        "share": worst.share_without,
    }
    return Judgement(worst.share_without <= threshold, worst.share_without, values)


GATE = Gate(
    "PD-T1", looks_at=lambda evidence: evidence.exposed, judge=judge, threshold=0.50, blocks=False
)
