"""Which features are built, over which windows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from contracts.config.base import Config, no_repeats


class FeaturesConfig(Config):
    """Which features are built."""

    families: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    windows_days: tuple[Annotated[int, Field(ge=7, le=3_650)], ...] = Field((90, 365), min_length=1)

    _each_once = field_validator("families", "names", "without", "windows_days")(no_repeats)
