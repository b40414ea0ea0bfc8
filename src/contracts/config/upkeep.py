"""When monitoring raises a finding, and how much evidence a recalibration needs."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config


class MonitorConfig(Config):
    """When a shift or a miscalibration counts as a finding; `configs/params.yaml` says what each key decides."""

    false_discovery_rate: float = Field(0.05, gt=0, lt=1)
    significance: float = Field(0.05, gt=0, lt=1)
    months: int = Field(12, ge=1)
    bins: int = Field(10, ge=2, le=50)


class RecalibrateConfig(Config):
    """How many defaulted customers, and which significance, each step of recalibration needs."""

    months: int = Field(12, ge=1)
    significance: float = Field(0.05, gt=0, lt=1)
    power: float = Field(0.80, gt=0.5, lt=1)
    min_defaults_offset: int = Field(25, ge=1)
    min_defaults_slope: int = Field(50, ge=1)
    min_defaults_shape: int = Field(150, ge=1)
    promote: bool = False
