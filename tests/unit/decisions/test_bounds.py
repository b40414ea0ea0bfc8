"""Limits, terms and actions at their bounds: what is just within, what is just beyond."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from contracts.config.decisions import RateConfig
from decisions.action import Case, actions, is_material
from decisions.limit import appetite, capacity, need, smallest, tidy_down, tidy_up
from decisions.loss import expected_loss
from decisions.terms import Price, breaks_even, longest_terms

CONFIG = RateConfig()


def test_need_capacity_and_appetite_by_hand() -> None:
    """20,000 a month x 45 / 30; 10 % of equity 500; 1,000 / (2 % x 50 %), and what an insurer carries on top."""
    assert need(20_000, 30, 15) == 30_000
    shares = np.array([[0.10], [0.03], [2.0]])
    assert capacity([500.0], [9.0], [20.0], shares).tolist() == [50.0]
    # no equity carries nothing, whatever was sold or paid
    assert capacity([0.0], [900.0], [20.0], shares).tolist() == [0.0]
    assert capacity([-7.0], [900.0], [20.0], shares).tolist() == [0.0]
    assert capacity([np.nan], [0.0], [20.0], shares).tolist() == [40.0]
    assert appetite(0.02, 0.5, 1_000, 0, 0) == pytest.approx(100_000)
    assert expected_loss(0.02, 0.5, 100_000) == pytest.approx(1_000)


def test_a_limit_is_tidy_at_and_around_a_step() -> None:
    assert tidy_down([100.0, 199.99, 9_999.0, 10_000.0, 10_999.0, -5.0]).tolist() == [100, 100, 9_900, 10_000, 10_000, 0]  # fmt: skip
    assert tidy_up([100.0, 100.01, 9_901.0, 10_001.0, -5.0]).tolist() == [
        100,
        200,
        10_000,
        11_000,
        0,
    ]


def test_the_first_of_equal_bounds_is_named_and_an_unknown_one_does_not_bind() -> None:
    found = smallest(np.array([500.0, np.nan]), np.array([500.0, 700.0]), np.array([500.0, 700.0]))
    assert (found.amount.tolist(), found.bound.tolist()) == ([500, 700], [0, 1])
    found = smallest(np.array([900.0, np.nan]), np.array([np.nan] * 2), np.array([500.0, 500.0]))
    assert (found.amount[0], found.bound.tolist()) == (500, [2, -1])
    assert np.isnan(found.amount[1])  # appetite alone makes no limit


def test_terms_that_just_pay_are_granted() -> None:
    """0.20 x 0.45 + 0.06 x 60 / 360 = 0.10: a margin of ten per cent just pays."""
    price = Price(0.10, lgd=0.45, funding_rate=0.06)
    assert breaks_even([0.20, 0.2001], 60, price).tolist() == [True, False]
    granted = longest_terms(
        np.array([0.20, 0.20, 0.20]), np.array([1, 1, 2]), np.array([0.0, 1.0, 0.0]), (60, 30, 0), price
    )  # fmt: skip
    # 60 days just pay; with a day of lateness only 30 do; the second grade gets no more than 30
    assert granted.tolist() == [60, 30, 30]


def case(**changes: float | bool) -> Case:
    """A good customer within its limit, nothing to do; one value changed each."""
    values = {
        "grade": 3, "exposure": 1_000.0, "long_overdue": 0.0, "expected_loss": 10.0, "limit": 5_000.0, "ceiling": 9_000.0,
        "is_need_bound": False, "limit_current": 5_000.0, "is_paid_for": True,
    } | changes  # fmt: skip
    return Case(worst_grade=10, **{name: np.array([value]) for name, value in values.items()})


@pytest.mark.parametrize(
    ("changes", "action", "because"),
    [
        ({}, "keep", "nothing"),
        ({"grade": 10}, "stop", "worst_grade"),
        ({"grade": 9}, "secure", "at_risk"),
        ({"grade": 9, "long_overdue": 501.0}, "stop", "at_risk_overdue"),
        ({"grade": 8}, "review", "weak_grade"),
        ({"grade": 7}, "keep", "nothing"),
        ({"expected_loss": CONFIG.allowed_loss}, "keep", "nothing"),
        ({"expected_loss": CONFIG.allowed_loss + 0.01}, "secure", "loss_above_allowed"),
        ({"limit": 4_000.0}, "keep", "nothing"),  # 4,000 x 1.25 is the limit in force
        ({"limit": 3_999.0}, "reduce", "limit_above"),
        ({"limit": 3_999.0, "is_need_bound": True}, "keep", "nothing"),
        ({"long_overdue": 501.0}, "review", "overdue"),
        ({"long_overdue": 500.0}, "keep", "nothing"),
        ({"exposure": 5_000.0}, "keep", "nothing"),
        ({"exposure": 5_000.01}, "review", "over_limit"),
        ({"is_paid_for": False}, "review", "terms_unpaid"),
        ({"limit": 6_250.0}, "keep", "nothing"),  # 5,000 x 1.25
        ({"limit": 6_251.0}, "grow", "room"),
        ({"limit": 6_251.0, "grade": 4}, "grow", "room"),
        ({"limit": 6_251.0, "grade": 5}, "keep", "nothing"),
        (
            {"limit_current": np.nan, "limit": 9_000.0},
            "keep",
            "nothing",
        ),  # none on file: nothing to raise
        (
            {"limit_current": np.nan, "limit": 799.0},
            "reduce",
            "balance_above",
        ),  # its open balance is above
        ({"limit_current": np.nan, "limit": 800.0}, "keep", "nothing"),
        (
            {"limit_current": np.nan, "limit": 799.0, "is_need_bound": True},
            "review",
            "balance_above_need",
        ),
        ({"ceiling": 999.0}, "review", "balance_above"),  # it owes 1,000
        ({"ceiling": 1_000.0}, "keep", "nothing"),
        ({"ceiling": np.nan}, "keep", "nothing"),
    ],
)
def test_the_first_row_of_the_table_that_applies(
    changes: dict[str, float], action: str, because: str
) -> None:
    assert actions(case(**changes), CONFIG) == ([action], [because])


def test_long_overdue_needs_both_an_amount_and_a_share() -> None:
    overdue, exposure = (
        np.array([500.01, 500.0, 600.0, 600.0]),
        np.array([1e3, 1e3, 6_000.0, 5_999.0]),
    )
    assert is_material(overdue, exposure, CONFIG).tolist() == [True, False, False, True]
    lax = replace(case(), long_overdue=np.array([600.0]), exposure=np.array([1e5]), limit_current=np.array([1e6]), limit=np.array([1e6]))  # fmt: skip
    lax = replace(lax, ceiling=np.array([1e6]))
    assert actions(lax, CONFIG) == (["keep"], ["nothing"])
