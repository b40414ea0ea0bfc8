"""`reports/checks.json`: what each gate found, with its sentence for tools that read no catalogue."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import model_serializer

from contracts.documents.base import Document, Part
from contracts.documents.finding import Finding, Outcome
from contracts.documents.number import Number


class GateFinding(Finding):
    """What a gate found, and what it may stop.

    Attributes:
        end: the end of the value's interval that was held against the threshold, where the value itself was not.
        blocks: whether failing it stops registration.
        not_applicable_blocks: whether a blocking gate stops registration where it declines.
        waiver: why the portfolio does without it; None where it does not.
    """

    end: Number = None
    blocks: bool = True
    not_applicable_blocks: bool = True
    waiver: str | None = None


class Check(Part):
    """One gate of `reports/checks.json`.

    Attributes:
        code: of the gate.
        title: what it asks, in English.
        outcome: what it found.
        value: what was measured.
        threshold: what it is held against.
        detail: the finding as an English sentence, with the waiver where there is one.
        stops: whether this outcome keeps the model out of the registry.
        blocks: whether failing would.
        waiver: why the portfolio does without it, and who says so; None where it does not.
    """

    code: str
    title: str
    outcome: Outcome
    value: Number
    threshold: Number
    detail: str
    stops: bool
    blocks: bool = True
    waiver: str | None = None


class Checks(Document):
    """The file: a list of checks, in the order of the gates."""

    VERSION: ClassVar[int] = 3

    rows: tuple[Check, ...]

    def stopping(self) -> tuple[str, ...]:
        """Codes of the gates that keep the model out of the registry, in their order; empty where it passed."""
        return tuple(one.code for one in self.rows if one.stops)

    @model_serializer
    def _as_list(self) -> list[Check]:
        return list(self.rows)

    @classmethod
    def from_text(cls, text: str, *, where: str) -> Self:
        """The document of a text, which holds a list. Raises ContractError where it is none."""
        return super().from_text(f'{{"rows": {text}}}', where=where)
