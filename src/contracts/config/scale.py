"""From PD to score and grade."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config


class ScaleConfig(Config):
    """PD to score to grade (DOMAIN, section 6)."""

    base_score: float = 600.0
    base_odds: float = Field(30.0, gt=0)
    pdo: float = Field(40.0, gt=0)
    grade_bounds: tuple[float, ...] = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.10, 0.30)
