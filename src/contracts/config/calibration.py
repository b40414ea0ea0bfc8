"""Which calibrators may be chosen, and what each asks for."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field

from contracts.config.base import Config

CalibrationMethod = Literal["identity", "offset", "platt", "beta", "isotonic"]


class CalibrateConfig(Config):
    """Which calibrators may be chosen."""

    methods: tuple[CalibrationMethod, ...] = Field(get_args(CalibrationMethod), min_length=1)
    folds: int = Field(5, ge=2)
    min_defaults_shape: int = Field(150, ge=10)
    long_run_rate: float | None = Field(None, gt=0, lt=1)
