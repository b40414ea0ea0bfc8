"""How the reasons of a score are chosen."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config


class ExplainConfig(Config):
    """How reasons are chosen."""

    reasons: int = Field(4, ge=1, le=4)
    correlation_group: float = Field(0.7, gt=0, le=1)
    peers: int = Field(20, ge=5, le=100_000)
    least_points: float = Field(3.0, ge=0, le=1_000)
    history: int = Field(24, ge=1, le=600)
