"""How observations are cut into train, calibrate and test."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from contracts.config.base import Config


class SplitConfig(Config):
    """How the cohort is cut by time and by customer. Spans are half-open: [from, until).

    A missing date is counted back from the last matured outcome. Missing months are 12, or fewer
    where 12 would leave train less than twice as long as the test part.
    """

    test_from: date | None = None
    test_until: date | None = None
    calibrate_from: date | None = None
    test_months: int | None = Field(None, ge=1)
    calibrate_months: int | None = Field(None, ge=1)
    held_out_share: float = Field(0.10, ge=0, lt=1)
