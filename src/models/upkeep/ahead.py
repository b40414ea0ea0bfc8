"""The year that a correction of the level is for, and whether the level is shown to have changed."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.arrays import Floats
from contracts.documents.outlook import Outlook


@dataclass(frozen=True, slots=True)
class Shown:
    """Whether the defaults of the months since the level was set show that it has changed.

    Attributes:
        side: 1 they show that the PDs are too low, -1 too high, 0 neither.
        evidence: of the newest alarm, or of the newest month (`models.measures.sequential.detect`).
        threshold: evidence that is asked for.
    """

    side: int
    evidence: float
    threshold: float

    def allows(self, offset: float) -> bool:
        """Whether a change of level to that side is shown.

        >>> told = Shown(1, 130.0, 120.0)
        >>> told.allows(0.3), told.allows(-0.3)
        (True, False)
        """
        return self.side != 0 and self.side * offset > 0

    def towards(self, offset: float | None) -> float:
        """Evidence for a change to that side: none where the one that is shown is to the other.

        >>> told = Shown(1, 130.0, 120.0)
        >>> told.towards(0.3), told.towards(-0.3), told.towards(None), Shown(0, 14.0, 120.0).towards(-0.3)
        (130.0, 0.0, 130.0, 14.0)
        """
        is_other = offset is not None and self.side * offset < 0
        return 0.0 if is_other else self.evidence


@dataclass(frozen=True, slots=True)
class Ahead:
    """The year that a correction is for: what is forecast of its level, the newest book's log-odds, and whether a change is shown at all."""

    outlook: Outlook
    odds: Floats
    shown: Shown | None = None

    @property
    def is_shown(self) -> bool:
        """Whether defaults by month show the change, or are not counted and nothing is asked of them."""
        return self.shown is None or self.shown.allows(self.outlook.offset)

    @property
    def offset(self) -> float:
        """What the level is moved by."""
        return self.outlook.offset if self.outlook.advised and self.is_shown else 0.0
