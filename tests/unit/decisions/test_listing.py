"""The list of a book: the largest part by money, and those with a page of their own, whatever the size of the book."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from decisions.listing import MAX_DESCRIBED, MAX_LISTED, described, listed


def book(n: int, owed: Decimal | None = None) -> pd.DataFrame:
    """So many decisions; customer number i owes i, and has a PD that falls with it."""
    place = np.arange(n)
    exposure = [Decimal(int(one)) if owed is None else owed for one in place]
    return pd.DataFrame(
        {
            "customer_id": [f"C{one:06}" for one in place], "name": None, "country": "DE", "industry": None,
            "action": "keep", "score": 600, "grade": 5, "pd": 0.5 - place / (4.0 * n), "exposure": exposure,
            "overdue": Decimal(0), "expected_loss": exposure, "limit": Decimal(10),
        }
    )  # fmt: skip


def test_the_list_is_the_top_by_money_and_no_longer_than_a_page_can_hold() -> None:
    rows = listed(book(MAX_LISTED + 500))
    assert len(rows) == MAX_LISTED
    assert rows[0].exposure == MAX_LISTED + 499
    assert rows[-1].exposure == 500
    assert rows[0].name == rows[0].customer_id  # one without a name is called by its number


def test_where_nothing_is_owed_the_highest_pd_comes_first() -> None:
    rows = listed(book(100, Decimal(0)))
    assert [row.pd for row in rows] == sorted((row.pd for row in rows), reverse=True)


@pytest.mark.parametrize("n", [0, 1, 49, 50, 51, 2_000])
def test_so_many_have_a_page_by_expected_loss_and_those_spoken_of_always(n: int) -> None:
    always = {"C000000"} if n else set()
    found = described(book(n), always)
    assert len(found) == min(n, MAX_DESCRIBED)
    assert always <= set(found)
    numbers = [int(one[1:]) for one in found]
    assert numbers == sorted(numbers, reverse=True)  # by expected loss
    if n > MAX_DESCRIBED:
        assert numbers[:-1] == list(range(n - 1, n - MAX_DESCRIBED, -1))


def test_ties_go_by_number_and_a_row_says_who_it_is() -> None:
    rows = book(3, Decimal(0)).assign(pd=0.2).iloc[::-1]
    rows["name"], rows["country"], rows["industry"] = ["Cee", None, "Ay"], ["FR", None, "DE"], ["metal", None, "food"]  # fmt: skip
    rows["limit"] = [Decimal(7), None, Decimal(0)]
    found = [(row.customer_id, row.name, row.country, row.industry, row.limit) for row in listed(rows)]  # fmt: skip
    assert found == [
        ("C000000", "Ay", "DE", "food", Decimal(0)),
        ("C000001", "C000001", None, None, None),
        ("C000002", "Cee", "FR", "metal", Decimal(7)),
    ]
    assert described(rows, ()) == ("C000000", "C000001", "C000002")
    assert described(rows.assign(pd=[0.1, 0.3, 0.2]), ()) == ("C000001", "C000000", "C000002")


def test_where_more_are_spoken_of_than_have_room_no_other_has_a_page() -> None:
    named = book(MAX_DESCRIBED + 30)
    spoken = set(named["customer_id"].head(MAX_DESCRIBED + 5))
    assert set(described(named, spoken)) == spoken
