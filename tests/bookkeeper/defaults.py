"""Default: the days of a breach by preset, and the spells they make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from contracts.config.default import DefaultConfig
from contracts.config.settlement import SettlementConfig
from tests.bookkeeper.items import NOTHING, Position, position
from tests.bookkeeper.journal import Books
from tests.bookkeeper.plans import plans
from tests.bookkeeper.promises import unkept

RatesOn = Callable[[date], Callable[[str], Decimal]]
FINAL = ("insolvency", "write_off", "ceased_trading")
ONE = timedelta(days=1)


def late(now: Position, days: int) -> Decimal:
    """What counts and is at least so many days past due at the end of the day."""
    items = [item for item in now.after_credit() if not item.disputed and not item.planned]
    return sum((item.left for item in items if (now.day - item.due).days >= days), NOTHING)


def owing(now: Position) -> Decimal:
    """The open balance net of what is late is net of: settled items, credits, amounts under dispute."""
    disputed = sum((item.left for item in now.items if item.disputed), NOTHING)
    return now.balance - disputed


def in_breach(
    books: Books, now: Position, config: DefaultConfig, rates: Callable[[str], Decimal]
) -> bool:
    """Whether the position at the end of a day breaches the preset."""
    if config.preset == "events_only":
        return False
    material = Decimal(str(config.materiality))
    if config.preset == "days_beyond_terms":
        return late(now, config.days) > material
    overdue = late(now, config.days + 1)
    if config.preset == "irb_90dpd":
        return overdue > material and overdue > Decimal(str(config.materiality_share)) * owing(now)
    due = _due(books, now, rates)
    return overdue > 0 and overdue >= Decimal(str(config.late_share)) * due


def _due(books: Books, now: Position, rates: Callable[[str], Decimal]) -> Decimal:
    """What fell due in the trailing 12 months, net of the credit notes that name it, or is still unpaid after open credits; but what is in dispute."""
    since = now.day - timedelta(days=365)
    due = NOTHING
    for row in books.documents.values():
        of = books.documents.get(row["credits"], row)
        counted = of["kind"] == "invoice" and of["currency"] == row["currency"]
        if counted and row["issued_on"] <= now.day and since < of["due_on"] <= now.day:
            sign = 1 if row["kind"] == "invoice" else -1
            due += sign * row["amount"] * rates(row["currency"])
    for item in now.items:
        if item.disputed and since < item.due <= now.day:
            due -= item.left
    older = [item for item in now.still_owed() if not item.disputed and item.due <= since]
    return due + sum((item.left for item in older), NOTHING)


def breach_days(
    books: Books,
    span: tuple[date, date],
    config: DefaultConfig,
    rules: SettlementConfig,
    rates: RatesOn,
) -> list[date]:
    """The days of [from, until) at whose end the customer was in breach; an event is a breach of its day.

    In hindsight: everything counts from the day it happened, a payment plan from the day it was agreed, whenever that was known; and
    credits without a name go to the items of a plan that was not kept, for they are the oldest that count.
    """
    books, (day, until) = _in_hindsight(books), span
    lost = [plan["event_id"] for plan in unkept(books, date.max, rules)]
    found = {
        event["occurred_on"]
        for event in books.events
        if event["kind"] in config.events and day <= event["occurred_on"] < until
    }
    while day < until:
        now = position(books, day, lambda entry, end=day: entry.happened <= end, rates(day), rules)  # type: ignore[misc]
        if any(plan["event_id"] in lost for plan in plans(books.events, day)[-1:]):
            now = replace(now, items=tuple(replace(item, kept=False) for item in now.items))
        if in_breach(books, now, config, rates(day)):
            found.add(day)
        day += ONE
    return sorted(found)


def _in_hindsight(books: Books) -> Books:
    """The same books, every event known on the day it happened."""
    return replace(books, events=tuple(row | {"known_on": row["occurred_on"]} for row in books.events))  # fmt: skip


def spells(
    books: Books, days: Sequence[date], config: DefaultConfig
) -> list[tuple[date, date | None]]:
    """Defaults as (entered, cured): after a day of breach the customer is cured once so many days pass without one; never after a final event."""
    final = min(
        (
            e["occurred_on"]
            for e in books.events
            if e["kind"] in FINAL and e["kind"] in config.events
        ),
        default=None,
    )
    found: list[tuple[date, date | None]] = []
    for day in days:
        cured = day + timedelta(days=config.cure_days) + ONE
        if found and (found[-1][1] is None or day < found[-1][1]):
            found[-1] = (found[-1][0], cured)
        else:
            found.append((day, cured))
        if final is not None and day >= final:
            found[-1] = (found[-1][0], None)
            break
    return found
