"""`reports/validation_model.json`: the model validation as codes and numbers; pages and sheets are made of it alone."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from contracts.documents.base import Document, Part
from contracts.documents.checks import GateFinding
from contracts.documents.earned import Earned
from contracts.documents.experience import Experience
from contracts.documents.finding import Finding, Outcome
from contracts.documents.number import Figure, Number
from contracts.documents.open_rows import OpenYear
from contracts.documents.validation_inside import (  # fmt: skip
    Boosters,
    Concentration,
    MovedFeature,
    PointsCard,
    Search,
    Selection,
    Selective,
    Shipped,
    Wording,
)

Severity = Literal["bad", "warn", "good", "info"]
Model = Literal["lightgbm", "scorecard", "oracle"]
PartName = Literal["train", "calibrate", "holdout", "test"]


class Verdict(Part):
    """Passed, unless a gate stops registration.

    Attributes:
        blocking: gates that stop it.
        can_block: how many gates could.
    """

    outcome: Literal["passed", "failed"]
    blocking: tuple[str, ...]
    can_block: int


class Subject(Part):
    """What shares a finding: a feature (`name`), or a level of a segment, with the figure that is said of it."""

    kind: Literal["feature", "segment"]
    name: str
    level: str | None = None
    value: Number = None


class ValidationFinding(Finding):
    """A finding for the committee.

    Attributes:
        severity: bad stops registration; warn must be looked at; good; info.
        subjects: features or segments that share it.
        also: gates that failed of the same cause.
    """

    severity: Severity
    subjects: tuple[Subject, ...] = ()
    also: tuple[str, ...] = ()


class PartFacts(Part):
    """Rows, customers, defaults and dates of a part; `until` is the day after its last."""

    part: PartName
    n: int
    customers: int
    defaults: int
    defaulted_customers: int
    rate: float
    from_: date = Field(alias="from")
    until: date


class Cell(Part):
    """Known or new customers, in the years of the development sample or later; `learned_from` figures flatter."""

    customers: Literal["known", "new"]
    time: Literal["in_time", "out_of_time"]
    n: int
    defaults: int
    roc_auc: Figure
    brier_skill: Number
    mean_pd: Number
    rate: Number
    learned_from: bool


class Figures(Part):
    """Every measure of one model on one part. `observed_to_expected` = default rate / mean PD; `level` is in log-odds."""

    n: int
    defaults: int
    roc_auc: Figure
    gini: Figure
    ks: Figure
    average_precision: Figure
    brier: Figure
    brier_skill: Figure
    log_loss: Figure
    ece: Figure
    cox_slope: Figure
    cox_intercept: Figure
    level: Figure
    mean_pd: Number
    rate: Figure
    observed_to_expected: Figure


class OriginYear(Part):
    """The year after a rolling origin: the recipe of that day on what came; `until`: the day after the last day of decision."""

    origin: date
    until: date
    figures: Figures


class Gains(Part):
    """LightGBM less scorecard on the same rows; undefined where there is no scorecard."""

    gini: Figure
    average_precision: Figure
    brier_skill: Figure


class Bin(Part):
    """A bin of equal mass of the reliability chart."""

    mean_pd: float
    rate: float
    low: float
    high: float
    n: int
    defaults: int


class ScorePoint(Part):
    """Share of survivors and of defaulters in one step of the score."""

    score: float
    survived: float
    defaulted: float


class RocPoint(Part):
    """Share of survivors and of defaulters above one cut-off."""

    false_alarms: float
    caught: float


class GradeRow(Part):
    """A grade, on dates whose outcome windows do not overlap; p-values of "the PD is not too low"."""

    grade: int
    n: int
    defaults: int
    mean_pd: Number
    rate: Number
    low: Number
    high: Number
    jeffreys_p: Number
    binomial_p: Number
    upper_bound: Number
    most_prudent: Number
    share_n: Number
    share_exposure: Number


class BacktestRow(Part):
    """A significance test of one model."""

    code: str
    model: Model
    statistic: Number
    p_value: Number
    n: int
    outcome: Outcome


class SegmentRow(Part):
    """A level of a segment; `level` None where it is missing in the data."""

    segment: str
    level: str
    n: int
    defaults: int
    roc_auc: Figure
    scorecard_auc: Figure
    mean_pd: float
    rate: Figure
    level_off: Figure
    observed_to_expected: Figure
    jeffreys_p: Number


class DateRow(Part):
    """One date of observation."""

    as_of: date
    n: int
    defaults: int
    mean_pd: float
    rate: Figure
    roc_auc: Figure


class Migrations(Part):
    """Moves between grades from the first to the last date; `matrix` counts customers, from (row) to (column)."""

    from_: date | None = Field(alias="from")
    until: date | None
    n: int
    bandwidth_up: Number
    bandwidth_down: Number
    share_same: Number
    share_within_one: Number
    matrix: tuple[tuple[int, ...], ...]


class ValidationModel(Document):
    """The file."""

    VERSION: ClassVar[int] = 6
    verdict: Verdict
    portfolio: str
    title: str
    horizon_months: int
    confidence: float
    checks: tuple[GateFinding, ...]
    parts: tuple[PartFacts, ...]
    two_by_two: tuple[Cell, ...]
    models: dict[str, dict[str, Figures]]
    premium: Gains
    reliability: dict[str, tuple[Bin, ...]]
    score_distribution: tuple[ScorePoint, ...]
    roc: dict[str, tuple[RocPoint, ...]]
    grades: tuple[GradeRow, ...]
    tests: tuple[BacktestRow, ...]
    migrations: Migrations
    concentration: Concentration
    segments: tuple[SegmentRow, ...]
    as_of: tuple[DateRow, ...]
    origins: tuple[OriginYear, ...]
    pooled: Figures | None
    open_years: tuple[OpenYear, ...]
    earned: Earned
    stability: tuple[MovedFeature, ...]
    scorecard: PointsCard
    lightgbm: Boosters
    shipped: Shipped | None
    selective: Selective
    search: Search | None
    selection: Selection | None
    words: dict[str, Wording]
    findings: tuple[ValidationFinding, ...]
    rests_on: Experience | None = None
    fitted_scale: tuple[float, ...] | None = None
