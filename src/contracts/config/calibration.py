"""Which calibrators may be chosen, and what each asks for."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from contracts.config.base import Config, Folds, no_repeats

CalibrationMethod = Literal["identity", "shrunk", "offset", "platt", "beta", "isotonic"]


class CalibrateConfig(Config):
    """Which calibrators may be chosen."""

    methods: tuple[CalibrationMethod, ...] = Field(get_args(CalibrationMethod), min_length=1)
    folds: Folds = 5
    min_defaults_shape: int = Field(150, ge=10, le=1_000_000)
    long_run_rate: float | None = Field(None, gt=0, lt=1)

    _each_once = field_validator("methods")(no_repeats)
