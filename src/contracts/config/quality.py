"""How much a rule may set aside before it stops the run: in rows, and in what hangs on them."""

from __future__ import annotations

from pydantic import Field

from contracts.config.base import Config, Share
from contracts.config.portfolio import LIMITS, InDoubtConfig


class ValidateConfig(Config):
    """Tolerance by rule: the share of a table's rows a rule may quarantine before it stops the run; and `in_doubt`."""

    tolerance: dict[str, Share] = Field(default_factory=dict)
    in_doubt: InDoubtConfig = LIMITS
