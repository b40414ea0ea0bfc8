"""`reports/portfolio.json`: the book as a risk manager reads it. Money is exact: a decimal, written as a text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Self

from contracts.documents.base import Document, Part


class Weight(Part):
    """What a group of customers weighs: how many they are, what they owe, what they are expected to cost."""

    customers: int
    exposure: Decimal
    overdue: Decimal
    expected_loss: Decimal
    mean_pd: float | None


class GradeWeight(Weight):
    """Of one grade, the best is 1."""

    grade: int


class ActionWeight(Weight):
    """Of those that one action is proposed for."""

    action: str


class IndustryWeight(Weight):
    """Of one industry, of the small ones together (`others`), or of customers without one (`unknown`)."""

    industry: str | None
    kind: Literal["named", "others", "unknown"]
    share: float | None


class Headline(Weight):
    """Of the whole book."""

    mean_pd: float | None
    overdue_share: float | None
    expected_loss_share: float | None
    expected_defaults: float
    at_risk: int
    at_risk_exposure: Decimal


class Outside(Part):
    """Customers that owe something and have no score."""

    customers: int
    exposure: Decimal
    overdue: Decimal


class Change(Part):
    """Since an earlier book; customers that are in both move."""

    as_of: date
    worse: int
    better: int
    at_risk_change: int
    exposure_change: Decimal | None = None
    overdue_change: Decimal | None = None


class Reason(Part):
    """One sentence about a customer."""

    en: str
    zh: str | None


class Call(Part):
    """A customer to call, and why."""

    customer_id: str
    name: str
    country: str | None
    industry: str | None
    exposure: Decimal
    overdue: Decimal
    ead: Decimal
    score: int
    grade: int
    pd: float
    action: str
    limit: Decimal
    limit_current: Decimal | None
    limit_bound: str
    terms_days: int
    review_on: date
    expected_loss: Decimal
    reasons: tuple[Reason, ...]


class Turnover(Part):
    """How fast the money comes in: days, and an index for the effectiveness; None where not defined."""

    days: int
    dso: float | None
    best_possible_dso: float | None
    days_delinquent: float | None
    countback_dso: float | None
    effectiveness: float | None


class Bucket(Part):
    """What is open by age."""

    bucket: str
    amount: Decimal
    share: float


class Large(Part):
    """One of the largest balances."""

    customer_id: str
    name: str
    grade: int
    exposure: Decimal
    share: float | None


class PortfolioSummary(Document):
    """What `rate` says of the latest book; its size does not depend on the size of the book."""

    portfolio: str
    title: str
    as_of: date
    currency: str
    horizon_months: int
    lgd: float
    pdo: float
    at_risk_from_grade: int
    has_ledger: bool
    headline: Headline
    outside: Outside | None
    earlier: Change | None
    calls: tuple[Call, ...]
    n_to_call: int
    grades: tuple[GradeWeight, ...]
    actions: tuple[ActionWeight, ...]
    receivables: Turnover | None
    ageing: tuple[Bucket, ...]
    industries: tuple[IndustryWeight, ...]
    largest: tuple[Large, ...]

    @classmethod
    def made_of(cls, summary: Mapping[str, Any]) -> Self:
        """The document of what `decisions.summary.summarise` gives: lists and whole numbers of any library are taken."""
        return cls.model_validate(summary, strict=False)
