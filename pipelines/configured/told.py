"""Settings that are taken as they stand, and of which a run says what they mean: true for some houses, a slip for most."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.config.decisions import RateConfig
from contracts.config.source import WorldSource
from pipelines import paths
from pipelines.settings import Settings

SHIPPED = "demo"
"""The portfolio that is meant to be simulated."""
WIDE_BAND = 0.5
"""Beyond half of it more, limits in force hardly ever move."""


def told(settings: Settings) -> str:
    """Notes for the first line of a run; empty where nothing is odd."""
    return "; ".join([*_made_up(settings), *wide_band(settings.params.rate)])


def _made_up(settings: Settings) -> Iterator[str]:
    """A yaml that was copied from the demo's reads no file until its source says so."""
    if settings.name != SHIPPED and isinstance(settings.portfolio.source, WorldSource):
        yield (
            f"note: the customers of '{settings.name}' are simulated ({paths.PORTFOLIOS / settings.name}.yaml > source > kind: world), and no file of yours is read; "
            "docs/your-own-data.md says how yours are"
        )


def wide_band(rate: RateConfig) -> Iterator[str]:
    """A band of one means that a limit in force is cut only beyond twice what its customer can carry.

    >>> list(wide_band(RateConfig(limit_band=1.0)))
    ['note: by limit_band 1 (configs/params.yaml > rate) a limit in force is reduced only above 2 times what its customer can carry, and raised only below 1/2 of what is recommended; 25 % is 0.25']
    >>> list(wide_band(RateConfig()))
    []
    """
    band = 1 + rate.limit_band
    if rate.limit_band > WIDE_BAND:
        yield (
            f"note: by limit_band {rate.limit_band:g} ({paths.PARAMS} > rate) a limit in force is reduced only above {band:g} times what its customer can carry, "
            f"and raised only below 1/{band:g} of what is recommended; 25 % is 0.25"
        )
