"""What the newest outcomes say of the level of the PDs in the year to come, and what is done about it; parts of the documents of upkeep."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from contracts.documents.base import Part


class TrendYear(Part):
    """Defaults by the time they happened, days [from, until), each counted once, beside those the champion expected.

    Attributes:
        seen: defaults, of customers whose outcome is final.
        expected: by the champion's PDs as they are.
        offset: log-odds that the PDs of its last month lacked, shrunk; above 0 where they were too low.
    """

    from_: date = Field(alias="from")
    until: date
    seen: float
    expected: float
    offset: float


class Carried(Part):
    """What outcomes have told of how far the level of the PDs in use is off: where the next forecast begins.

    The two parts of the level are jointly Gaussian; together they are all that the past says of the future, for the part that
    comes and goes is a Markov process and the other stays.

    Attributes:
        on: the day of which the passing part is told.
        lasting: mean of the part that stays, log-odds that the PDs lack.
        passing: mean, on that day, of the part that comes and goes.
        lasting_variance, passing_variance, covariance: of the two.
    """

    on: date
    lasting: float
    passing: float
    lasting_variance: float
    passing_variance: float
    covariance: float

    def corrected(self, offset: float) -> Carried:
        """The same of PDs to whose log-odds the offset was added: they lack so much less, for good.

        >>> told = Carried(on=date(2026, 1, 1), lasting=0.3, passing=0.2, lasting_variance=0.1, passing_variance=0.1, covariance=0.0)
        >>> told.corrected(0.5).lasting
        -0.2
        """
        return self.model_copy(update={"lasting": self.lasting - offset})


class Movement(Part):
    """How the level of a book's PDs moves: what its own years tell, shrunk towards the settings.

    Attributes:
        years: of defaults that it was learned from.
        half_life: years after which half of a passing change of level is gone.
        low, high: ends of its interval of 95 %.
        passing: standard deviation of the passing part, log-odds.
        set_half_life, set_passing: the settings.
        set_weight: share that the setting has in the half-life learned: 1 where the years say nothing.
    """

    years: float
    half_life: float
    low: float
    high: float
    passing: float
    set_half_life: float
    set_passing: float
    set_weight: float


class Outlook(Part):
    """Whether a change of level lowers the expected error of the PDs in the year that they are for.

    Attributes:
        from_: first day of the defaults that speak.
        until: the day after the last one.
        use_from: the newest day of decision: the PDs it changes are those of this day on.
        use_until: the day after the last one that these PDs speak of.
        offset: log-odds to add, the forecast of the year to come.
        error: its standard error.
        low, high: ends of the interval of 95 % of the offset.
        chance: that PDs so changed are nearer the truth of that year than those left alone.
        needed: chance from which it is advised.
        lasting: prior standard deviation of the part of the level that stays, log-odds.
        passing: of the part that comes and goes.
        half_life: years after which half of the passing part is gone.
        trend: years counted back from the last day, the oldest first.
        began: the day before which earlier defaults have told the level in use, where the forecast begins with what they left; None where it
            begins with the prior deviations.
        carried: what is known on `until` of the level of the PDs as they are, of all outcomes so far; None where an earlier release made it.
        movement: where passing and half_life were learned from the book's own years; None where they are the settings.
        share: of what the newest year was off, the part that the offset carries into the year to come; None where an earlier release made it.
        dispersion: variance of the defaults of an interval over that of independent ones, by which their evidence is divided; None likewise.
    """

    from_: date = Field(alias="from")
    until: date
    use_from: date
    use_until: date
    offset: float
    error: float
    low: float
    high: float
    chance: float
    needed: float
    lasting: float
    passing: float
    half_life: float
    trend: tuple[TrendYear, ...]
    began: date | None = None
    carried: Carried | None = None
    movement: Movement | None = None
    share: float | None = None
    dispersion: float | None = None

    @property
    def advised(self) -> bool:
        """Whether a change of level is advised."""
        return self.chance >= self.needed


Case = Literal[
    "none", "too_few", "timing", "faded", "unproven", "absent", "refused", "offset", "slope", "shape", "refit"
]  # fmt: skip
CORRECTED: tuple[Case, ...] = ("offset", "slope", "shape")


class Ruling(Part):
    """What the ladder of recalibration comes to on the outcomes known today, its gates included.

    Attributes:
        case: `offset`, `slope`, `shape` a correction of so much passes its gates; `refused` they stop it; `refit` no calibration
            helps; `too_few` new defaults for any; `timing` enough of them, but of outcomes that are open, and how soon customers default has
            changed before; `faded` a correction is not likely enough to help in the year to come; `unproven` it is, but that the level has
            changed is not shown; `absent` inputs are not delivered, so no outcome counts; `none` nothing asks for one.
        defaults: that the level in use has not learned from.
        needed: of them, for a change of level.
        chance: that a change of level brings the PDs of the year to come nearer the truth; None where no outcome speaks of it.
        asked: the chance from which it is made; None likewise.
        last_day: of the defaults that speak; None likewise.
        evidence: that the level has changed, month by month (`models.measures.sequential`); 0 where what is shown is a change to the other side
            than the one forecast; None where defaults are not counted by month.
        shown: evidence from which it counts as shown; None likewise.
    """

    case: Case
    defaults: int
    needed: int
    chance: float | None = None
    asked: float | None = None
    last_day: date | None = None
    evidence: float | None = None
    shown: float | None = None

    @property
    def entry(self) -> str:
        """Of the locale catalogues: the one sentence."""
        return f"recalibration.{self.case}"

    @property
    def values(self) -> dict[str, object]:
        """Of that sentence."""
        return self.model_dump(exclude={"case"}, exclude_none=True)
