"""What a person needs to know of single customers: `reports/customers.json`, from which their pages are made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from contracts.documents.base import Document, Part
from contracts.documents.experience import Experience
from contracts.documents.explanations import ReasonText
from contracts.documents.levers import Helps
from contracts.documents.portfolio import Action, Bound, Cause, Healthy
from contracts.documents.records import (
    Dispute,
    Incident,
    Owed,
    PaidMonth,
    Statement,
    Terms,
    Trading,
)
from contracts.documents.told import Context, Fact

Unscored = Literal[
    "in_default", "onboarded_later", "never_billed", "no_longer_buying", "nothing_recent", "default_set_aside", "not_observed"
]  # fmt: skip
"""Why a customer has no score on the day of decision."""


class Who(Part):
    """A customer's master data, as delivered; country and currency are codes."""

    customer_id: str
    name: str | None
    country: str | None
    industry: str | None
    legal_form: str | None
    is_natural_person: bool
    founded_on: date | None
    onboarded_on: date | None
    currency: str


class NoScore(Part):
    """Why it has none; `on` is the first day of the default, of the business relation, or of the last invoice."""

    why: Unscored
    on: date | None = None


class Pillar(Part):
    """What one pillar adds to the score."""

    pillar: str
    points: float


class Input(Part):
    """What one input adds to the score: its own value and that of healthy customers.

    Each is a number or the name of a category, None where it is missing, and a text as people read it, without the unit's word.
    """

    feature: str
    pillar: str
    unit: str
    wording_en: str
    wording_zh: str
    value: float | str | None
    typical: float | str | None
    value_text: str | None
    typical_text: str | None
    points: float


class Rated(Part):
    """Score and decision (see the table `portfolio`), and what the score is made of.

    Attributes:
        exact: the score before rounding and clipping; `base`, and the points of all pillars, add up to it.
        base: points before any input speaks.
        pillars: points by pillar.
        inputs: those that count most, by absolute points.
        rest: points of all other inputs, and how many they are.
        n_rest: how many other inputs there are.
        reasons, strengths, context: see the table `reasons`.
    """

    score: int
    exact: float
    grade: int
    pd: float
    action: Action
    because: Cause
    limit: Decimal | None
    limit_bound: Bound | None
    terms_days: int
    review_on: date
    ead: Decimal
    expected_loss: Decimal
    base: float
    pillars: tuple[Pillar, ...]
    inputs: tuple[Input, ...]
    rest: float
    n_rest: int
    reasons: tuple[ReasonText, ...]
    strengths: tuple[ReasonText, ...]
    context: tuple[Context, ...]


class Past(Part):
    """The score on one day of decision, by the model of this run."""

    as_of: date
    score: int
    pd: float


class MovedPart(Part):
    """What moved the score, the input that led it, and its value then and now, as a number or a category and as text.

    `kind` is a code. `subject`, the one idea, is missing of all else together; the input is so too where none of its own moved that way.
    """

    kind: str
    subject: str | None = None
    wording_en: str | None
    wording_zh: str | None
    unit: str | None
    feature: str | None
    value_then: float | str | None
    value_now: float | str | None
    value_then_text: str | None
    value_now_text: str | None
    points: float


class Moved(Part):
    """Why the score is not what it was on an earlier day, by the model of today on both; the parts add up."""

    since: date
    parts: tuple[MovedPart, ...]


class SinceVersion(Part):
    """What an earlier version says of the same day, and why the model of this run says something else; the parts add up.

    Attributes:
        version: its number in the registry.
        score_then: by that version, before rounding and clipping.
        score_now: by the model of this run.
        model: points of the new boosters.
        calibration: points of the new calibration.
        scale: points of the new scale.
    """

    version: str
    score_then: float
    score_now: float
    model: float
    calibration: float
    scale: float


class Member(Part):
    """Another customer of its group: score and grade where it is in the book; the balance is missing without a ledger."""

    customer_id: str
    name: str | None
    is_head: bool
    grade: int | None
    score: int | None
    exposure: Decimal | None


class Group(Part):
    """Customers that belong together.

    Attributes:
        head: customer_id of the group's head; it may be no customer of ours.
        is_head: whether this customer is the head.
        members: the others, largest open balance first.
        n_members: how many others there are.
        exposure: what all of them owe, this customer included; missing without a ledger.
        at_risk: how many of all are at risk.
        n_unscored: how many of all have no score, such as those in default.
    """

    head: str
    is_head: bool
    members: tuple[Member, ...]
    n_members: int
    exposure: Decimal | None
    at_risk: int
    n_unscored: int


class Standing(Part):
    """Where it stands among customers with a score: of its industry (None: of the whole book), itself included."""

    industry: str | None
    customers: int
    safer: int
    median_score: float
    median_pd: float


class Customer(Part):
    """One customer, as known before the day of decision. What is not known is None or empty, and the page says so."""

    who: Who
    rated: Rated | None
    no_score: NoScore | None
    history: tuple[Past, ...]
    moved: tuple[Moved, ...]
    facts: tuple[Fact, ...]
    terms: Terms | None
    owed: Owed | None
    trading: Trading | None
    paid: tuple[PaidMonth, ...]
    statements: tuple[Statement, ...]
    disputes: tuple[Dispute, ...]
    n_disputes: int
    events: tuple[Incident, ...]
    n_events: int
    group: Group | None
    standing: tuple[Standing, ...]
    helps: Helps | None = None
    since_version: SinceVersion | None = None


class Customers(Document):
    """Some customers and how their numbers are read. It holds so many of them, whatever the size of the book.

    Attributes:
        portfolio: its name.
        title: for people.
        gates_not_passed: codes of the gates that keep the model behind these figures out of the registry.
        rests_on: what the score rests on where it was not fitted to the book's own defaults; None where it was.
        as_of: day of decision.
        currency: the reporting currency, ISO 4217.
        horizon_months: of the PD and of the expected loss.
        lgd: loss given default of the uninsured part.
        pdo: points that double the odds.
        n_grades: of the scale.
        at_risk_from_grade: grade from which a customer is at risk.
        event_months: how far back legal action and an insurer's claim are facts to know; what is final is one for good.
        delivered: raw tables that the portfolio delivers: what is not delivered is not known of anybody.
        healthy: whom reasons and strengths compare with; None where nothing was explained.
        customers: each of them.
    """

    VERSION: ClassVar[int] = 4

    portfolio: str
    title: str
    gates_not_passed: tuple[str, ...]
    as_of: date
    currency: str
    horizon_months: int
    lgd: float
    pdo: float
    n_grades: int
    at_risk_from_grade: int
    event_months: int
    delivered: tuple[str, ...]
    healthy: Healthy | None
    customers: tuple[Customer, ...]
    rests_on: Experience | None = None
