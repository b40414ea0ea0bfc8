"""Payment plans that were broken: they ended with something of their items still open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest

from contracts.config.settlement import SettlementConfig
from tests.bookkeeper.items import NOTHING, position
from tests.bookkeeper.journal import Books
from tests.bookkeeper.plans import last_date, plans
from tests.features_books import Row


def broken(books: Books, as_of: date, rules: SettlementConfig) -> list[date]:
    """When it was known of the plans that were broken that they had ended, before a day."""
    return [max(last_date(plan), plan["known_on"]) for plan in unkept(books, as_of, rules)]


def unkept(books: Books, as_of: date, rules: SettlementConfig) -> list[Row]:
    """The plans of which it was known before a day that they were broken; a plan that a later one replaced was not."""
    agreed = plans(books.events, as_of - timedelta(days=1))
    found = []
    for plan, later in zip_longest(agreed, agreed[1:]):
        ended = max(last_date(plan), plan["known_on"])
        is_replaced = later is not None and later["occurred_on"] <= last_date(plan)
        currencies = {row["currency"] for row in books.documents.values()}
        if (
            not is_replaced
            and ended < as_of
            and any(_owed(books, plan, as_of, rules, currency) for currency in currencies)
        ):
            found.append(plan)
    return found


def _owed(books: Books, plan: Row, as_of: date, rules: SettlementConfig, currency: str) -> bool:
    """Whether something of its items in a currency is open and not in dispute at the end of its last date, by value date, as known before a day."""
    end = last_date(plan)
    then = position(
        books,
        end,
        lambda entry: entry.known < as_of and entry.happened <= end,
        lambda other: Decimal(other == currency),
        rules,
    )
    # from the day after they are the oldest items that count, so credits without a name pay them
    items = [i for i in then.items if i.left > 0 and i.due < plan["occurred_on"] and not i.disputed]
    left = sum((item.left for item in items), NOTHING) - max(then.credit, NOTHING)
    return bool(items) and left > items[-1].tolerance
