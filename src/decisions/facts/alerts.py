"""Facts a controller must know of a customer, whether the model used them or not. Each says since when, or of what day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, get_args

import duckdb
import pandas as pd

from contracts.calendar import months_back
from contracts.config.attributes import AttributeConfig
from contracts.documents.told import Event, Fact, FactKind
from contracts.tables.raw import DEFAULT_EVENTS

LONG_DAYS = 30
"""A few days late is how business is done."""
FINAL = tuple(kind for kind in DEFAULT_EVENTS if kind != "insurer_claim")
"""Events that nothing later undoes: they are told whenever they happened."""
ORDER: Mapping[str, int] = {kind: place for place, kind in enumerate(get_args(FactKind))}


def owed(customers: pd.DataFrame) -> Iterable[tuple[str, Fact]]:
    """What the position and the terms say: over the limit, and how old its oldest item is.

    Args:
        customers: see `Facts.customers`.
    """
    columns = ("exposure", "limit_current", "oldest_days", "long_overdue")
    for customer, *values in customers[list(columns)].itertuples(name=None):
        exposure, limit, oldest, late = (None if pd.isna(one) else one for one in values)
        if exposure is not None and limit is not None and exposure > limit:
            yield (
                customer,
                Fact(kind="over_limit", amount=exposure - limit, exposure=exposure, limit=limit),
            )
        if oldest is not None and oldest > LONG_DAYS and late:
            yield customer, Fact(kind="oldest_overdue", days=int(oldest), amount=late)


def stated(connection: duckdb.DuckDBPyConnection) -> Iterable[tuple[str, Fact]]:
    """What the latest statement known shows: negative equity, a loss; in the statement's currency, whatever its age."""
    for customer, ended, currency, equity, income in connection.execute(_STATED).fetchall():
        if equity is not None and equity < 0:
            yield (
                customer,
                Fact(kind="negative_equity", on=ended, amount=-equity, currency=currency),
            )
        if income is not None and income < 0:
            yield customer, Fact(kind="loss", on=ended, amount=-income, currency=currency)


def happened(
    connection: duckdb.DuckDBPyConnection, as_of: date, months: int
) -> Iterable[tuple[str, Fact]]:
    """The latest event of each kind: those that are final, and the others of the last months.

    Args:
        connection: tables as known before `as_of`.
        as_of: the day of decision.
        months: how long an event that is not final is told.
    """
    values = {
        "kinds": list(get_args(Event)),
        "final": list(FINAL),
        "since": months_back(as_of, months),
    }
    for customer, event, on in connection.execute(_HAPPENED, values).fetchall():
        yield customer, Fact(kind="event", event=event, on=on)


def alarming(
    connection: duckdb.DuckDBPyConnection, declared: Sequence[AttributeConfig]
) -> Iterable[tuple[str, Fact]]:
    """Attributes whose latest value is beyond what the portfolio declares as an alarm.

    Args:
        connection: tables as known before the day of decision, `attributes` among them.
        declared: the portfolio's attributes.
    """
    for one in declared:
        if one.alarm_below is None and one.alarm_above is None:
            continue
        rows = connection.execute(_LATEST.format(name=f'"{one.name}"')).fetchall()
        for customer, on, value in rows:
            for bound, is_beyond in (
                (one.alarm_below, one.alarm_below is not None and value < one.alarm_below),
                (one.alarm_above, one.alarm_above is not None and value > one.alarm_above),
            ):
                if is_beyond:
                    yield customer, _alarm(one, on, value, bound)


def _alarm(one: AttributeConfig, on: date, value: float, bound: float | None) -> Fact:
    return Fact(
        kind="alarm", on=on, value=float(value), bound=bound, is_below=bound == one.alarm_below,
        wording_en=one.wording_en, wording_zh=one.wording_zh,
    )  # fmt: skip


def by_customer(*found: Iterable[tuple[str, Fact]]) -> dict[str, tuple[Fact, ...]]:
    """The facts of each customer, the gravest kind first, the newest of a kind first."""
    facts: dict[str, list[Fact]] = defaultdict(list)
    for customer, fact in (pair for some in found for pair in some):
        facts[customer].append(fact)
    return {customer: tuple(sorted(some, key=_place)) for customer, some in facts.items()}


def _place(fact: Fact) -> tuple[Any, ...]:
    return (
        ORDER[fact.kind],
        -(fact.on.toordinal() if fact.on else 0),
        fact.event or "",
        fact.wording_en or "",
    )


_STATED = """
SELECT customer_id, period_end, currency,
    CAST(coalesce(equity, total_assets - total_liabilities) AS DECIMAL(18, 2)) AS equity, net_income
FROM financials
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY period_end DESC, published_on DESC) = 1
ORDER BY customer_id
"""
_HAPPENED = """
SELECT customer_id, kind, max(occurred_on)
FROM events
WHERE list_contains($kinds, kind) AND (list_contains($final, kind) OR occurred_on >= $since)
GROUP BY ALL ORDER BY ALL
"""
# the row known last, as the features take it
_LATEST = """
SELECT customer_id, known_on, CAST({name} AS DOUBLE) AS value
FROM attributes WHERE {name} IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY known_on DESC) = 1
ORDER BY customer_id
"""
