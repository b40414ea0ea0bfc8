"""The book on the day of decision: `reports/portfolio.json`. Money is exact, in reporting currency; its size is constant."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar, Literal

from contracts.documents.base import Document, Part
from contracts.documents.experience import Experience
from contracts.documents.explanations import ReasonText
from contracts.documents.scenarios import PdLevel, Scenario
from contracts.documents.told import Context, Fact

Action = Literal["grow", "keep", "review", "reduce", "secure", "stop"]
Bound = Literal["need", "capacity", "appetite", "grade", "margin", "in_force"]
Cause = Literal[
    "worst_grade", "at_risk_overdue", "at_risk", "loss_above_allowed", "limit_above", "balance_above", "balance_above_need", "overdue", "over_limit",
    "weak_grade", "terms_unpaid", "room", "nothing",
]  # fmt: skip
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
    """Customers that owe something, so are active, and have no score: in default on the day, or a default event of theirs was set aside."""

    customers: int
    exposure: Decimal
    overdue: Decimal


class Came(Part):
    """Customers that are in this book and were not in the earlier one. Money is None without a ledger."""

    customers: int
    at_risk: int
    exposure: Decimal | None = None
    overdue: Decimal | None = None


class Left(Came):
    """Customers of the earlier book that have no score any more.

    `in_default` are those that owe something or had a default event; of the `untold` a default event was set aside; the others owe nothing. What they owed and whether they were at risk is that of the earlier book; `_now` is what they owe today.
    """

    in_default: int
    untold: int = 0
    exposure_now: Decimal | None = None
    overdue_now: Decimal | None = None


class Moves(Part):
    """Changes since the book of `as_of`, of the customers that are in both: nobody's default counts as an improvement.

    Attributes:
        as_of: of the earlier book.
        customers: in both books.
        worse, better: customers now in a worse grade, or a better one.
        at_risk_change: in the number of customers at risk.
        exposure_change, overdue_change: None without a ledger.
        left: those that are in the earlier book alone.
        came: those that are in this book alone.
    """

    as_of: date
    customers: int
    worse: int
    better: int
    at_risk_change: int
    exposure_change: Decimal | None = None
    overdue_change: Decimal | None = None
    left: Left
    came: Came


class Call(Part):
    """A customer to call: what it owes, its score, the decision (see the table `portfolio`) and why.

    `because` is what made the action; `facts` are what a controller must know; `reasons` are the model's; `context` counts in
    the score, and is neither.

    No limit, and nothing that sets one, where neither its ledger nor a statement says what it buys or can pay.
    """

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
    because: Cause
    limit: Decimal | None
    limit_bound: Bound | None
    limit_current: Decimal | None
    terms_days: int
    review_on: date
    facts: tuple[Fact, ...]
    reasons: tuple[ReasonText, ...]
    context: tuple[Context, ...]


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


class Listed(Part):
    """One line of the list of the book; see the table `portfolio`."""

    customer_id: str
    name: str
    country: str | None
    industry: str | None
    action: Action
    score: int
    grade: int
    pd: float
    exposure: Decimal
    overdue: Decimal
    expected_loss: Decimal
    limit: Decimal | None


class Collections(Part):
    """How fast money came in over the newest `days` (docs/glossary.md#receivables). None where not defined.

    Attributes:
        is_countback_beyond: the receivables are more than the sales of twelve months, so that `countback_dso` is those
            months' days and the true figure is more.
    """

    days: int
    dso: float | None
    best_possible_dso: float | None
    days_delinquent: float | None
    countback_dso: float | None
    is_countback_beyond: bool
    effectiveness: float | None


class AgeBucket(Part):
    """Open balance by days past due: of the customers with a score, and of the whole ledger, those in default included."""

    bucket: str
    amount: Decimal
    share: float
    ledger_amount: Decimal
    ledger_share: float


class Healthy(Part):
    """Whom customers are compared with in their reasons.

    Attributes:
        since, until: first and last day they were observed on; none of them defaulted within the horizon after.
        customers: how many.
        industries: those with enough of them for a comparison of their own; the others are compared with all.
    """

    since: date
    until: date
    customers: int
    industries: tuple[str, ...]


class Portfolio(Document):
    """What a risk manager asks of a book: how large, how late, how risky, whom to call.

    Attributes:
        portfolio: its name.
        gates_not_passed: codes of the gates that keep the model out of the registry.
        rests_on: what the score rests on where it was not fitted to the book's own defaults; None where it was.
        title: for people.
        as_of: day of decision.
        currency: of all money, ISO 4217.
        horizon_months: of the PD and of the expected loss.
        lgd: loss given default of the uninsured part.
        pdo: points that double the odds.
        at_risk_from_grade: grade from which a customer is at risk.
        has_ledger: whether invoices and payments are delivered; without them all money but limits is 0.
        headline: totals.
        outside: owed by customers in default, without a score; None where there are none.
        untold: owed by customers without a score of whom a default event was set aside; None where there are none.
        earlier: what moved since; None without an earlier book.
        calls: the first customers to call, in order. n_to_call: how many there are.
        without_limit: customers without a recommended limit: neither a ledger nor a usable statement.
        grades: every grade.
        actions: every action, the most urgent first.
        receivables: of the customers with a score; None without a ledger.
        receivables_ledger: of the whole ledger, those in default included.
        ageing: of both.
        healthy: whom customers are compared with; None where nothing was explained.
        industries: those that hold most of the book, then the others, then the unknown. largest: open balances, largest first.
        listed: the book, largest open balance first, or where nothing is owed highest PD first; so many as a page can hold.
        level: for when the PDs are meant; None where it is not told. scenarios: the book at other levels of default.
        described: customers with most at stake, who have a page of their own: those this page speaks of are among them.
    """

    VERSION: ClassVar[int] = 7

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
    untold: Outside | None = None
    earlier: Moves | None
    calls: tuple[Call, ...]
    n_to_call: int
    without_limit: int
    grades: tuple[GradeWeight, ...]
    actions: tuple[ActionWeight, ...]
    receivables: Collections | None
    receivables_ledger: Collections | None
    ageing: tuple[AgeBucket, ...]
    industries: tuple[IndustryWeight, ...]
    largest: tuple[Largest, ...]
    listed: tuple[Listed, ...]
    described: tuple[str, ...]
    healthy: Healthy | None
    rests_on: Experience | None = None
    level: PdLevel | None = None
    scenarios: tuple[Scenario, ...] = ()
