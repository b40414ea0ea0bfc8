"""How fast the money comes in, by hand; each measure where its denominator is nought."""

from __future__ import annotations

import pytest

from decisions.receivables.turnover import (
    average_days_delinquent,
    best_possible_dso,
    collection_effectiveness,
    countback_dso,
    days_sales_outstanding,
    is_beyond,
    measure,
)


def test_dso_and_its_parts_by_hand() -> None:
    """300 of 600 sold in 90 days are open: 45 days; 200 of it is not due: 30 days; 15 are lateness."""
    assert days_sales_outstanding(300, 600, 90) == 45
    assert best_possible_dso(200, 600, 90) == 30
    assert average_days_delinquent(45, 30) == 15
    assert average_days_delinquent(None, 30) is None
    assert average_days_delinquent(45, None) is None


@pytest.mark.parametrize("sales", [0.0, -5.0])
def test_without_sales_there_is_no_dso(sales: float) -> None:
    assert days_sales_outstanding(300, sales, 90) is None
    assert best_possible_dso(300, sales, 90) is None
    assert countback_dso(300, [(sales, 31)]) is None
    assert not is_beyond(300, [(sales, 31)])


def test_a_sale_of_less_than_one_is_a_sale() -> None:
    """Amounts in millions: 0.3 of 0.6 in 90 days."""
    assert days_sales_outstanding(0.3, 0.6, 90) == pytest.approx(45)
    assert countback_dso(0.3, [(0.6, 30)]) == pytest.approx(15)


@pytest.mark.parametrize(
    ("receivables", "days"),
    [
        (0.0, 0.0),
        (50.0, 15.5),  # half of the newest month
        (100.0, 31.0),
        (150.0, 31.0 + 30.0),  # and a month without sales counts with all its days
        (250.0, 31.0 + 30.0 + 28.0 + 31.0 * 0.5),  # 100 + 0 + 100 + 50 of 100
        (900.0, 31.0 + 30.0 + 28.0 + 31.0),  # more than was sold: all days counted
    ],
)
def test_counting_back_month_by_month(receivables: float, days: float) -> None:
    months = [(100.0, 31), (0.0, 30), (100.0, 28), (100.0, 31)]
    if receivables == 150.0:
        months = [(100.0, 31), (0.0, 30), (50.0, 28)]
        days = 31.0 + 30.0 + 28.0
    assert countback_dso(receivables, months) == pytest.approx(days)
    assert is_beyond(receivables, months) == (receivables == 900.0)


def test_a_month_of_credit_notes_takes_nothing_off() -> None:
    """Sales of -40 net count with all their days and lay off nothing: 100 + 0 + 50 of 100."""
    assert countback_dso(150.0, [(100.0, 30), (-40.0, 30), (100.0, 30)]) == pytest.approx(75)


def test_effectiveness_is_the_share_collected_of_what_could_be() -> None:
    """(100 + 300 - 160) / (100 + 300 - 100) = 240 / 300."""
    assert collection_effectiveness(100, 300, 160, 100) == 80
    assert collection_effectiveness(100, 300, 100, 100) == 100
    assert collection_effectiveness(0, 100, 100, 100) is None
    assert collection_effectiveness(0.0, 0.5, 0.25, 0.0) == 50


def test_a_span_takes_its_own_months_and_no_more() -> None:
    months = [(100.0, 31), (100.0, 30), (100.0, 31), (5000.0, 30)]
    found = measure(100.0, 160.0, 100.0, months, 3)
    assert found.days == 92
    assert found.dso == pytest.approx(160 / 300 * 92)
    assert found.best_possible_dso == pytest.approx(100 / 300 * 92)
    assert found.days_delinquent == pytest.approx(60 / 300 * 92)
    assert found.countback_dso == pytest.approx(31 + 30 * 0.6)
    assert found.effectiveness == pytest.approx(80)
    assert measure(None, 160.0, 100.0, months, 3).effectiveness is None
    assert found.is_countback_beyond is False
    assert measure(100.0, 5_301.0, 100.0, months, 3).is_countback_beyond is True


def test_receivables_beyond_sales_of_less_than_one() -> None:
    assert is_beyond(0.75, [(0.5, 30)])
    assert not is_beyond(0.5, [(0.5, 30)])
    assert not is_beyond(0.75, [(0.0, 30)])  # without sales there is nothing to count back
