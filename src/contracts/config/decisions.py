"""From PD to limit, terms, expected loss and action."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from contracts.config.base import Config, Money, Share
from contracts.errors import ConfigError

BY_GRADE = (
    "terms_by_grade",
    "capacity_share_of_equity",
    "capacity_share_of_turnover",
    "capacity_months_paid",
)
"""The lists of `RateConfig`: one value per grade."""
_Days = Annotated[int, Field(ge=0, le=365)]
_Multiple = Annotated[float, Field(ge=0, le=24)]
_Grade = Annotated[int, Field(ge=1, le=100)]
_MIN_LGD = 0.01
"""Of what is owed and not insured, so little is lost by nobody; what is covered stands in `insured_share` of the terms."""
_MIN_DAYS = 5
"""Of the longest terms: nobody grants fewer, and who writes 2 means months."""
_ReviewMonths = Annotated[int, Field(ge=1, le=60)]


class RateConfig(Config):
    """From PD to limit, terms, loss and action (docs/glossary.md#decisions). Tuples are by grade, healthiest first."""

    lgd: Annotated[Share, Field(gt=0)] = 0.45
    terms_by_grade: tuple[_Days, ...] = (60, 60, 60, 60, 45, 45, 30, 14, 0, 0)
    capacity_share_of_equity: tuple[Share, ...] = (
        0.20, 0.20, 0.15, 0.15, 0.10, 0.10, 0.05, 0.03, 0.0, 0.0,
    )  # fmt: skip
    capacity_share_of_turnover: tuple[Share, ...] = (
        0.05, 0.05, 0.04, 0.04, 0.03, 0.03, 0.015, 0.01, 0.0, 0.0,
    )  # fmt: skip
    capacity_months_paid: tuple[_Multiple, ...] = (
        4.0, 4.0, 3.0, 3.0, 2.5, 2.0, 1.5, 1.0, 0.0, 0.0,
    )  # fmt: skip
    starter_limit: Money = 2_000.0
    statement_months: int = Field(24, ge=6, le=120)  # a year's is published half a year after it
    event_months: int = Field(36, ge=6, le=600)
    allowed_loss: Annotated[Money, Field(gt=0)] = 5_000.0
    gross_margin: float = Field(0.20, ge=0, lt=1)
    funding_rate: Share = 0.06
    good_until_grade: _Grade = 4
    weak_from_grade: _Grade = Field(8, ge=2)
    at_risk_from_grade: _Grade = Field(9, ge=2)
    overdue_share: Share = 0.10
    overdue_amount: Money = 500.0
    limit_band: Share = 0.25
    review_months: tuple[_ReviewMonths, _ReviewMonths, _ReviewMonths] = (1, 3, 12)

    @model_validator(mode="after")
    def _worse_grades_get_no_more(self) -> RateConfig:
        for name in BY_GRADE:
            values = getattr(self, name)
            if any(better < worse for better, worse in pairwise(values)):
                raise ValueError(f"{name} may not rise from one grade to the next")
        if 0 < max(self.terms_by_grade, default=0) < _MIN_DAYS:
            raise ValueError(f"terms_by_grade is in days, and the longest of them are {max(self.terms_by_grade)}; months are 30 each")  # fmt: skip
        if list(self.review_months) != sorted(self.review_months):
            raise ValueError("review_months may not fall: high, medium, low risk")
        if not self.good_until_grade < self.weak_from_grade <= self.at_risk_from_grade:
            raise ValueError("good_until_grade < weak_from_grade <= at_risk_from_grade must hold")
        return self

    @field_validator("lgd")
    @classmethod
    def _lgd_is_of_one(cls, lgd: float) -> float:
        if lgd < _MIN_LGD:
            raise ValueError(f"lgd is the share lost of what is owed and not insured, and of 100 owed {100 * lgd:g} would be; 45 % is 0.45, and what an insurer covers stands in credit_terms")  # fmt: skip
        return lgd

    def check_no_credit_at_risk(self) -> None:
        """Raises ConfigError where a list grants credit to a grade at risk, which has none."""
        for name in BY_GRADE:
            granted = getattr(self, name)[self.at_risk_from_grade - 1 :]
            if any(granted):
                raise ConfigError(
                    f"Grades from {self.at_risk_from_grade} have no open credit, and the list grants it to them.",
                    where=f"configs/params.yaml > rate > {name}",
                    value=list(granted),
                    next_step=f"Write 0 from grade {self.at_risk_from_grade} on, or let at_risk_from_grade begin where the list ends.",
                )

    def check_grades(self, n_grades: int) -> None:
        """Raises ConfigError where a list has not one value per grade of the scale, or a level names a grade it lacks.

        Args:
            n_grades: of the scale.
        """
        for name in BY_GRADE:
            values = getattr(self, name)
            if len(values) != n_grades:
                raise ConfigError(
                    f"The list has {len(values)} values for {n_grades} grades.",
                    where=f"configs/params.yaml > rate > {name}",
                    value=list(values),
                    next_step="Give one value per grade: one more than scale > grade_bounds has.",
                )
        if self.at_risk_from_grade > n_grades:
            raise ConfigError(
                f"The scale has {n_grades} grades.",
                where="configs/params.yaml > rate > at_risk_from_grade",
                value=self.at_risk_from_grade,
                next_step="Name a grade of the scale: there is one more than scale > grade_bounds has.",
            )
