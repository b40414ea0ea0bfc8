"""`configs/params.yaml`: how the pipeline works, one section a stage. What each key decides is written beside it there."""

from __future__ import annotations

from pydantic import Field, model_validator

from contracts.config.base import Config
from contracts.config.calibration import CalibrateConfig
from contracts.config.decisions import RateConfig
from contracts.config.engine import EngineConfig
from contracts.config.evaluation import EvaluateConfig
from contracts.config.explanation import ExplainConfig
from contracts.config.features import FeaturesConfig
from contracts.config.quality import ValidateConfig
from contracts.config.registry import RegisterConfig
from contracts.config.scale import ScaleConfig
from contracts.config.training import TrainConfig
from contracts.config.upkeep import MonitorConfig, RecalibrateConfig

PORTFOLIO_NAME = r"^[a-z][a-z0-9_]{0,59}$"
"""A portfolio's name is the stem of a file, the name of a folder and part of names in the registry."""


class Params(Config):
    """The whole of `configs/params.yaml`."""

    portfolio: str = Field("demo", pattern=PORTFOLIO_NAME)
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

    @model_validator(mode="after")
    def _grades_agree(self) -> Params:
        self.rate.check_grades(self.scale.n_grades)
        self.rate.check_no_credit_at_risk()
        return self

    @model_validator(mode="after")
    def _a_reason_can_be_told(self) -> Params:
        """An input that alone doubles the odds costs `pdo` points, and hardly any single one does more."""
        least, pdo = self.explain.least_points, self.scale.pdo
        if least > pdo:
            raise ValueError(f"explain > least_points is {least:g}, and scale > pdo {pdo:g}: only what alone doubles the odds of default would be a reason")  # fmt: skip
        return self
