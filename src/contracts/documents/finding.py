"""What a check found: a code and numbers. Sentences are made of them where they are read, in the reader's language."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.documents.base import Part

Outcome = Literal["passed", "failed", "not_applicable"]
Scalar = str | int | float | bool | None
Values = dict[str, Scalar | tuple[Scalar, ...]]


class Finding(Part):
    """What one check found.

    Attributes:
        code: of the check, stable: a gate (`PD-D1`), a check of the model in use (`UP-C1`), a rule's name.
        subject: what was looked at: `portfolio`, a table, a feature, a segment.
        outcome: only `passed` passes; a check without the evidence it needs says `not_applicable`.
        value: what was measured, None where it cannot be had.
        threshold: what it was held against.
        values: the figures that the sentence needs, by name.
        case: which sentence of the code is said where the outcome alone does not tell; with a dot in it, an entry that codes share.
    """

    code: str
    subject: str = "portfolio"
    outcome: Outcome
    value: float | None = None
    threshold: float | None = None
    values: Values = Field(default_factory=dict)
    case: str = ""

    @property
    def entry(self) -> str:
        """The entry of the catalogue that says it.

        >>> Finding(code="UP-C1", outcome="failed").entry
        'UP-C1.failed'
        >>> Finding(code="UP-C1", outcome="not_applicable", case="no_outcome").entry
        'UP-C1.no_outcome'
        >>> Finding(code="PD-D1", outcome="not_applicable", case="gate.experience").entry
        'gate.experience'
        """
        if "." in self.case:
            return self.case
        return f"{self.code}.{self.case or self.outcome}"
