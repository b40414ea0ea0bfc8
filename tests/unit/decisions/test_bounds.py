"""Limits, terms and actions at their bounds: what is just within, what is just beyond."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import ROUND_UP, Decimal, localcontext
from typing import get_args

import numpy as np
import pytest

from contracts.config.decisions import RateConfig
from contracts.documents.portfolio import Bound
from decisions.action import Case, actions, is_material, review_days
from decisions.exposure import exposure_at_default, exposure_for, uninsured
from decisions.limit import BOUNDS, appetite, capacity, need, smallest, tidy_down, tidy_up
from decisions.loss import cents, expected_loss
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


def test_a_turnover_stands_in_for_equity_and_what_was_paid_for_turnover() -> None:
    """3 % of 900; 3 % of 0.50, which is little but known; then twice the best month of 20."""
    shares = np.array([[0.10] * 3, [0.03] * 3, [2.0] * 3])
    found = capacity([np.nan] * 3, [900.0, 0.5, -4.0], [20.0] * 3, shares)
    assert found == pytest.approx([27.0, 0.015, 40.0])


def test_what_an_insurer_leaves_and_the_balance_it_is_left_of() -> None:
    """100,000 less 90 % of 60,000; 50,000 less 90 % of itself; all of it where nobody insures, none where all is covered."""
    ead, limit, share = (
        [100_000.0, 50_000.0, 700.0, 900.0],
        [6e4, 6e4, 0.0, 6e4],
        [0.9, 0.9, 0.0, 1.0],
    )
    assert uninsured(ead, limit, share) == pytest.approx([46_000, 5_000, 700, 0])
    own = [46_000.0, 5_000.0, 700.0, 1_000.0]
    # of a cover of all, a loss of 1,000 is what lies above its limit of 60,000
    assert exposure_for(own, limit, share) == pytest.approx([100_000, 50_000, 700, 61_000])
    # one limit for all customers, one loss for all
    assert exposure_for(3_000.0, 60_000.0, [0.75, 0.0]) == pytest.approx([12_000, 3_000])
    assert exposure_for([3_000.0, 30_000.0], 60_000.0, 0.75) == pytest.approx([12_000, 75_000])
    assert exposure_for(1_000.0, [60_000.0, 0.0], 1.0) == pytest.approx([61_000, 1_000])
    assert exposure_at_default([100.0, 500.0, 7.0], [300.0, 200.0, 7.0]).tolist() == [300, 500, 7]


def test_money_is_given_as_a_table_holds_it_and_comes_back_as_floats() -> None:
    money, share = [Decimal(1_000)], [Decimal("0.5")]
    thirds = np.array([[0.1], [0.03], [2.0]])
    unknown = [None]
    found = {
        "need": (need(money, [Decimal(30)], 15), 1_500),
        "equity": (capacity(money, money, money, thirds), 100),
        "turnover": (capacity(unknown, money, money, thirds), 30),
        "paid": (capacity(unknown, unknown, money, thirds), 2_000),
        "appetite": (appetite(share, 0.5, 100.0, money, 0.0), 400),
        "down": (tidy_down([Decimal(1_234)]), 1_200),
        "up": (tidy_up([Decimal(1_234)]), 1_300),
        "loss": (expected_loss(share, 0.5, 100.0), 25),
        "peak": (exposure_at_default(money, 7.0), 1_000),
        "own": (uninsured(money, 500.0, 0.5), 750),
        "whole": (exposure_for(money, money, 0.0), 1_000),
    }
    assert breaks_even(share, [Decimal(60)], Price(0.3, lgd=0.5, funding_rate=0.06)).tolist() == [True]  # fmt: skip
    for name, (values, wanted) in found.items():
        assert (name, values.dtype, values.tolist()) == (name, np.float64, [wanted])


def test_a_cent_is_rounded_half_to_even_from_what_is_written() -> None:
    assert [str(cents(one)) for one in (0.125, 0.135, 7, -0.125)] == ["0.12", "0.14", "7.00", "-0.12"]  # fmt: skip
    # a float would have lost the last digit, and with it the half that is more than half
    assert str(cents(Decimal("0.12500000000000000001"))) == "0.13"
    with localcontext() as held:
        held.rounding = ROUND_UP
        assert str(cents(0.121)) == "0.12"


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


def test_a_year_of_funding_has_360_days_and_what_no_terms_pay_is_prepaid() -> None:
    """0.36 x 100 / 360 = 0.10 is more than 0.0999; by 365 days, or 361, it would be less."""
    dear = Price(0.0999, lgd=0.45, funding_rate=0.36)
    assert breaks_even([0.0, 0.0], [100, 99], dear).tolist() == [False, True]
    granted = longest_terms(np.array([0.5]), np.array([1]), np.zeros(1), (60, 30), dear)
    assert (granted.tolist(), granted.dtype) == ([0], np.int64)


def test_what_binds_is_named_as_the_documents_name_it() -> None:
    assert get_args(Bound) == BOUNDS


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
        ({"ceiling": 4_000.0}, "keep", "nothing"),  # 4,000 x 1.25 is the limit in force
        ({"ceiling": 3_999.0}, "reduce", "limit_above"),
        ({"ceiling": 3_999.0, "limit": 2_000.0, "is_need_bound": True}, "reduce", "limit_above"),
        (
            {"limit": 2_000.0, "is_need_bound": True},
            "keep",
            "nothing",
        ),  # needs less, can carry more
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
        ({"ceiling": 999.0, "limit_current": 1_000.0}, "review", "balance_above"),  # it owes 1,000
        ({"ceiling": 1_000.0, "limit_current": 1_000.0, "limit": 1_000.0}, "keep", "nothing"),
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


@pytest.mark.parametrize(
    ("grade", "action", "next_look"),
    [
        (9, "keep", date(2026, 1, 31)),  # at risk: in a month
        (8, "keep", date(2026, 3, 31)),  # not good: in three
        (5, "grow", date(2026, 3, 31)),
        (4, "keep", date(2026, 12, 31)),
        (4, "grow", date(2026, 12, 31)),
        (1, "stop", date(2026, 1, 31)),  # whatever the grade, by what is to be done
        (1, "secure", date(2026, 1, 31)),
        (1, "reduce", date(2026, 3, 31)),
        (1, "review", date(2026, 3, 31)),
        (9, "review", date(2026, 1, 31)),
    ],
)
def test_a_customer_is_looked_at_again_by_its_risk(
    grade: int, action: str, next_look: date
) -> None:
    (found,) = review_days(date(2025, 12, 31), np.array([grade]), [action], CONFIG)
    assert found.date() == next_look
