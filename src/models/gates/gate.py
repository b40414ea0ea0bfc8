"""What a gate is: one declaration. A gate without the evidence it looks at declines; only `passed` passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from contracts.config.gates import GateConfig
from contracts.documents.checks import GateFinding
from contracts.documents.experience import Experience
from contracts.documents.finding import Outcome, Values
from models.gates.evidence import Evidence

Looked = TypeVar("Looked")
EXPERIENCE = "gate.experience"
"""The entry of the catalogues that says why a gate of outcomes declines on a score of stated experience."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a gate found in its evidence.

    Attributes:
        passed: whether the threshold is kept.
        value: what was measured.
        values: further figures that the sentence needs, by name.
        end: the end of the value's interval that was held against the threshold, where the value itself was not.
        case: which of the gate's `cases` is said where it fails.
    """

    passed: bool
    value: float
    values: Values = field(default_factory=dict)
    end: float | None = None
    case: str = ""


@dataclass(frozen=True, slots=True)
class Gate(Generic[Looked]):
    """One gate. Its words are entries of the catalogues: `<code>.title`, `.passed`, `.failed` and `.not_applicable`.

    Attributes:
        code: stable; `PD-` and a letter of what it looks at.
        looks_at: the piece of evidence it needs; None makes it decline.
        judge: the finding on that piece, given the threshold; None makes it decline as well.
        threshold: unless `configs/gates.yaml` says otherwise.
        bounds: lowest and highest threshold with which it still judges: beyond them everything passes, or nothing.
        blocks: whether failing it stops registration.
        not_applicable_blocks: whether declining does, of a gate that blocks.
        declined: figures that the sentence of a declining gate needs.
        cases: entries of the catalogues, one of which is said where it fails in place of `.failed`.
        of_outcomes: whether it judges what the model learned from the book's defaults. A score of stated experience learned
            little or nothing from them, and has too few to be judged by: the gate declines, and does not stop it.
    """

    code: str
    looks_at: Callable[[Evidence], Looked | None]
    judge: Callable[[Looked, float], Judgement | None]
    threshold: float
    bounds: tuple[float, float] = (0.0, 1.0)
    blocks: bool = True
    not_applicable_blocks: bool = True
    declined: Callable[[Evidence], Values] | None = None
    cases: tuple[str, ...] = ()
    of_outcomes: bool = False

    @property
    def config(self) -> GateConfig:
        """Its defaults."""
        return GateConfig(
            threshold=self.threshold,
            blocks=self.blocks,
            not_applicable_blocks=self.not_applicable_blocks,
        )

    def finding(self, evidence: Evidence, config: GateConfig) -> GateFinding:
        """What it says of the evidence under a threshold."""
        if self.of_outcomes and (stated := evidence.experience) is not None:
            return self._without_outcomes(stated, config)
        looked = self.looks_at(evidence)
        found = None if looked is None else self.judge(looked, config.threshold)
        common: dict[str, Any] = {"code": self.code, **config.model_dump()}
        if found is None:
            values = self.declined(evidence) if self.declined else {}
            return GateFinding(outcome="not_applicable", values=values, **common)
        outcome: Outcome = "passed" if found.passed else "failed"
        return GateFinding(
            outcome=outcome,
            value=found.value,
            end=found.end,
            values=found.values,
            case="" if found.passed else found.case,
            **common,
        )

    def _without_outcomes(self, stated: Experience, config: GateConfig) -> GateFinding:
        """It declines with the reason; to decline so stops no registration."""
        excused = config.model_copy(update={"not_applicable_blocks": False})
        return GateFinding(
            code=self.code,
            outcome="not_applicable",
            case=EXPERIENCE,
            values={"customers": stated.customers, "needed": stated.needed},
            **excused.model_dump(),
        )
