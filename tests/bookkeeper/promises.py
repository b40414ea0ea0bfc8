"""Payment plans that were broken: they ended with something of their items still open."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import zip_longest

from contracts.config.settlement import SettlementConfig
from tests.bookkeeper.items import NOTHING, Rates, position
from tests.bookkeeper.journal import Books
from tests.bookkeeper.plans import last_date, plans
from tests.features_books import Row


def broken(books: Books, as_of: date, rules: SettlementConfig, rates: Rates) -> list[date]:
    """The days after the plans ended that were broken, as known before a day; one that a later plan replaced was not."""
    agreed = plans(books.events, as_of - timedelta(days=1))
    found = []
    for plan, later in zip_longest(agreed, agreed[1:]):
        over = last_date(plan) + timedelta(days=1)
        replaced = later is not None and later["occurred_on"] < over
        if not replaced and over < as_of and _owed(books, plan, as_of, rules, rates):
            found.append(over)
    return found


def _owed(books: Books, plan: Row, as_of: date, rules: SettlementConfig, rates: Rates) -> bool:
    """Whether something of its items is open and not in dispute at the end of its last date, by value date, as known before a day."""
    end = last_date(plan)
    then = position(
        books, end, lambda entry: entry.known < as_of and entry.happened <= end, rates, rules
    )
    # from the day after they are the oldest items that count, so credits without a name pay them
    items = [i for i in then.items if i.due < plan["occurred_on"] and not i.disputed]
    left = sum((item.left for item in items), NOTHING) - max(then.credit, NOTHING)
    return bool(items) and left > items[-1].tolerance
