"""The grades as two gates look at them: those with customers, where they hold or expect enough defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.documents.finding import Values
from models.gates.evidence import MIN_FOR_TEST, Evidence


@dataclass(frozen=True, slots=True)
class Graded:
    """Grades that hold a customer, on dates whose outcome windows do not overlap.

    Attributes:
        rows: of the graded table.
        confidence: 1 - confidence is the level of the tests.
    """

    rows: Sequence[dict[str, Any]]
    confidence: float

    @property
    def totals(self) -> tuple[int, int, float]:
        """Rows, defaults, and defaults expected."""
        n, defaults = sum(row["n"] for row in self.rows), sum(row["defaults"] for row in self.rows)
        return n, defaults, float(sum(row["n"] * row["mean_pd"] for row in self.rows))


def _held(evidence: Evidence) -> Graded:
    return Graded([row for row in evidence.grades or [] if row["n"]], evidence.confidence)


def graded(evidence: Evidence) -> Graded | None:
    """The grades; None where too few defaults were observed or expected for a test."""
    found = _held(evidence)
    rows, defaults, expected = found.totals
    return found if rows and max(defaults, expected) >= MIN_FOR_TEST else None


def counted(evidence: Evidence) -> Values:
    """What there is, and what a test takes."""
    _, defaults, expected = _held(evidence).totals
    return {"defaults": defaults, "expected": expected, "least": MIN_FOR_TEST}
