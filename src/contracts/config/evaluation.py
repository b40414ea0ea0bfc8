"""How sure the figures of a validation are."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config


class EvaluateConfig(Config):
    """How sure the figures are."""

    confidence: float = Field(0.95, gt=0.5, lt=1)
    bootstrap_draws: int = Field(400, ge=50)
    seed: int = 7
