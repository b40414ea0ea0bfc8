"""The swap set: what changes in money between two versions on the newest book. A part of `reports/promotion.json`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from contracts.documents.base import Part
from contracts.documents.explanations import ReasonText
from contracts.documents.portfolio import Action

Blocked = Literal["blocked", "released"]


class Side(Part):
    """The newest book as one version rates it.

    Attributes:
        limits: sum of the recommended limits.
        limited: customers that have one.
        expected_loss: PD x LGD x uninsured EAD.
        expected_defaults: sum of the PDs.
        blocked: customers whose orders are blocked.
        blocked_sales: what they buy in a month, on average.
        by_grade: customers in each grade, from 1.
    """

    limits: Decimal
    limited: int
    expected_loss: Decimal
    expected_defaults: float
    blocked: int
    blocked_sales: Decimal | None
    by_grade: tuple[int, ...]


class Shift(Part):
    """Customers whose amount moves one way, and by how much in sum."""

    customers: int
    amount: Decimal


class Crossing(Part):
    """Customers whose orders the challenger blocks, or releases, and the champion does not.

    Attributes:
        kind: which of the two.
        customers: how many.
        exposure: what they owe.
        sales: what they buy in a month, on average; None without a ledger.
    """

    kind: Blocked
    customers: int
    exposure: Decimal
    sales: Decimal | None


class GradeChange(Part):
    """Customers that go from one grade to another, and what they owe; those that stay are not listed."""

    before: int
    after: int
    customers: int
    exposure: Decimal


class ActionChange(Part):
    """Customers whose action changes, and what they owe."""

    before: Action
    after: Action
    customers: int
    exposure: Decimal


class Driver(Part):
    """A feature to which the two give different points, challenger less champion; above 0 the challenger thinks better of it."""

    feature: str
    en: str
    zh: str
    points: float


class Rated(Part):
    """A customer as one version rates it; `reasons` are that version's, strongest first."""

    pd: float
    score: int
    grade: int
    limit: Decimal | None
    expected_loss: Decimal
    action: Action
    is_blocked: bool
    reasons: tuple[ReasonText, ...]


class Mover(Part):
    """A customer for whom much changes.

    Attributes:
        exposure: open balance.
        limit_moved: challenger less champion; None where one of the two recommends none.
        loss_moved: expected loss, challenger less champion.
        level: points by which the two begin from different levels.
        drivers: the features that move most; with all others and `level` they sum to the change of the exact score.
    """

    customer_id: str
    name: str
    country: str | None
    industry: str | None
    exposure: Decimal
    limit_moved: Decimal | None
    loss_moved: Decimal
    champion: Rated
    challenger: Rated
    level: float
    drivers: tuple[Driver, ...]


class Swap(Part):
    """The newest book rated by both through the same decisions. Its size is constant.

    Orders of a customer are blocked where the action is `stop`, or a limit is recommended and the open balance has reached it.

    Attributes:
        as_of: day of decision.
        customers: of the book.
        is_same_scale: whether both versions bear the scale of the settings, by which both are graded here.
        raised: limits that the challenger raises; where one of the two recommends none, nothing moves.
        lowered: limits that it lowers; amount above 0.
        loss_up: expected losses that rise.
        loss_down: those that fall; amount above 0.
        crossings: of order blocks.
        better: customers in a better grade.
        worse: customers in a worse grade.
        grades: by grade before and after.
        actions: by action before and after, most customers first.
        movers: by limit moved, then by expected loss moved, largest first.
    """

    as_of: date
    customers: int
    is_same_scale: bool
    champion: Side
    challenger: Side
    raised: Shift
    lowered: Shift
    loss_up: Shift
    loss_down: Shift
    crossings: tuple[Crossing, ...]
    better: int
    worse: int
    grades: tuple[GradeChange, ...]
    actions: tuple[ActionChange, ...]
    movers: tuple[Mover, ...]
