"""`configs/expert.yaml`: what a credit department believes before its own defaults tell it, and how firmly."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field, field_validator, model_validator

from contracts.config.base import Config

LARGEST = 1_000.0
"""Points; with 20 to double the odds it is a factor of 2 to the 50th."""


class ExpertFeature(Config):
    """Points of one feature: band i holds values above cuts[i - 1] up to and including cuts[i]; the last is open.

    Attributes:
        cuts: in the feature's unit, rising.
        points: one more than there are cuts; more points are more risk.
        missing: points where the value is missing.
    """

    cuts: tuple[float, ...] = Field(min_length=1, max_length=30)
    points: tuple[float, ...] = Field(min_length=2, max_length=31)
    missing: float = Field(0.0, ge=-LARGEST, le=LARGEST)

    @model_validator(mode="after")
    def _bands_are_told(self) -> ExpertFeature:
        if any(low >= high for low, high in pairwise(self.cuts)):
            raise ValueError("cuts must rise from one to the next")
        if len(self.points) != len(self.cuts) + 1:
            raise ValueError(
                f"{len(self.cuts)} cuts make {len(self.cuts) + 1} bands, {len(self.points)} points are given"
            )
        if max(map(abs, self.points)) > LARGEST:
            raise ValueError(f"points lie between -{LARGEST:g} and {LARGEST:g}")
        rises = all(low <= high for low, high in pairwise(self.points))
        if not rises and not all(low >= high for low, high in pairwise(self.points)):
            raise ValueError(
                "points must rise or fall throughout: a feature speaks in one direction"
            )
        return self

    @property
    def direction(self) -> int:
        """+1 where more of it is more risk, -1 less, 0 where it says nothing."""
        return (self.points[-1] > self.points[0]) - (self.points[-1] < self.points[0])


class ExpertConfig(Config):
    """The expert scorecard, its long-run default rates, and how data move it.

    Attributes:
        fitted_from: defaulted customers in train and calibrate from which the race of fitted models is run instead.
        points_to_double: points that double the odds of default.
        long_run_rate: share of customers in good standing that default within a year.
        industry_rates: the same of single industries, as the master data spell them.
        level_sd: one standard deviation of the belief in the level, log-odds.
        weight_sd: of the belief in each feature's weight, as a multiple of that weight.
        most_restated: how far the weights of a pillar may grow where others of its features are absent.
        features: points by the catalogue's names, grouped by pillar.
    """

    fitted_from: int = Field(ge=1, le=1_000_000)
    points_to_double: float = Field(20.0, gt=0, le=LARGEST)
    long_run_rate: float = Field(gt=0, lt=1)
    industry_rates: dict[str, float] = Field(default_factory=dict, max_length=31)
    level_sd: float = Field(gt=0, le=10)
    weight_sd: float = Field(gt=0, le=10)
    most_restated: float = Field(1.5, ge=1, le=5)
    features: dict[str, dict[str, ExpertFeature]] = Field(min_length=1)

    @field_validator("industry_rates")
    @classmethod
    def _are_rates(cls, rates: dict[str, float]) -> dict[str, float]:
        wrong = [name for name, rate in rates.items() if not 0 < rate < 1]
        if wrong:
            raise ValueError(f"a rate lies above 0 and below 1: {', '.join(wrong)}")
        return rates
