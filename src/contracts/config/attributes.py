"""Features that a portfolio brings itself."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.config.base import Config

Pillar = Literal["credit_record", "ability_to_pay", "financial_health", "business_context"]


class AttributeConfig(Config):
    """A column of `attributes` that becomes a feature: bring your own."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    dtype: Literal["number", "category"]
    pillar: Pillar
    unit: str
    direction: Literal[-1, 0, 1] = 0
    wording_en: str
    wording_zh: str
