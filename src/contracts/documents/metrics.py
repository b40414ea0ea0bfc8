"""`reports/metrics.json`: the measures that `dvc metrics diff` compares; keys are stable."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from contracts.documents.base import Document, Part
from contracts.documents.number import Number

WITH_ENDS = (
    "roc_auc", "average_precision", "ks", "brier", "brier_skill", "log_loss", "ece", "cox_slope", "cox_intercept", "level",
)  # fmt: skip
"""Measures whose interval stands beside them as `<measure>_low` and `<measure>_high`: DVC compares numbers, no lists."""


class _Ended(Part):
    """A part without the ends it does not have."""

    @model_serializer(mode="wrap")
    def _without_ends(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {
            key: value
            for key, value in handler(self).items()
            if value is not None or not key.endswith(("_low", "_high"))
        }


class Measured(_Ended):
    """The measures of one model on one part; None where the part holds one outcome only.

    Of the test part each has the ends of its interval, counted by customer, as `<measure>_low` and `<measure>_high`.

    Attributes:
        n: observations.
        defaults: of them.
        roc_auc: share of pairs of a defaulter and a survivor ranked rightly.
        roc_auc_ci: its interval, counted by customer.
        average_precision: share of defaulters among the riskiest, averaged over cut-offs.
        ks: largest gap between the distributions of defaulters and survivors.
        brier: mean squared error of the PDs.
        brier_skill: 1 - Brier / Brier of the part's default rate.
        log_loss: mean negative log-likelihood.
        ece: mean gap between expected and observed default rate over ten bins of equal mass.
        cox_slope: of logit(default) on logit(PD); below 1 the PDs are too spread.
        cox_intercept: of the same line.
        mean_pd: expected default rate.
        level: the intercept with the slope held at 1; above 0 the PDs are too low.
    """

    n: int
    defaults: int
    roc_auc: Number
    roc_auc_ci: tuple[float, float] | None
    average_precision: Number
    ks: Number
    brier: Number
    brier_skill: Number
    log_loss: Number
    ece: Number
    cox_slope: Number
    cox_intercept: Number
    mean_pd: Number
    level: Number
    roc_auc_low: Number = None
    roc_auc_high: Number = None
    average_precision_low: Number = None
    average_precision_high: Number = None
    ks_low: Number = None
    ks_high: Number = None
    brier_low: Number = None
    brier_high: Number = None
    brier_skill_low: Number = None
    brier_skill_high: Number = None
    log_loss_low: Number = None
    log_loss_high: Number = None
    ece_low: Number = None
    ece_high: Number = None
    cox_slope_low: Number = None
    cox_slope_high: Number = None
    cox_intercept_low: Number = None
    cox_intercept_high: Number = None
    level_low: Number = None
    level_high: Number = None


class Origin(Measured):
    """The measures of the recipe at one rolling origin."""

    model_config = ConfigDict(populate_by_name=True)
    from_: str = Field(alias="from")


class Premium(_Ended):
    """Gini of LightGBM less that of the scorecard, on the same rows."""

    gini: Number
    gini_ci: tuple[float, float] | None
    gini_low: Number = None
    gini_high: Number = None


class Cell(Part):
    """Known or new customers, in time or out of time."""

    n: int
    defaults: int
    roc_auc: Number
    roc_auc_ci: tuple[float, float] | None
    brier_skill: Number
    mean_pd: Number


class Metrics(Document):
    """The file. `oracle` is there only where the true PDs are known, `origins` only where the recipe was tried at several."""

    VERSION: ClassVar[int] = 2

    portfolio: str
    test: Measured
    baseline: Measured
    oracle: Measured | None = None
    origins: tuple[Origin, ...] | None = None
    complexity_premium: Premium
    two_by_two: dict[str, Cell]

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A section that is not there has no key, as its readers expect."""
        absent = {key for key in ("oracle", "origins") if getattr(self, key) is None}
        return {key: value for key, value in handler(self).items() if key not in absent}
