"""PD-F1: the model that ships breaks no more promises of a direction than the threshold, on its own boosters."""

from __future__ import annotations

from models.gates.declared.directions import judge
from models.gates.gate import Gate

# it declines where no feature promises a direction, and where the validated model itself ships: then PD-M1 has looked at it
GATE = Gate(
    "PD-F1",
    looks_at=lambda evidence: evidence.shipped_violations,
    judge=judge,
    threshold=0,
    bounds=(0, 1_000),
    not_applicable_blocks=False,
)
