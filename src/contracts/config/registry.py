"""Where versions live, and what a new champion must show."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config


class RegisterConfig(Config):
    """Where versions live and what a new champion must show."""

    tracking_uri: str = "sqlite:///mlflow.db"
    significance: float = Field(0.05, gt=0, lt=0.5)
