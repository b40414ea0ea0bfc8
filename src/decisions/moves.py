"""What has changed since the earlier book. Who left it, in default or inactive, is told apart from who got better."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from contracts.config.decisions import RateConfig
from contracts.config.scale import ScaleConfig
from contracts.documents.portfolio import Came, Left, Moves
from contracts.scale import grade
from contracts.tables.raw import DEFAULT_EVENTS
from decisions.facts.book import Book, Facts
from decisions.facts.position import Position

OWED = ("exposure", "overdue")


def moves(
    named: pd.DataFrame, book: Book, facts: Facts, scale: ScaleConfig, rules: RateConfig
) -> Moves | None:
    """What has changed since the book that is compared with; None without one.

    A change is that of the customers in both books. A customer that enters default leaves the book with all it owes:
    counted in one sum with the others, its default would read as less overdue and fewer customers at risk.

    Args:
        named: the decisions.
        book: the scored book.
        facts: what was owed now and then.
        scale: PD to grade.
        rules: from which grade a customer is at risk.
    """
    earlier = book.earlier()
    if earlier is None:
        return None
    then = pd.Series(grade(earlier["pd"], scale), index=earlier["customer_id"])
    now = named.set_index("customer_id")["grade"]
    both, gone, new = now.index.intersection(then.index), then.index.difference(now.index), now.index.difference(then.index)  # fmt: skip
    moved = now[both] - then[both]
    worst = rules.at_risk_from_grade
    is_untold = np.isin(gone, list(book.untold))
    is_known = facts.before is not None and book.has_ledger
    owed_then, owed_now = (facts.before, facts.position) if is_known else (None, None)
    return Moves(
        as_of=pd.Timestamp(earlier["as_of"].iloc[0]).date(),
        customers=len(both),
        worse=int((moved > 0).sum()),
        better=int((moved < 0).sum()),
        at_risk_change=int((now[both] >= worst).sum()) - int((then[both] >= worst).sum()),
        **_differences(_sums(owed_then, both), _sums(owed_now, both)),
        left=Left(
            customers=len(gone),
            at_risk=int((then[gone] >= worst).sum()),
            in_default=int((np.isin(gone, _in_default(facts, owed_now)) & ~is_untold).sum()),
            untold=int(is_untold.sum()),
            **_sums(owed_then, gone),
            **{f"{name}_now": amount for name, amount in _sums(owed_now, gone).items()},
        ),
        came=Came(
            customers=len(new), at_risk=int((now[new] >= worst).sum()), **_sums(owed_now, new)
        ),
    )


def _in_default(facts: Facts, owed_now: Position | None) -> list[str]:
    """Who had a default event; and, of those without a score, who owes something, for that makes a customer active."""
    owing = [] if owed_now is None else owed_now.customers.index.tolist()
    events = [
        customer
        for customer, found in facts.alerts.items()
        if any(fact.event in DEFAULT_EVENTS for fact in found)
    ]
    return [*owing, *events]


def _sums(position: Position | None, customers: pd.Index[Any]) -> dict[str, Decimal]:
    """What these customers owe, who owe nothing where the position does not name them; nothing at all without a ledger."""
    if position is None:
        return {}
    rows = position.customers
    return {name: sum(rows[name].reindex(customers).dropna(), Decimal(0)) for name in OWED}


def _differences(then: dict[str, Decimal], now: dict[str, Decimal]) -> dict[str, Decimal]:
    return {f"{name}_change": now[name] - then[name] for name in then}
