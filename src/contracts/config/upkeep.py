"""When monitoring raises a finding, and how much evidence a recalibration needs."""

from __future__ import annotations

from pydantic import Field, model_validator

from contracts.config.base import Config, Months


class MonitorConfig(Config):
    """How many false alarms the book may give, and what is compared; `configs/params.yaml` says what each key decides."""

    false_alarms_a_year: float = Field(0.5, ge=0.01, le=12)
    months: Months = 12
    bins: int = Field(10, ge=2, le=50)


class RecalibrateConfig(Config):
    """How many defaulted customers, and which significance, each step of recalibration needs."""

    months: Months = 12
    significance: float = Field(0.05, gt=0, lt=0.5)
    power: float = Field(0.80, gt=0.5, le=0.9999)
    min_defaults_offset: int = Field(25, ge=1, le=1_000_000)
    min_defaults_slope: int = Field(50, ge=1, le=1_000_000)
    min_defaults_shape: int = Field(150, ge=1, le=1_000_000)
    level_lasting: float = Field(0.4, ge=0, le=3)
    level_passing: float = Field(0.4, gt=0, le=3)
    level_half_life: float = Field(0.5, ge=0.1, le=100)
    level_within: float = Field(4.0, ge=1, le=10)
    chance: float = Field(0.70, ge=0.5, lt=1)
    false_a_year: float = Field(0.05, ge=0.001, le=12)
    promote: bool = False

    @model_validator(mode="after")
    def _more_freedom_needs_more_defaults(self) -> RecalibrateConfig:
        if not self.min_defaults_offset <= self.min_defaults_slope <= self.min_defaults_shape:
            raise ValueError(
                "min_defaults_offset <= min_defaults_slope <= min_defaults_shape must hold"
            )
        return self
