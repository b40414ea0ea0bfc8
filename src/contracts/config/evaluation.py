"""How sure the figures of a validation are."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config, Seed


class EvaluateConfig(Config):
    """How sure the figures are."""

    confidence: float = Field(0.95, gt=0.5, le=0.9999)
    bootstrap_draws: int = Field(400, ge=50, le=100_000)
    seed: Seed = 7
    origins: int = Field(3, ge=0, le=20)
