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


class Agreement(Part):
    """How often, in one grade, the first reason is among the inputs that cost most by LightGBM's own SHAP values.

    Attributes:
        grade: of the customers.
        customers: those with a reason.
        first: share of which it is the very first.
        among: share of which it is among the first so many.
        lifts: share whose grade is better once all their reasons are healed.
    """

    grade: int
    customers: int
    first: float
    among: float
    lifts: float


class Inert(Part):
    """An input that no tree reads: it moves no score."""

    feature: str
    wording_en: str
    wording_zh: str


class Interval(Part):
    """A share, and the ends of its interval of 95 %."""

    value: float
    low: float
    high: float


class ReasonsMeasured(Part):
    """What was measured of the reasons of the newest book; None where it cannot be.

    To heal a reason is to give all inputs of its idea the values of healthy peers, wherever the customer is worse than these.

    Attributes:
        customers: with a reason, that were looked at.
        each_rises: share of the single reasons that raise the score when they alone are healed.
        rises: share of the customers whose score rises once all their reasons are healed.
        lifts: share whose grade is better then.
        able: customers whose grade is better once everything is healed in which they are worse: no reasons could do more for others.
        able_lifts: share of these whose grade is better with their reasons healed.
        able_plain: the same of as many inputs with the highest SHAP values.
        members: boosters averaged in the model.
        overlap: share of the reasons that one booster alone gives as well.
        drawn_anew: share of the reasons that are given as well when the healthy customers are drawn anew, with replacement.
        planted: rows of healthy customers in which a trouble was planted that costs a reason's points.
        recall: share of which the trouble is among the reasons.
        recall_plain: share of which it is among as many inputs with the highest SHAP values.
        among: how many inputs `Agreement.among` looks at.
        agreement: by grade.
        foreign: `among` of reasons dealt to other customers, over all grades.
        least: share below which the reasons of a grade are refused.
        inputs: of the model.
        inert: those that no tree reads.
    """

    customers: int
    each_rises: float | None
    rises: float | None
    lifts: float | None
    able: int
    able_lifts: Interval | None
    able_plain: float | None
    members: int
    overlap: float | None
    drawn_anew: float | None
    planted: int
    recall: float | None
    recall_plain: float | None
    among: int
    agreement: tuple[Agreement, ...]
    foreign: float | None
    least: float
    inputs: int
    inert: tuple[Inert, ...]


class Dot(Part):
    """One customer: the points that a feature gives it, and where its value stands among all, 0 lowest to 1 highest; None where missing."""

    points: float
    place: float | None


class Swarm(Part):
    """The dots of a feature: of so many customers, whatever the size of the book."""

    feature: str
    dots: tuple[Dot, ...]


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
        measured: how far the printed reasons are true.
        swarm: points of single customers at each of the strongest features.
    """

    VERSION: ClassVar[int] = 4

    portfolio: str
    gates_not_passed: tuple[str, ...]
    as_of: date
    n_customers: int
    pillars: tuple[PillarWeight, ...]
    features: tuple[FeatureEffect, ...]
    examples: tuple[Example, ...]
    measured: ReasonsMeasured
    swarm: tuple[Swarm, ...]
    rests_on: Experience | None = None
