"""Where versions live, and what a new champion must show."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config


class RegisterConfig(Config):
    """Where versions live and what a new champion must show. An address with a password stands in the variable alone."""

    tracking_uri: str = "sqlite:///mlflow.db"
    tracking_variable: str = Field("BONITAS_REGISTRY", min_length=1)
    significance: float = Field(0.05, gt=0, lt=0.5)
