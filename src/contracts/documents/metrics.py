"""`reports/metrics.json`: the measures that `dvc metrics diff` compares; keys are stable."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from contracts.documents.base import Document, Part
from contracts.documents.number import Number


class Measured(Part):
    """The measures of one model on one part; None where the part holds one outcome only.

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


class Origin(Measured):
    """The measures of the recipe at one rolling origin."""

    model_config = ConfigDict(populate_by_name=True)
    from_: str = Field(alias="from")


class Premium(Part):
    """Gini of LightGBM less that of the scorecard, on the same rows."""

    gini: Number
    gini_ci: tuple[float, float] | None


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
