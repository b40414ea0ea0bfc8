"""What became of a model: `data/model/receipt.json`; and of a correction that was refused, as a part of other documents."""

from __future__ import annotations

from datetime import date
from typing import Literal

from contracts.documents.base import Document, Part

Rung = Literal["offset", "slope", "shape"]
"""How far a correction of the calibration goes."""


class Receipt(Document):
    """The version that holds a model, or that it was refused.

    Attributes:
        name: of the registered model, `bonitas-<portfolio>`.
        version: its number in the registry; None where the model was refused.
        digest: sha256 of the bundle.
        alias: `champion`, or under which it waits: `challenger`, or `candidate` of an experiment or of uncommitted code;
            None where it bears none.
        verdict: `champion`, `challenger`, `candidate` or `refused`, as it was registered; a later decision moves the alias and
            stands in the registry's log (`bonitas history`).
    """

    name: str
    version: str | None
    digest: str
    alias: str | None
    verdict: str


class Stopping(Part):
    """A gate of calibration that stopped a correction: what it found, None where it could not judge, and its threshold."""

    code: str
    outcome: Literal["failed", "not_applicable"]
    value: float | None
    threshold: float | None


class Refusal(Part):
    """A correction that the gates of calibration did not admit.

    Attributes:
        day: the newest day of decision of the book that asked for it; so it names the month.
        step: how far the correction went.
        intercept: that would have been added to the log-odds ...
        slope: ... after they were multiplied by this ...
        curvature: ... and bent by this.
        customers: whose outcomes asked for it.
        defaults: of them.
        gates: that stopped it.
    """

    day: date
    step: Rung
    intercept: float
    slope: float
    curvature: float
    customers: int
    defaults: int
    gates: tuple[Stopping, ...]
