"""How observations are cut into train, calibrate and test."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

from pydantic import Field, model_validator

from contracts.config.base import Config, Months


class SplitConfig(Config):
    """How the cohort is cut by time and by customer. Spans are half-open: [from, until).

    A missing date is counted back from the last matured outcome. Missing months are 12, or fewer
    where 12 would leave train less than twice as long as the test part.
    """

    test_from: date | None = None
    test_until: date | None = None
    calibrate_from: date | None = None
    test_months: Months | None = None
    calibrate_months: Months | None = None
    held_out_share: float = Field(0.10, ge=0, le=0.9)

    @model_validator(mode="after")
    def _parts_follow_one_another(self) -> SplitConfig:
        names = ("calibrate_from", "test_from", "test_until")
        given = [(name, day) for name in names if (day := getattr(self, name)) is not None]
        for (earlier, first), (later, second) in pairwise(given):
            if first >= second:
                raise ValueError(f"{earlier} ({first}) must lie before {later} ({second})")
        return self
