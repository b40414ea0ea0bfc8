"""The feature engine beside an independent double-entry bookkeeper (`tests/bookkeeper`), on random ledgers of everyday bookings.

One delivery holds all customers, so one build answers. Where code and an older oracle agreed in error, the bookkeeper, written
from the definitions alone, did not: items that an open credit paid kept their age and their number; disputed items were paid by
credits before items that count; the disputed share rose above 1; a cut limit counted as a breach; the on-time streak followed
the day of booking; sales of days sales outstanding were gross, over a window longer than the customer's age.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from contracts.config.features import FeaturesConfig
from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.compare import (
    Difference,
    feature_differences,
    of,
    position_differences,
    smallest,
    table,
)
from tests.features_books import Tables
from tests.features_random import month_ends, random_book, seeded

LEDGER = ("payments", "ageing", "disputes", "limits", "billing", "events")
ELSEWHERE = {"events_payment_plans_broken_count_1095d", "events_external_rating"}
"""Asked of the hand-worked cases."""
CHOICE = FeaturesConfig(families=LEDGER)
DAYS = (date(2022, 7, 1), date(2022, 12, 1), date(2023, 3, 1), date(2023, 6, 1))


def differing(tables: Tables, days: Sequence[date]) -> list[Difference]:
    found = feature_differences(tables, days, choice=CHOICE)
    return [one for one in found if one.name not in ELSEWHERE]


def shown(tables: Tables, found: Sequence[Difference]) -> str:
    """How often each figure differs, and the smallest book that shows the first difference."""
    if not found:
        return ""
    first = found[0]

    def differs(book: Tables) -> bool:
        again = [*differing(book, [first.as_of]), *position_differences(book, [first.as_of])]
        return any(one.name == first.name for one in again)

    least = smallest(of(tables, [first.customer]), differs)
    return f"{Counter(one.name for one in found)}\n{first}\n{table(least)}"


def test_every_ledger_feature_is_the_bookkeepers() -> None:
    tables = everyday_book(seeded(20), 200)
    found = differing(tables, DAYS[1:])
    assert not found, shown(tables, found)


def test_every_position_is_the_bookkeepers() -> None:
    tables = everyday_book(seeded(21), 300)
    found = position_differences(tables, DAYS)
    assert not found, shown(tables, found)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_every_figure_of_a_thousand_customers_is_the_bookkeepers(seed: int) -> None:
    tables = everyday_book(seeded(seed), 1_000)
    found = [*differing(tables, DAYS), *position_differences(tables, DAYS)]
    assert not found, shown(tables, found)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_every_figure_of_the_oddest_ledgers_is_the_bookkeepers(seed: int) -> None:
    """Bookings that no clerk makes, and that the contract allows."""
    tables = random_book(seeded(seed), 200)
    days = [end + timedelta(days=1) for end in month_ends()[3::4]]
    found = [*differing(tables, days), *position_differences(tables, days)]
    assert not found, shown(tables, found)
