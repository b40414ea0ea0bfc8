"""On which days which customers are observed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from contracts.config.base import Config


class CohortConfig(Config):
    """On which days which customers are observed."""

    every: Literal["month", "quarter", "year"] = "month"
    anchor: str | None = Field(None, pattern=r"^\d\d-\d\d$")
    first: date | None = None
    last: date | None = None
    activity_months: int = Field(12, ge=1)

    @model_validator(mode="after")
    def _anchor_is_for_years(self) -> CohortConfig:
        if self.anchor is not None and self.every != "year":
            raise ValueError("anchor (MM-DD) goes with every: year")
        return self
