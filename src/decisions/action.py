"""What to do with each customer, from a small decision table, and when to look again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.calendar import add_months
from contracts.config.decisions import RateConfig


@dataclass(frozen=True, slots=True)
class Case:
    """What the decision table looks at, one value per customer.

    Attributes:
        grade: 1 (healthiest) and up.
        worst_grade: the last grade of the scale.
        exposure: open balance.
        long_overdue: part of it more than 30 days past due; a few days late is how business is done.
        expected_loss: PD x LGD x uninsured EAD.
        limit: recommended limit.
        ceiling: the lesser of what it can carry and what we are willing to lose; missing where neither is known.
        is_need_bound: whether the recommended limit is what the customer needs, less than the ceiling.
        limit_current: limit in force, missing where none is on file.
        is_paid_for: whether the margin pays for expected loss and funding at the terms in force.
    """

    grade: Ints
    worst_grade: int
    exposure: Floats
    long_overdue: Floats
    expected_loss: Floats
    limit: Floats
    ceiling: Floats
    is_need_bound: Bools
    limit_current: Floats
    is_paid_for: Bools


def is_material(long_overdue: Floats, exposure: Floats, config: RateConfig) -> Bools:
    """Whether what is long overdue is more than small change: above an amount and above a share of the balance.

    >>> is_material(np.array([600.0, 600.0]), np.array([1e3, 1e5]), RateConfig()).tolist()
    [True, False]
    """
    return (long_overdue > config.overdue_amount) & (long_overdue > config.overdue_share * exposure)


def actions(case: Case, config: RateConfig) -> tuple[list[str], list[str]]:
    """The first row of the table that applies to each customer, and which of its conditions made it (`Cause`).

    | action | applies when |
    |---|---|
    | stop   | the worst grade; or at risk and overdue |
    | secure | at risk; or the expected loss is above the allowed loss |
    | reduce | the limit in force is above what it can carry or we may lose by more than the band; without one, the open balance is, and no more is needed |
    | review | overdue; an open balance above the limit in force, above what it can carry or we may lose, or, without a limit in force, above the recommended one by more than the band; a weak grade; or terms in force that the margin does not pay for |
    | grow   | a good grade, and the recommended limit is above the one in force by more than the band |
    | keep   | none of these |

    Overdue means more than 30 days, and material (`is_material`). A customer that needs less than its limit keeps it: taking away
    a line it does not use costs goodwill. A line beyond what it can carry is another matter, needed or not: lines are drawn
    before a default.
    """
    at_risk = case.grade >= config.at_risk_from_grade
    overdue = is_material(case.long_overdue, case.exposure, config)
    worst = case.grade >= case.worst_grade
    has_limit = ~np.isnan(case.limit_current)
    band = 1.0 + config.limit_band
    owes_beyond = ~has_limit & (case.exposure > case.limit * band)
    # without a limit on file there is nothing to raise: a missing value compares as false
    room = case.limit > case.limit_current * band
    table: list[tuple[str, str, Bools]] = [
        ("stop", "worst_grade", worst),
        ("stop", "at_risk_overdue", at_risk & overdue),
        ("secure", "at_risk", at_risk),
        ("secure", "loss_above_allowed", case.expected_loss > config.allowed_loss),
        ("reduce", "limit_above", case.limit_current > case.ceiling * band),
        ("reduce", "balance_above", owes_beyond & ~case.is_need_bound),
        ("review", "overdue", overdue),
        ("review", "over_limit", case.exposure > case.limit_current),
        ("review", "balance_above", case.exposure > case.ceiling),
        ("review", "balance_above_need", owes_beyond),
        ("review", "weak_grade", case.grade >= config.weak_from_grade),
        ("review", "terms_unpaid", ~case.is_paid_for),
        ("grow", "room", (case.grade <= config.good_until_grade) & room),
    ]
    masks = [mask for _, _, mask in table]
    found = np.select(masks, [action for action, _, _ in table], default="keep")
    causes = np.select(masks, [cause for _, cause, _ in table], default="nothing")
    return [str(action) for action in found], [str(cause) for cause in causes]


def review_days(
    as_of: date, grade: Ints, chosen: list[str], config: RateConfig
) -> list[pd.Timestamp]:
    """The day each customer is looked at again, `review_months` after `as_of`.

    High risk: at risk, or an action of stop or secure. Medium: not a good grade, or an action of
    reduce or review. Low: the others.

    >>> days = review_days(date(2025, 12, 31), np.array([9, 5, 1]), ["stop", "keep", "keep"], RateConfig())
    >>> [str(day.date()) for day in days]
    ['2026-01-31', '2026-03-31', '2026-12-31']
    """
    action = np.asarray(chosen)
    high = (grade >= config.at_risk_from_grade) | np.isin(action, ["stop", "secure"])
    medium = (grade > config.good_until_grade) | np.isin(action, ["reduce", "review"])
    level = np.select([high, medium], [0, 1], default=2)
    following = [pd.Timestamp(add_months(as_of, months)) for months in config.review_months]
    return [following[index] for index in level]
