"""How much a rule may set aside before it stops the run."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config, Share


class ValidateConfig(Config):
    """Tolerance by rule: the share of a table's rows a rule may quarantine before it stops the run."""

    tolerance: dict[str, Share] = Field(default_factory=dict)
