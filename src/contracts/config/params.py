"""`configs/params.yaml`: how the pipeline works, one section a stage. What each key decides is written beside it there."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal, get_args

from pydantic import Field, model_validator

from contracts.config.base import Config

SPARK_FIXED = {
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, not a missing value
    "spark.sql.caseSensitive": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",  # products of decimals keep their scale
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.session.timeZone": "UTC",
}
"""Settings of Spark under which its arithmetic is that of DuckDB. A config may not change them."""


class SparkConfig(Config):
    """How Spark is reached, for users who outgrew one machine."""

    master: str | None = Field(None, pattern=r"^(local(\[[\d*,]+\])?|yarn|(spark|k8s)://\S+)$")
    scratch: str | None = Field(None, min_length=1)
    shuffle_partitions: int | None = Field(None, ge=1)
    conf: dict[str, str | bool | int | float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _results_do_not_depend_on_it(self) -> SparkConfig:
        changed = sorted(set(self.conf) & set(SPARK_FIXED))
        if changed:
            raise ValueError(f"conf may not set what results depend on: {', '.join(changed)}")
        foreign = sorted(key for key in self.conf if not key.startswith("spark."))
        if foreign:
            raise ValueError(f"keys of conf begin with 'spark.', not: {', '.join(foreign)}")
        return self


class EngineConfig(Config):
    """Where relational work runs."""

    engine: Literal["duckdb", "spark"] = "duckdb"
    threads: int = Field(2, ge=1)
    memory_limit: str = Field("4GB", pattern=r"^\d+(\.\d+)?(MB|GB|TB)$")
    spark: SparkConfig = SparkConfig()


class ValidateConfig(Config):
    """Tolerance by rule: the share of a table's rows a rule may quarantine before it stops the run."""

    tolerance: dict[str, float] = Field(default_factory=dict)


class FeaturesConfig(Config):
    """Which features are built."""

    families: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    windows_days: tuple[int, ...] = (90, 365)


class SearchConfig(Config):
    """The Optuna search over time-ordered folds. Its budget is trials, minutes, or whichever comes first."""

    trials: int | None = Field(12, ge=1)
    minutes: float | None = Field(None, gt=0, allow_inf_nan=False)
    folds: int = Field(3, ge=2)
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
    psi_brake: float = Field(5.0, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _sizes_rise(self) -> SelectionConfig:
        if self.sizes[0] < 1 or any(a >= b for a, b in pairwise(self.sizes)):
            raise ValueError("sizes must be positive and rise")
        return self


FlavourName = Literal[
    "searched", "by_hand", "shallow", "extra_trees", "relative", "relative_shallow", "relative_extra_trees", "absolute",
]  # fmt: skip


FLAVOUR_NAMES: tuple[FlavourName, ...] = get_args(FlavourName)
"""Those that `models.flavours` knows."""


class TrainConfig(Config):
    """LightGBM, and the scorecard beside it."""

    seed: int = 7
    threads: int = Field(2, ge=1)
    max_rounds: int = Field(600, ge=10)
    early_stopping_rounds: int = Field(40, ge=5)
    max_depth: int = Field(4, ge=1, le=12)
    min_defaults: int = Field(20, ge=5)
    search: SearchConfig = SearchConfig()
    selection: SelectionConfig = SelectionConfig()
    flavours: tuple[FlavourName, ...] = Field(FLAVOUR_NAMES, min_length=1)
    members: int = Field(3, ge=1, le=8)
    refit: Literal["matured", "train"] = "matured"
    unseen_folds: int = Field(5, ge=2)


CalibrationMethod = Literal["identity", "offset", "platt", "beta", "isotonic"]


class CalibrateConfig(Config):
    """Which calibrators may be chosen."""

    methods: tuple[CalibrationMethod, ...] = Field(get_args(CalibrationMethod), min_length=1)
    folds: int = Field(5, ge=2)
    min_defaults_shape: int = Field(150, ge=10)
    long_run_rate: float | None = Field(None, gt=0, lt=1)


class EvaluateConfig(Config):
    """How sure the figures are."""

    confidence: float = Field(0.95, gt=0.5, lt=1)
    bootstrap_draws: int = Field(400, ge=50)
    seed: int = 7


class ScaleConfig(Config):
    """PD to score to grade (DOMAIN, section 6)."""

    base_score: float = 600.0
    base_odds: float = Field(30.0, gt=0)
    pdo: float = Field(40.0, gt=0)
    grade_bounds: tuple[float, ...] = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.10, 0.30)


class ExplainConfig(Config):
    """How reasons are chosen."""

    reasons: int = Field(4, ge=1, le=4)
    correlation_group: float = Field(0.7, gt=0, le=1)
    least_points: float = Field(3.0, ge=0)


class RateConfig(Config):
    """From PD to limit, terms, loss and action (DOMAIN, section 7). Tuples are by grade, healthiest first."""

    lgd: float = Field(0.45, gt=0, le=1)
    terms_by_grade: tuple[int, ...] = (60, 60, 60, 60, 45, 45, 30, 14, 0, 0)
    capacity_share_of_equity: tuple[float, ...] = (
        0.20, 0.20, 0.15, 0.15, 0.10, 0.10, 0.05, 0.03, 0.0, 0.0,
    )  # fmt: skip
    capacity_share_of_turnover: tuple[float, ...] = (
        0.05, 0.05, 0.04, 0.04, 0.03, 0.03, 0.015, 0.01, 0.0, 0.0,
    )  # fmt: skip
    capacity_months_paid: tuple[float, ...] = (
        4.0, 4.0, 3.0, 3.0, 2.5, 2.0, 1.5, 1.0, 0.0, 0.0,
    )  # fmt: skip
    starter_limit: float = Field(2_000.0, ge=0)
    statement_months: int = Field(24, ge=1)
    allowed_loss: float = Field(5_000.0, gt=0)
    gross_margin: float = Field(0.20, ge=0, le=1)
    funding_rate: float = Field(0.06, ge=0, le=1)
    good_until_grade: int = Field(4, ge=1)
    weak_from_grade: int = Field(8, ge=2)
    at_risk_from_grade: int = Field(9, ge=2)
    overdue_share: float = Field(0.10, ge=0, le=1)
    overdue_amount: float = Field(500.0, ge=0)
    limit_band: float = Field(0.25, ge=0)
    review_months: tuple[int, int, int] = (1, 3, 12)

    @model_validator(mode="after")
    def _worse_grades_get_no_more(self) -> RateConfig:
        for name in (
            "terms_by_grade",
            "capacity_share_of_equity",
            "capacity_share_of_turnover",
            "capacity_months_paid",
        ):
            values = getattr(self, name)
            if any(better < worse for better, worse in pairwise(values)) or min(values) < 0:
                raise ValueError(
                    f"{name} may not rise from one grade to the next, nor fall below 0"
                )
        if not self.good_until_grade < self.weak_from_grade <= self.at_risk_from_grade:
            raise ValueError("good_until_grade < weak_from_grade <= at_risk_from_grade must hold")
        return self


class MonitorConfig(Config):
    """When a change is a finding."""

    false_discovery_rate: float = Field(0.05, gt=0, lt=1)
    significance: float = Field(0.05, gt=0, lt=1)
    months: int = Field(12, ge=1)
    bins: int = Field(10, ge=2, le=50)


class RecalibrateConfig(Config):
    """The evidence each intervention needs."""

    months: int = Field(12, ge=1)
    significance: float = Field(0.05, gt=0, lt=1)
    power: float = Field(0.80, gt=0.5, lt=1)
    min_defaults_offset: int = Field(25, ge=1)
    min_defaults_slope: int = Field(50, ge=1)
    min_defaults_shape: int = Field(150, ge=1)
    promote: bool = False


class RegisterConfig(Config):
    """Where versions live and what a new champion must show."""

    tracking_uri: str = "sqlite:///mlflow.db"
    significance: float = Field(0.05, gt=0, lt=0.5)


class Params(Config):
    """The whole of `configs/params.yaml`."""

    portfolio: str = Field("demo", pattern=r"^[a-z][a-z0-9_]*$")
    engine: EngineConfig = EngineConfig()
    validate_: ValidateConfig = Field(ValidateConfig(), alias="validate")
    features: FeaturesConfig = FeaturesConfig()
    train: TrainConfig = TrainConfig()
    calibrate: CalibrateConfig = CalibrateConfig()
    evaluate: EvaluateConfig = EvaluateConfig()
    scale: ScaleConfig = ScaleConfig()
    explain: ExplainConfig = ExplainConfig()
    rate: RateConfig = RateConfig()
    register_: RegisterConfig = Field(RegisterConfig(), alias="register")
    monitor: MonitorConfig = MonitorConfig()
    recalibrate: RecalibrateConfig = RecalibrateConfig()


class GateConfig(Config):
    """One gate: its threshold, whether failing it stops registration, and whether declining does."""

    title: str
    title_zh: str = ""
    threshold: float
    blocks: bool = True
    not_applicable_blocks: bool = True
    waiver: str | None = None

    def waived(self, reason: str) -> GateConfig:
        """This gate, judged and reported as ever, but not stopping registration, for the reason given."""
        return self.model_copy(update={"blocks": False, "waiver": reason})
