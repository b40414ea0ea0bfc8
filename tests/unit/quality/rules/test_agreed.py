"""Due days counted from the wrong day, of a whole house: from the invoice where terms run from the month's end, and from a takeover."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from pathlib import Path

import pytest

from tests.house_books import days, invoice, payment, tables
from tests.sources_books import PORTFOLIO, Row, check

pytestmark = pytest.mark.long


def n_found(invoices: list[Row], payments: list[Row], rule: str, folder: Path) -> int:
    known = [one for one in payments if one["paid_on"] <= PORTFOLIO.complete_until]
    findings = check(tables(invoices, known), folder).findings
    return sum(one.broken for one in findings if one.rule.name == rule)


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


@pytest.mark.parametrize(
    ("n", "others", "is_stated", "expected"),
    [(10, 2, False, 10), (10, 3, False, 0), (9, 0, False, 0), (10, 0, True, 0)],
    ids=["from the month's end", "three in thirteen count otherwise", "nine customers", "and due so"],
)  # fmt: skip
def test_terms_that_run_from_the_months_end(
    n: int,
    others: int,
    is_stated: bool,  # noqa: FBT001 - a case
    expected: int,
    tmp_path: Path,
) -> None:
    """Ten invoices each, on ten days of the month, paid from two days early to six late, 30 days after the end of the month; others pay so after the invoice's own day."""
    every, paid = [], []
    for who in range(n + others):
        for number in range(10):
            issued = date(2023 + number // 12, 1 + number % 12, 1 + (number * 7 + who) % 27)
            agreed = (month_end(issued) if who < n else issued) + days(30)
            one = invoice(f"R{who}-{number}", f"K{who}", issued + days(30), f"{100 + number}.{who:02}")  # fmt: skip
            one |= {"due_on": agreed} if is_stated else {}
            every.append(one)
            paid.append(payment(f"P{who}-{number}", one, agreed + days((number * 5 + who) % 9 - 2)))
    assert n_found(every, paid, "paid_from_the_months_end", tmp_path) == expected


@pytest.mark.parametrize(
    ("n", "on", "expected"),
    [(10, [date(2024, 1, 16)], 10), (8, [date(2024, 1, 16)], 0), (10, [date(2024, month, 16) for month in (1, 5, 9)], 0)],
    ids=["a takeover", "nine customers", "three times"],
)  # fmt: skip
def test_open_items_that_have_the_day_of_a_takeover(
    n: int, on: list[date], expected: int, tmp_path: Path
) -> None:
    """Twenty customers are billed every fourth week and pay 20 days late, so that they always owe something; what ten (or eight, beside one that is billed on that day) owed came with the day of the takeover."""
    every, paid = [], []
    for who in range(20):
        for number in range(24):
            issued = date(2023, 1, 2) + days(28 * number + who)
            one = invoice(f"R{who}-{number}", f"K{who}", issued + days(30), f"{100 + number}.{who:02}")  # fmt: skip
            every.append(one)
            paid.append(payment(f"P{who}-{number}", one, issued + days(50)))
    for one, money in zip(every, paid, strict=True):
        day = next((day for day in on if one["issued_on"] < day <= money["paid_on"]), None)
        if day is not None and int(one["customer_id"][1:]) < n:
            one |= {"issued_on": day, "booked_at": day, "due_on": day + days(30)}
    # each of the ten has one or two of them; all are rows of that day
    rows = sum(one["issued_on"] in on and int(one["customer_id"][1:]) < n for one in every)
    assert rows >= n
    found = n_found(every, paid, "open_items_dated_anew", tmp_path)
    assert found == (rows if expected else 0)
