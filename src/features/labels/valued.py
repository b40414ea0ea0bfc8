"""What a customer's ledger is worth at the end of each day on which that may change: money at the latest rate of the day.

A day counts where something is booked, and where a rate moves in which the customer owes something while something is
late: only then may a rate decide. On such a day only what is held is valued, so the cost is that of the bookings and of
the days on which something is late, however many currencies a customer has ever been billed in.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from features.labels.steps import MEASURES
from features.ledger.bookings import Keep
from features.ledger.settlement import NEVER
from features.time.asof import DAY

_ACCOUNT = ("customer_id", "currency")


def rate_spans(rates: ir.Table) -> ir.Table:
    """Spans [from_day, until_day) of one rate: currency, units; the first rate holds before its day as well.

    Args:
        rates: currency, asked (day), units.
    """
    order = ibis.window(group_by="currency", order_by="asked")
    changed = rates.mutate(former=rates.units.lag().over(order))
    changed = changed.filter(changed.former.isnull() | (changed.former != changed.units))
    return changed.select(
        "currency",
        "units",
        from_day=changed.former.isnull().ifelse(-NEVER, changed.asked).cast("int64"),
        until_day=ibis.coalesce(changed.asked.lead().over(order), NEVER).cast("int64"),
    )


def converted(changes: ir.Table, spans: ir.Table, keep: Keep = lambda _, table: table) -> ir.Table:
    """The state of every customer at the end of each day that may change it: customer_id, day and the `MEASURES`.

    In units of 1e-8 of the reporting currency. A day on which nothing but a rate changes is among them while
    something is late and something is held in that currency.

    Args:
        changes: see `Steps.changes`.
        spans: see `rate_spans`.
        keep: computes a relation and keeps its rows, for one that several others read.
    """
    days, moves = keep("account_days", _days(changes)), keep("rate_moves", _moves(spans))
    held = keep("held_in_each", _held(changes, days))
    late = keep("held_while_late", _while_late(held))
    moved = late.drop(DAY, "until").inner_join(_moved(late, moves), ["customer_id", "place"])
    nothing = {name: ibis.literal(0).cast(AMOUNT) for name in MEASURES}
    owed = held.select(*_ACCOUNT, DAY, *MEASURES)
    owed = owed.union(moved.select(*_ACCOUNT, DAY, *MEASURES))
    priced = _priced(owed.select("currency", DAY).distinct(), moves)
    rated = owed.inner_join(priced.drop("place"), ["currency", DAY])
    value = {name: (rated[name] * rated.units).cast(AMOUNT) for name in MEASURES}
    every = rated.select("customer_id", DAY, **value)
    # a day after which nothing is held
    every = every.union(days.select("customer_id", DAY, **nothing))
    sums = {name: every[name].sum().cast(AMOUNT) for name in MEASURES}
    return every.group_by(["customer_id", DAY]).agg(**sums)


def _days(changes: ir.Table) -> ir.Table:
    """The days on which something of a customer changes, numbered: customer_id, day, until (the next one), place."""
    order = ibis.window(group_by="customer_id", order_by=DAY)
    days = changes.select("customer_id", DAY).distinct()
    return days.mutate(
        until=ibis.coalesce(days[DAY].lead().over(order), NEVER).cast("int64"),
        place=ibis.row_number().over(order).cast("int64"),
    )


def _held(changes: ir.Table, days: ir.Table) -> ir.Table:
    """What is held in each currency from each of the customer's days to the next; nothing where all of it is nought."""
    forward = ibis.window(group_by=list(_ACCOUNT), order_by=DAY, preceding=None, following=0)
    totals = {name: changes[name].sum().over(forward).cast(AMOUNT) for name in MEASURES}
    run = changes.select(*_ACCOUNT, DAY, **totals)
    run = run.inner_join(days.select("customer_id", DAY, "place"), ["customer_id", DAY])
    number = days.group_by("customer_id").agg(number=days.place.max() + 1)
    run = run.inner_join(number, "customer_id")
    following = run.place.lead().over(ibis.window(group_by=list(_ACCOUNT), order_by=DAY))
    run = run.mutate(following=ibis.coalesce(following, run.number))
    some = run.filter(reduce(or_, [run[name] != 0 for name in MEASURES])).drop(DAY)
    each = some.mutate(place=ibis.range(some.place, some.following).unnest().cast("int64"))
    both = each.inner_join(days, ["customer_id", "place"])
    return both.select(*_ACCOUNT, "place", DAY, "until", *MEASURES)


def _while_late(held: ir.Table) -> ir.Table:
    """What a customer holds while something of it is late."""
    late = held.filter(held.late > 0).select("customer_id", "place").distinct()
    return held.semi_join(late, ["customer_id", "place"])


def _moves(spans: ir.Table) -> ir.Table:
    """Rates, numbered by currency from 0, which holds before the first: currency, units, day, place."""
    order = ibis.window(group_by="currency", order_by="from_day")
    place = ibis.row_number().over(order).cast("int64")
    return spans.select("currency", "units", day=spans.from_day, place=place)


def _moved(late: ir.Table, moves: ir.Table) -> ir.Table:
    """The days within a customer's day and the next on which a rate moves in which something is held: customer_id, place, day."""
    last = late.select("currency", day=late.until - 1)
    asked = late.select("currency", DAY).union(last).distinct()
    priced = _priced(asked, moves).select("currency", DAY, "place")
    begun = priced.rename(first="place")
    ended = priced.select("currency", until=priced[DAY] + 1, last="place")
    both = late.select("customer_id", "currency", DAY, "until", owner="place")
    both = both.inner_join(begun, ["currency", DAY]).inner_join(ended, ["currency", "until"])
    both = both.filter(both.last > both.first).drop(DAY, "until")
    each = both.mutate(place=ibis.range(both.first + 1, both.last + 1).unnest().cast("int64"))
    found = each.inner_join(moves, ["currency", "place"])
    return found.select("customer_id", DAY, place="owner").distinct()


def _priced(asked: ir.Table, moves: ir.Table) -> ir.Table:
    """The rate that holds on each day, by a walk through both: currency, day, units, place.

    Args:
        asked: currency and day, unique.
        moves: see `_moves`.
    """
    told = moves.select("currency", DAY, "place", is_asked=ibis.literal(value=False))
    days = asked.select(
        "currency", DAY, place=ibis.null("int64"), is_asked=ibis.literal(value=True)
    )
    both = told.union(days)
    each = both.group_by(["currency", DAY]).agg(
        place=both.place.max(), is_asked=both.is_asked.any()
    )
    forward = ibis.window(group_by="currency", order_by=DAY, preceding=None, following=0)
    run = each.mutate(place=each.place.max().over(forward))
    wanted = run.filter(run.is_asked).select("currency", DAY, "place")
    return wanted.inner_join(moves.drop(DAY), ["currency", "place"])
