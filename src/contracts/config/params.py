"""`configs/params.yaml`: how the pipeline works, one section a stage. What each key decides is written beside it there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.config.base import Config


class EngineConfig(Config):
    """Where relational work runs."""

    engine: Literal["duckdb"] = "duckdb"
    threads: int = Field(2, ge=1)
    memory_limit: str = Field("4GB", pattern=r"^\d+(\.\d+)?(MB|GB|TB)$")


class ValidateConfig(Config):
    """Tolerance by rule: the share of a table's rows a rule may quarantine before it stops the run."""

    tolerance: dict[str, float] = Field(default_factory=dict)


class FeaturesConfig(Config):
    """Which features are built."""

    families: tuple[str, ...] = ()
    windows_days: tuple[int, ...] = (90, 365)


class SearchConfig(Config):
    """The Optuna search over time-ordered folds."""

    trials: int = Field(12, ge=1)
    folds: int = Field(3, ge=2)


class TrainConfig(Config):
    """LightGBM, and the scorecard beside it."""

    seed: int = 7
    threads: int = Field(2, ge=1)
    max_rounds: int = Field(600, ge=10)
    early_stopping_rounds: int = Field(40, ge=5)
    max_depth: int = Field(4, ge=1, le=12)
    min_defaults: int = Field(20, ge=5)
    search: SearchConfig = SearchConfig()


class CalibrateConfig(Config):
    """Which calibrators may be chosen."""

    methods: tuple[Literal["identity", "offset", "platt"], ...] = ("identity", "offset", "platt")
    folds: int = Field(5, ge=2)
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


class RateConfig(Config):
    """From PD to limit, terms, loss and action (DOMAIN, section 7)."""

    lgd: float = Field(0.45, gt=0, le=1)
    terms_by_grade: tuple[int, ...] = (60, 60, 60, 60, 45, 45, 30, 14, 0, 0)
    capacity_share_of_equity: tuple[float, ...] = (
        0.20, 0.20, 0.15, 0.15, 0.10, 0.10, 0.05, 0.03, 0.0, 0.0,
    )  # fmt: skip
    allowed_loss: float = Field(5_000.0, gt=0)
    review_months: tuple[int, int, int] = (1, 3, 12)


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
    threshold: float
    blocks: bool = True
    not_applicable_blocks: bool = True
