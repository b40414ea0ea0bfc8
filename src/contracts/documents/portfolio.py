"""The book on the day of decision: `reports/portfolio.json`. Money is exact, in reporting currency; its size is constant."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from contracts.documents.base import Document, Part
from contracts.documents.explanations import ReasonText

Action = Literal["grow", "keep", "review", "reduce", "secure", "stop"]
Bound = Literal["need", "capacity", "appetite"]
Kind = Literal["named", "others", "unknown"]


class Headline(Part):
    """The scored book in one line.

    Attributes:
        customers: with a score.
        exposure: open balance.
        overdue: part of it past due.
        overdue_share: of the exposure; None where nothing is owed.
        expected_loss: PD x LGD x uninsured EAD.
        expected_loss_share: of the exposure.
        expected_defaults: sum of the PDs.
        mean_pd: unweighted.
        at_risk: customers in `at_risk_from_grade` or worse.
        at_risk_exposure: what they owe.
    """

    customers: int
    exposure: Decimal
    overdue: Decimal
    overdue_share: float | None
    expected_loss: Decimal
    expected_loss_share: float | None
    expected_defaults: float
    mean_pd: float
    at_risk: int
    at_risk_exposure: Decimal


class Outside(Part):
    """Customers that owe something and have no score: in default on the day, or not active."""

    customers: int
    exposure: Decimal
    overdue: Decimal


class Moves(Part):
    """Changes since the book of `as_of`. Grades are compared for customers in both books.

    Attributes:
        as_of: of the earlier book.
        worse: customers now in a worse grade.
        better: customers now in a better one.
        at_risk_change: in the number of customers at risk, each book whole.
        exposure_change: None without a ledger.
        overdue_change: None without a ledger.
    """

    as_of: date
    worse: int
    better: int
    at_risk_change: int
    exposure_change: Decimal | None = None
    overdue_change: Decimal | None = None


class Call(Part):
    """A customer to call: what it owes, its score, why, and the decision (see the table `portfolio`)."""

    customer_id: str
    name: str
    country: str | None
    industry: str | None
    exposure: Decimal
    overdue: Decimal
    ead: Decimal
    expected_loss: Decimal
    score: int
    grade: int
    pd: float
    action: Action
    limit: Decimal
    limit_bound: Bound
    limit_current: Decimal | None
    terms_days: int
    review_on: date
    reasons: tuple[ReasonText, ...]


class Weight(Part):
    """Customers, money and mean PD of a part of the book; no PD where it is empty."""

    customers: int
    exposure: Decimal
    overdue: Decimal
    expected_loss: Decimal
    mean_pd: float | None


class GradeWeight(Weight):
    """One grade of the scale, also an empty one."""

    grade: int


class ActionWeight(Weight):
    """The customers with one action."""

    action: Action


class IndustryWeight(Weight):
    """One industry, all `others` together, or those `unknown`; `share` is of the exposure."""

    industry: str | None
    kind: Kind
    share: float | None


class Largest(Part):
    """One of the largest open balances; `share` is of the exposure."""

    customer_id: str
    name: str
    grade: int
    exposure: Decimal
    share: float | None


class Collections(Part):
    """How fast the whole ledger's money came in over the newest `days` (docs/glossary.md#receivables). None where not defined."""

    days: int
    dso: float | None
    best_possible_dso: float | None
    days_delinquent: float | None
    countback_dso: float | None
    effectiveness: float | None


class AgeBucket(Part):
    """Open balance of the whole ledger by days past due."""

    bucket: str
    amount: Decimal
    share: float


class Portfolio(Document):
    """What a risk manager asks of a book: how large, how late, how risky, whom to call.

    Attributes:
        portfolio: its name.
        gates_not_passed: codes of the gates that keep the model behind these figures out of the registry.
        title: for people.
        as_of: day of decision.
        currency: of all money, ISO 4217.
        horizon_months: of the PD and of the expected loss.
        lgd: loss given default of the uninsured part.
        pdo: points that double the odds.
        at_risk_from_grade: grade from which a customer is at risk.
        has_ledger: whether invoices and payments are delivered; without them all money but limits is 0.
        headline: totals.
        outside: owed by customers without a score; None where there are none.
        earlier: what moved since; None without an earlier book.
        calls: the first customers to call, in order.
        n_to_call: how many there are.
        grades: every grade.
        actions: every action, the most urgent first.
        receivables: of the whole ledger; None without one.
        ageing: of the whole ledger.
        industries: those that hold most of the book, then the others, then the unknown.
        largest: open balances, largest first.
    """

    VERSION: ClassVar[int] = 2

    portfolio: str
    gates_not_passed: tuple[str, ...]
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
    earlier: Moves | None
    calls: tuple[Call, ...]
    n_to_call: int
    grades: tuple[GradeWeight, ...]
    actions: tuple[ActionWeight, ...]
    receivables: Collections | None
    ageing: tuple[AgeBucket, ...]
    industries: tuple[IndustryWeight, ...]
    largest: tuple[Largest, ...]
