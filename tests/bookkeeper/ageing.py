"""Ageing: what is past due, in which bucket, and how that has moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from contracts.tables.ledger import BUCKETS
from tests.bookkeeper.items import NOTHING, Item, Position
from tests.bookkeeper.journal import known_on
from tests.bookkeeper.record import PastDue, Value, ratio

if TYPE_CHECKING:
    from tests.bookkeeper.features import Desk

ENDS = {"1-30": (1, 30), "31-60": (31, 60), "61-90": (61, 90), "90+": (91, 10**6)}
NAMES = {"1-30": "1_to_30d", "31-60": "31_to_60d", "61-90": "61_to_90d", "90+": "over_90d"}


def buckets(items: Sequence[Item], as_of: date) -> dict[str, Decimal]:
    """Open amounts by days past due."""
    found = dict.fromkeys(BUCKETS, NOTHING)
    for item in items:
        age = (as_of - item.due).days
        name = next((name for name, (low, high) in ENDS.items() if low <= age <= high), "not_due")
        found[name] += item.left
    return found


def overdue_items(now: Position, as_of: date) -> list[tuple[int, Decimal]]:
    """Days past due and amount of the items of which more than the tolerance is left."""
    return [((as_of - item.due).days, item.left) for item in now.still_owed() if item.due < as_of]


def past_due(now: Position, as_of: date) -> PastDue:
    """What is past due, as the record of payments counts it."""
    by_age = buckets(now.after_credit(), as_of)
    amount = sum((by_age[name] for name in ENDS), NOTHING)
    return PastDue(overdue_items(now, as_of), amount, amount - by_age["1-30"])


def age_values(
    now: Position, as_of: date, then: Position, paid: tuple[Decimal, Decimal]
) -> dict[str, Value]:
    """The ageing features; `then` is the position 90 days before, `paid` what came in the 90 days before each."""
    items = now.after_credit()
    late = overdue_items(now, as_of)
    left_over = sum((left for _, left in late), NOTHING)
    by_age = buckets(items, as_of)
    overdue = sum((by_age[name] for name in ENDS), NOTHING)
    before = buckets(then.after_credit(), as_of - timedelta(days=90))
    earlier = sum((before[name] for name in ENDS), NOTHING)
    share, share_then = ratio(overdue, now.balance), ratio(earlier, then.balance)
    owed = now.balance + paid[0]
    of_owed, of_owed_then = ratio(overdue, owed), ratio(earlier, then.balance + paid[1])
    return {
        "ageing_overdue_owed_share": of_owed,
        "ageing_overdue_days_owed_mean": ratio(
            sum((age * left for age, left in late), NOTHING), owed
        ),
        **{f"ageing_{NAMES[name]}_owed_share": ratio(by_age[name], owed) for name in ENDS},
        "ageing_overdue_owed_share_change_90d": None
        if of_owed is None or of_owed_then is None
        else of_owed - of_owed_then,
        "ageing_overdue_amount": overdue,
        "ageing_overdue_share": share,
        "ageing_oldest_days": max((age for age, _ in late), default=0),
        "ageing_overdue_items_count": len(late),
        "ageing_overdue_age_mean": ratio(
            sum((age * left for age, left in late), NOTHING), left_over
        ),
        **{f"ageing_{NAMES[name]}_share": ratio(by_age[name], now.balance) for name in ENDS},
        **{f"ageing_{NAMES[name]}_change_90d": by_age[name] - before[name] for name in ENDS},
        "ageing_overdue_share_change_90d": None
        if share is None or share_then is None
        else share - share_then,
    }


def unpaid_shares(desk: Desk, now: Position) -> dict[str, Value]:
    """Of the invoices known that fell due in the last 30 and 90 days, the share that is open after credits."""
    found = {}
    for days in (30, 90):
        since = desk.as_of - timedelta(days=days)
        fell = sum(
            (
                row["amount"] * desk.rates(row["currency"])
                for row in desk.books.documents.values()
                if row["kind"] == "invoice"
                and known_on(row) < desk.as_of
                and since <= row["due_on"] < desk.as_of
            ),
            NOTHING,
        )
        left = (item.left for item in now.after_credit() if since <= item.due < desk.as_of)
        found[f"ageing_fallen_due_unpaid_share_{days}d"] = ratio(sum(left, NOTHING), fell)
    return found


def position_row(now: Position, as_of: date) -> Mapping[str, Decimal | int]:
    """The row of the table `position`."""
    items = now.after_credit()
    ages = [age for age, _ in overdue_items(now, as_of)]
    by_age = buckets(items, as_of)
    exposure = max(now.balance, NOTHING)
    by_age["not_due"] += max(-now.credit, NOTHING)  # more was sent back than came: owed, on no day
    return {
        "balance": now.balance,
        "exposure": exposure,
        "overdue": sum((by_age[name] for name in ENDS), NOTHING),
        **by_age,
        "disputed": min(exposure, sum((item.left for item in items if item.disputed), NOTHING)),
        "oldest_days": max(ages, default=0),
    }
