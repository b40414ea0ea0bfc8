"""Which features are built, over which windows."""

from __future__ import annotations

from contracts.config.base import Config


class FeaturesConfig(Config):
    """Which features are built."""

    families: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    windows_days: tuple[int, ...] = (90, 365)
