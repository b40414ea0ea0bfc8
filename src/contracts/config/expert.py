"""`configs/expert.yaml`: what a credit department believes before its own defaults tell it, and how firmly."""

from __future__ import annotations

from itertools import pairwise

from pydantic import Field, field_validator, model_validator

from contracts.config.attributes import Pillar
from contracts.config.base import Config

MAX_POINTS = 1_000.0
"""Points; with 20 to double the odds it is a factor of 2 to the 50th."""


class ExpertFeature(Config):
    """Points of one feature: band i holds values above cuts[i - 1] up to and including cuts[i]; the last is open.

    Attributes:
        cuts: in the feature's unit, rising.
        points: one more than there are cuts; more points are more risk.
        missing: points where the value is missing.

    >>> ExpertFeature(cuts=(0, 30), points=(-10, 0, 15)).direction
    1
    """

    cuts: tuple[float, ...] = Field(min_length=1, max_length=30)
    points: tuple[float, ...] = Field(min_length=2, max_length=31)
    missing: float = Field(0.0, ge=-MAX_POINTS, le=MAX_POINTS)

    @model_validator(mode="after")
    def _bands_are_told(self) -> ExpertFeature:
        wrong = next(((low, high) for low, high in pairwise(self.cuts) if low >= high), None)
        if wrong:
            raise ValueError(
                f"cuts must rise from one to the next, and {wrong[1]:g} follows {wrong[0]:g}"
            )
        if len(self.points) != len(self.cuts) + 1:
            raise ValueError(
                f"{len(self.cuts)} cuts make {len(self.cuts) + 1} bands, {len(self.points)} points are given"
            )
        if max(map(abs, self.points)) > MAX_POINTS:
            raise ValueError(f"points lie between -{MAX_POINTS:g} and {MAX_POINTS:g}")
        rises = all(low <= high for low, high in pairwise(self.points))
        if not rises and not all(low >= high for low, high in pairwise(self.points)):
            raise ValueError(
                "points must rise or fall throughout: an input speaks in one direction"
            )
        return self

    @property
    def direction(self) -> int:
        """+1 where more of it is more risk, -1 less, 0 where it says nothing."""
        return (self.points[-1] > self.points[0]) - (self.points[-1] < self.points[0])

    @property
    def spread(self) -> float:
        """Points between the best band and the worst."""
        return max(self.points) - min(self.points)


class ExpertConfig(Config):
    """The expert scorecard, its long-run default rates, and how data move it.

    Attributes:
        race_until: defaulted customers in train up to which the expert score races with the fitted models; 0: never.
        points_to_double: points that double the odds of default.
        long_run_rate: share of customers in good standing that default within a year.
        industry_rates: the same of single industries, as the master data spell them.
        level_weight: defaulted customers that the stated rates weigh as much as.
        points_weight: defaulted customers that the stated points of an input weigh as much as.
        most_restated: how far the weights of a pillar may grow where others of its features are absent.
        features: points by the catalogue's names, grouped by pillar.
    """

    race_until: int = Field(ge=0, le=1_000_000)
    points_to_double: float = Field(20.0, gt=0, le=MAX_POINTS)
    long_run_rate: float = Field(gt=0, lt=1)
    industry_rates: dict[str, float] = Field(default_factory=dict, max_length=200)
    level_weight: float = Field(gt=0, le=1e6)
    points_weight: float = Field(gt=0, le=1e6)
    most_restated: float = Field(1.5, ge=1, le=5)
    features: dict[Pillar, dict[str, ExpertFeature]] = Field(min_length=1)

    @field_validator("industry_rates")
    @classmethod
    def _are_rates(cls, rates: dict[str, float]) -> dict[str, float]:
        wrong = [f"{name}: {rate:g}" for name, rate in rates.items() if not 0 < rate < 1]
        if wrong:
            raise ValueError(f"a rate lies above 0 and below 1: {', '.join(wrong)}")
        return rates

    @model_validator(mode="after")
    def _once(self) -> ExpertConfig:
        names = [name for pillar in self.features.values() for name in pillar]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"an input has points in one pillar only: {', '.join(twice)}")
        return self

    @property
    def names(self) -> list[str]:
        """Every input that has points."""
        return [name for pillar in self.features.values() for name in pillar]
