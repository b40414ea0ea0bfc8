"""Where versions live, and what a new champion must show."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.config.base import Config, Text


class RegisterConfig(Config):
    """Where versions live and what a new champion must show. An address with a password stands in the variable alone."""

    tracking_uri: Text = "sqlite:///mlflow.db"
    tracking_variable: str = Field("BONITAS_REGISTRY", min_length=1)
    significance: float = Field(0.05, gt=0, lt=0.5)
    margin: float = Field(0.02, ge=0, le=0.5)
    signing_key: str = Field(".bonitas/signing.key", min_length=1)
    signing_variable: str = Field("BONITAS_SIGNING_KEY", min_length=1)
    signers: str = Field("configs/signers", min_length=1)
    unsigned: Literal["note", "refuse"] = "note"
