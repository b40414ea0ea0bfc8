"""What the newest outcomes say of the level of the PDs in the year to come; part of the documents of upkeep."""

from __future__ import annotations

from datetime import date

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

    @property
    def advised(self) -> bool:
        """Whether a change of level is advised."""
        return self.chance >= self.needed
