"""How the boosters and the scorecard are trained: search, selection, flavours, refit."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from contracts.config.base import Config, Folds, Seed, Threads, no_repeats


class SearchConfig(Config):
    """The Optuna search over time-ordered folds. Its budget is trials, minutes, or whichever comes first."""

    trials: int | None = Field(12, ge=1, le=100_000)
    minutes: float | None = Field(None, gt=0, le=100_000)
    folds: Folds = 3
    storage_variable: str = Field("BONITAS_STUDIES", min_length=1)

    @model_validator(mode="after")
    def _has_a_budget(self) -> SearchConfig:
        if self.trials is None and self.minutes is None:
            raise ValueError("the search has no budget: give trials, minutes, or both")
        return self


class SelectionConfig(Config):
    """Which features are kept, judged on the time-ordered folds of the search."""

    method: Literal["none", "shap"] = "none"
    sizes: tuple[int, ...] = Field((10, 20, 40, 80), min_length=1)
    psi_brake: float = Field(5.0, gt=0, le=1e6)
    earlier: bool = False

    @model_validator(mode="after")
    def _sizes_rise(self) -> SelectionConfig:
        if not 1 <= self.sizes[0] <= self.sizes[-1] <= 100_000 or any(
            a >= b for a, b in pairwise(self.sizes)
        ):
            raise ValueError("sizes must be positive and rise, to 100,000 at most")
        return self


FlavourName = Literal[
    "searched", "by_hand", "lightgbm", "deep", "shallow", "extra_trees", "relative", "relative_shallow", "relative_extra_trees", "absolute",
]  # fmt: skip


FLAVOUR_NAMES: tuple[FlavourName, ...] = get_args(FlavourName)
"""Those that `models.training.flavours` knows."""


class TrainConfig(Config):
    """LightGBM, and the scorecard beside it."""

    seed: Seed = 7
    threads: Threads = 2
    max_rounds: int = Field(600, ge=10, le=100_000)
    early_stopping_rounds: int = Field(40, ge=5, le=10_000)
    max_depth: int = Field(6, ge=1, le=12)
    min_defaults: int = Field(20, ge=5, le=1_000_000)
    search: SearchConfig = SearchConfig()
    selection: SelectionConfig = SelectionConfig()
    flavours: tuple[FlavourName, ...] = Field(FLAVOUR_NAMES, min_length=1)
    members: int = Field(3, ge=1, le=8)
    refit: Literal["all", "matured", "train"] = "all"
    unseen_folds: Folds = 3
    open_rows: Literal["auto", "weighed", "left_out"] = "auto"

    _each_once = field_validator("flavours")(no_repeats)
