"""What moves the score, in general and for three customers: `reports/explanations.json`. Its size is constant."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from contracts.documents.base import Document, Part
from contracts.documents.experience import Experience


class PillarWeight(Part):
    """Mean absolute points of a pillar, customer by customer."""

    pillar: str
    mean_abs_points: float


class Effect(Part):
    """Mean points at one value of a feature: the median of a bin, or a category."""

    value: float | str
    points: float


class FeatureEffect(Part):
    """One of the strongest features.

    Attributes:
        feature: its name.
        wording_en: what it measures.
        wording_zh: the same in Chinese.
        pillar: it belongs to.
        unit: of its values: days, months, count, share, money, ratio, category.
        direction: +1 more of it means more risk, -1 less, 0 free.
        mean_abs_points: over all customers.
        effect: points by value.
    """

    feature: str
    wording_en: str
    wording_zh: str
    pillar: str
    unit: str
    direction: int
    mean_abs_points: float
    effect: tuple[Effect, ...]


class FeaturePoints(Part):
    """Points that one feature gives one customer."""

    wording_en: str
    wording_zh: str
    points: float


class ReasonText(Part):
    """A reason as a sentence with the customer's own number, in both languages."""

    en: str
    zh: str


class Example(Part):
    """One customer: score, grade, PD, its reasons and its strongest points."""

    customer_id: str
    name: str | None
    score: int
    grade: int
    pd: float
    reasons: tuple[ReasonText, ...]
    points: tuple[FeaturePoints, ...]


class Explanations(Document):
    """The latest book explained.

    Attributes:
        portfolio: its name.
        gates_not_passed: codes of the gates that keep the model behind these figures out of the registry.
        rests_on: what the score rests on where it was not fitted to the book's own defaults; None where it was.
        as_of: day of decision.
        n_customers: in the book.
        pillars: all of them.
        features: the strongest ones.
        examples: the customers with the highest, the median and the lowest PD.
    """

    VERSION: ClassVar[int] = 3

    portfolio: str
    gates_not_passed: tuple[str, ...]
    as_of: date
    n_customers: int
    pillars: tuple[PillarWeight, ...]
    features: tuple[FeatureEffect, ...]
    examples: tuple[Example, ...]
    rests_on: Experience | None = None
