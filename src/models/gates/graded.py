"""The grades as two gates look at them: those with customers, where they hold or expect enough defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from contracts.documents.finding import Values
from models.gates.evidence import MIN_FOR_TEST, Evidence
from models.measures.overlap import Effective


@dataclass(frozen=True, slots=True)
class Graded:
    """Grades that hold a customer, on all dates of the test part.

    Attributes:
        rows: of the graded table.
        confidence: 1 - confidence is the level of the tests.
        whole: what all rows are worth as independent ones; None where they are.
        days: first and last day of decision.
    """

    rows: Sequence[dict[str, Any]]
    confidence: float
    whole: Effective | None = None
    days: tuple[str, str] = ("", "")

    @property
    def totals(self) -> tuple[int, int, float]:
        """Rows, defaults, and defaults expected."""
        n, defaults = sum(row["n"] for row in self.rows), sum(row["defaults"] for row in self.rows)
        return n, defaults, float(sum(row["n"] * row["mean_pd"] for row in self.rows))

    @property
    def worth(self) -> Effective:
        """What they are worth as independent rows."""
        rows, defaults, expected = self.totals
        if self.whole is not None or not rows:
            return self.whole or Effective(0.0, 0.0, 0.0)
        return Effective(rows, defaults, expected / rows)

    @property
    def enough(self) -> bool:
        """Whether enough defaults were observed or expected for a test."""
        found = self.worth
        return max(found.defaults, found.rows * found.mean_pd) >= MIN_FOR_TEST

    @property
    def period(self) -> Values:
        """First and last day of decision."""
        return {"first": self.days[0], "last": self.days[1]}


def _held(evidence: Evidence) -> Graded:
    rows = [row for row in evidence.grades or [] if row["n"]]
    return Graded(rows, evidence.confidence, evidence.whole, evidence.days)


def graded(evidence: Evidence) -> Graded | None:
    """The grades; None where too few defaults were observed or expected for a test."""
    found = _held(evidence)
    return found if found.rows and found.enough else None


def counted(evidence: Evidence) -> Values:
    """What there is, and what a test takes."""
    found = _held(evidence)
    _, defaults, expected = found.totals
    return {"defaults": defaults, "expected": expected, "least": MIN_FOR_TEST, **found.period}
