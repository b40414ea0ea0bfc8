"""One input on its own, beside all the others together, and when it is too good to have been known on the day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scipy.stats import poisson

Why = Literal["", "certain", "missing", "vanished", "alone"]

MIN_FORESEEN = 0.10  # share of all defaults that nothing but this input foresees
SURE, TWICE = (
    0.50,
    2.0,
)  # default rate where it points to default, and how many times that which the others expect
VANISHED, MORE, MIN_SHOWN = (
    0.10,
    1.5,
    10.0,
)  # of such values on the newest day; times; customers that would show them
STRONG, BEYOND = (
    0.85,
    0.05,
)  # ROC AUC alone, and how much of it lies above that of all other inputs together
CHANCE = 1e-3  # of so many customers defaulting where the others are right; about one input in a thousand


@dataclass(frozen=True, slots=True)
class SingleInput:
    """What one input says of the test part. "Points to default": its own default rate is 25 % and thrice the book's.

    Attributes:
        feature: its name.
        auc: ROC AUC of a model of this input alone, on customers it was not fitted on.
        without: ROC AUC of a model of all inputs but this one (and those that say the same); None where not examined.
        share: of the observations, those where it points to default.
        caught: of the defaults, those among them.
        rate: their default rate.
        expected: the rate that the other inputs expect there; None where not examined.
        customers: that defaulted among them.
        newest: share of the customers of the newest day where it points to default; None where no outcome is still open.
        shown: customers that would show such values on the newest day at the share of the test part.
        is_missing: whether it points to default where it is missing.
    """

    feature: str
    auc: float
    without: float | None = None
    share: float = 0.0
    caught: float = 0.0
    rate: float = 0.0
    expected: float | None = None
    customers: int = 0
    newest: float | None = None
    shown: float = 0.0
    is_missing: bool = False

    @property
    def times(self) -> float:
        """Its default rate where it points to default, in terms of what the others expect there."""
        return 1.0 if not self.expected else self.rate / self.expected

    @property
    def foreseen(self) -> float:
        """Share of all defaults that this input foresees and the others do not: caught, less what they expect there."""
        return self.caught * (1.0 - 1.0 / self.times) if self.times > 0 else 0.0

    @property
    def why(self) -> Why:
        """What makes it too good to have been known on the day of decision; empty where nothing does.

        An honest input, however strong, is one sign of a state that others show as well, leaves doubt where it is at its
        worst, and looks the same today as in the year whose outcomes are known. A value written after the outcome does not.

        >>> SingleInput("form", 0.7, 0.8, share=0.02, caught=0.3, rate=0.8, expected=0.16, customers=14).why
        'certain'
        >>> SingleInput("days_late", 0.79, 0.80, share=0.04, caught=0.34, rate=0.5, expected=0.38, customers=49).why
        ''
        """
        if self.without is not None and self.auc >= max(STRONG, self.without + BEYOND):
            return "alone"
        if self.foreseen < MIN_FORESEEN or self._by_chance() > CHANCE:
            return ""
        if self.newest is not None and self.shown >= MIN_SHOWN and self.times >= MORE and self.newest <= VANISHED * self.share:  # fmt: skip
            return "vanished"
        if self.rate >= SURE and self.times >= TWICE:
            return "missing" if self.is_missing else "certain"
        return ""

    def _by_chance(self) -> float:
        """Chance that so many customers, or more, default where as many as the others expect would."""
        return float(poisson.sf(self.customers - 1, self.customers / self.times))
