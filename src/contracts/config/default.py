"""What counts as default in a portfolio."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.config.base import Config


class DefaultConfig(Config):
    """Which customers count as having stopped paying (docs/glossary.md#default)."""

    preset: Literal["irb_90dpd", "dollars_late", "days_beyond_terms", "events_only"]
    days: int = Field(90, ge=1)
    materiality: float = Field(500.0, ge=0)
    materiality_share: float = Field(0.01, ge=0, lt=1)
    late_share: float = Field(0.10, gt=0, le=1)
    events: tuple[str, ...] = ("insolvency", "write_off", "ceased_trading", "insurer_claim")
    cure_days: int = Field(90, ge=1)
