"""PD-F2: the model that ships ranks the newest customers as its validated twin does."""

from __future__ import annotations

from contracts.documents.finding import Values
from models.gates.gate import Gate, Judgement
from models.measures.agreement import Agreement


def judge(shipped: Agreement, threshold: float) -> Judgement | None:
    """Spearman's correlation of the two PDs."""
    if shipped.rank is None:
        return None
    values: Values = {"rank": shipped.rank, "rows": shipped.rows}
    return Judgement(shipped.rank >= threshold, shipped.rank, values)


# it declines where the validated model itself ships, and where a model gives everybody the same PD
GATE = Gate(
    "PD-F2",
    looks_at=lambda evidence: evidence.shipped,
    judge=judge,
    threshold=0.50,
    not_applicable_blocks=False,
)
