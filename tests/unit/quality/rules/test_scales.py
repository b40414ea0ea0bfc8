"""A column whose scale changes within its history is set aside from that month on, and news of customers is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.sources_books import Row, Tables, check, clean_book

MONTHS = [date(2023 + number // 12, number % 12 + 1, 5) for number in range(24)]
SINCE = date(2024, 9, 1)
CUSTOMERS = 40

Change = Callable[[float, date], float]


def told(change: Change, every: int = 1, customers: int = CUSTOMERS) -> list[Row]:
    """An index of each customer around its own level, told every so many months, each customer's turn in another one."""
    draw = np.random.default_rng(5)
    own = draw.uniform(20, 95, customers)
    return [
        {"customer_id": f"K{who:02}", "known_on": month, "region": None,
         "employees": float(change(round(own[who] + draw.normal(0, 2), 1), month))}
        for number, month in enumerate(MONTHS) for who in range(customers) if (number + who) % every == 0
    ]  # fmt: skip


def aside(rows: list[Row], folder: Path) -> list[date]:
    """Months whose rows the rule finds, one entry a row."""
    tables: Tables = {"customers": [], "attributes": rows, "fx_rates": clean_book()["fx_rates"]}
    first = clean_book()["customers"][0]
    for name in sorted({row["customer_id"] for row in rows}):
        values: dict[str, Any] = {"customer_id": name, "parent_id": None}
        tables["customers"].append(first | values)
    validation = check(tables, folder)
    counts = {f"{one.table}.{one.rule.name}": one.broken for one in validation.findings if one.broken}  # fmt: skip
    assert set(counts) <= {"attributes.values_of_another_scale"}
    return [row["known_on"] for row in rows if row["known_on"] >= SINCE][: sum(counts.values())]


def since(of: Change) -> Change:
    """The change from September 2024 on."""
    return lambda value, month: of(value, month) if month >= SINCE else value


AFTER = sum(month >= SINCE for month in MONTHS)


@pytest.mark.parametrize(
    ("change", "every", "expected"),
    [
        (lambda value, _: value * 10, 1, AFTER * CUSTOMERS),
        (lambda value, _: value / 100, 1, AFTER * CUSTOMERS),
        (lambda value, _: 300 + 5.5 * value, 1, AFTER * CUSTOMERS),  # 0 to 100 becomes 300 to 850
        (lambda value, _: 100 - value, 1, AFTER * CUSTOMERS),  # best and worst changed places
        # told of by quarters, 40 of 120 customers in each month: all of them from September on
        (lambda value, _: value * 10, 3, AFTER * 40),
        # for two months only: the next one brings the scale back
        (lambda value, month: value * 10 if month < date(2024, 11, 1) else value, 1, 2 * CUSTOMERS),
        # the same by quarters: those told of in November were last told of in August, and no step is seen before December
        (lambda value, month: value * 10 if month < date(2024, 11, 1) else value, 3, 2 * CUSTOMERS),
        (
            lambda value, month: 100 - value if month < date(2024, 11, 1) else value,
            3,
            2 * CUSTOMERS,
        ),
    ],
    ids=[
        "times ten",
        "a share",
        "another range",
        "turned round",
        "by quarters",
        "and back",
        "and back by quarters",
        "turned and back by quarters",
    ],
)
def test_a_change_of_scale_is_found_to_the_row(
    change: Change, every: int, expected: int, tmp_path: Path
) -> None:
    assert len(aside(told(since(change), every, CUSTOMERS * every), tmp_path)) == expected


@pytest.mark.parametrize(
    "change",
    [
        lambda value, _: value,
        lambda value, month: value - 15 if month >= SINCE else value,  # a crisis
        lambda value, month: value * 2 if month >= SINCE else value,
        lambda value, month: (
            value * (10 if month.month == 12 else 1)
        ),  # a season: twice in two years
        lambda value, month: value + 400 * (month.year * 12 + month.month),  # counts months
    ],
    ids=["as ever", "a crisis", "twice", "a season", "a clock"],
)
def test_news_of_customers_is_no_other_scale(change: Change, tmp_path: Path) -> None:
    assert aside(told(change), tmp_path) == []


def test_what_is_told_of_at_different_pace_comes_back_in_one_month(tmp_path: Path) -> None:
    """Forty by the month and 120 by the quarter, times ten in September and October: a sixth of November's have stepped down, and none of the rest."""
    times = since(lambda value, month: value * 10 if month < date(2024, 11, 1) else value)
    some = [{**row, "customer_id": f"M{row['customer_id']}"} for row in told(times)]
    assert len(aside([*some, *told(times, 3, 120)], tmp_path)) == 2 * (CUSTOMERS + 40)


def test_a_scale_that_stayed_does_not_come_back_by_news_of_customers(tmp_path: Path) -> None:
    """Times ten for good, and half a year later every customer is at half of what it was: still five times as much as before."""
    times = since(lambda value, month: value * (10 if month < date(2024, 12, 1) else 5))
    assert len(aside(told(times, 3, 120), tmp_path)) == AFTER * 40


def test_of_few_customers_nothing_is_said(tmp_path: Path) -> None:
    assert aside(told(since(lambda value, _: value * 10), 1, 29), tmp_path) == []
