"""Features that a portfolio brings itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from contracts.config.base import Config

Pillar = Literal["credit_record", "ability_to_pay", "financial_health", "business_context"]


class AttributeConfig(Config):
    """A column of `attributes` that becomes a feature: bring your own.

    Attributes:
        role: `reason`, for the customer can act on it; `context`, which it cannot change; `ours`, what we decided. Where
            it is not stated, what belongs to the business context is context.
        subject: the idea it shares with other attributes or features: reasons name each idea once. Its name where not stated.
        alarm_below: a value below it is a fact that a controller must know, whatever the model makes of it.
        alarm_above: a value above it likewise.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    dtype: Literal["number", "category"]
    pillar: Pillar
    unit: str
    direction: Literal[-1, 0, 1] = 0
    wording_en: str
    wording_zh: str
    role: Literal["reason", "context", "ours"] | None = None
    subject: str | None = None
    alarm_below: float | None = Field(None, ge=-1e18, le=1e18)
    alarm_above: float | None = Field(None, ge=-1e18, le=1e18)

    @model_validator(mode="after")
    def _alarms_are_of_numbers(self) -> AttributeConfig:
        bounds = (self.alarm_below, self.alarm_above)
        if self.dtype == "category" and any(one is not None for one in bounds):
            raise ValueError("a category has no order, so it has no alarm; declare it as a number")
        if None not in bounds and bounds[0] > bounds[1]:  # type: ignore[operator]  # neither is None
            raise ValueError(
                f"alarm_below ({bounds[0]}) may not lie above alarm_above ({bounds[1]}): every value would alarm"
            )
        return self
