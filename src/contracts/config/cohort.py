"""On which days which customers are observed."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from contracts.config.base import Config, Months


class CohortConfig(Config):
    """On which days which customers are observed."""

    every: Literal["month", "quarter", "year"] = "month"
    day: int = Field(1, ge=1, le=31)
    anchor: str | None = Field(None, pattern=r"^\d\d-\d\d$")
    first: date | None = None
    last: date | None = None
    activity_months: Months = 12

    @field_validator("anchor", mode="before")
    @classmethod
    def _anchor_is_read_in_one_way(cls, anchor: Any) -> Any:
        """Days of decision are firsts of a month, so 04-01 is 1 April. 01-04 and 03-04 may have been written day first: --03-04 is ISO's."""
        if not isinstance(anchor, str):
            return anchor
        if anchor.startswith("--"):
            return anchor.removeprefix("--")
        first, _, second = anchor.partition("-")
        if _is_month(first) and _is_month(second) and second not in {"01", first}:
            raise ValueError(
                f"anchor {anchor} is month-day or day-month: write --{anchor} for {_spoken(anchor)}, or --{second}-{first} for {_spoken(f'{second}-{first}')}"
            )
        return anchor

    @model_validator(mode="after")
    def _anchor_is_for_years(self) -> CohortConfig:
        if self.anchor is not None and self.every != "year":
            raise ValueError("anchor (MM-DD) goes with every: year")
        if self.day != 1 and self.every == "year":
            raise ValueError(
                "day goes with every: month or quarter; of a year it is anchor (MM-DD)"
            )
        if self.anchor is not None:
            _day_of_year(self.anchor)
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError(f"first ({self.first}) may not lie after last ({self.last})")
        return self


def _is_month(digits: str) -> bool:
    return len(digits) == 2 and digits.isdecimal() and 1 <= int(digits) <= 12


def _spoken(anchor: str) -> str:
    day = _day_of_year(anchor)
    return f"{day.day} {day:%B}"


def _day_of_year(anchor: str) -> date:
    """The day in a year that has no 29 February, which not every year has."""
    month, day = map(int, anchor.split("-"))
    try:
        return date(2001, month, day)
    except ValueError as error:
        raise ValueError(f"anchor {anchor} (MM-DD) is no day of every year") from error
