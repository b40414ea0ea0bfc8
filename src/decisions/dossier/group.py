"""The customers that belong together, and where one stands among the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from contracts.documents.customer import Group, Member, Standing
from decisions.calls import text_of

MAX_MEMBERS = 15
MIN_PEERS = 5
"""Among fewer customers of its industry no place is told, as no rank is computed among them."""


def heads(parent: Mapping[str, str]) -> dict[str, str]:
    """By customer, the head of its group: the last on the way up; a circle's is its smallest number.

    Args:
        parent: by customer, what it belongs to; customers without one are left out.

    >>> heads({"b": "a", "c": "b", "x": "y", "y": "x"})
    {'b': 'a', 'c': 'a', 'x': 'x', 'y': 'x'}
    """
    return {one: _head(one, parent) for one in parent}


def _head(one: str, parent: Mapping[str, str]) -> str:
    way = [one]
    while (above := parent.get(way[-1])) is not None:
        if above in way:
            return min(way[way.index(above) :])
        way.append(above)
    return way[-1]


def groups(
    ids: Iterable[str],
    customers: pd.DataFrame,
    rated: pd.DataFrame,
    owed: Mapping[str, Decimal] | None,
    at_risk_from_grade: int,
) -> dict[str, Group]:
    """By customer, the group it belongs to; none for a customer that stands alone.

    Args:
        ids: whose groups are asked for.
        customers: every customer: customer_id, name, parent_id.
        rated: every customer with a score: customer_id, grade, score.
        owed: by customer, what it owes, whether it has a score or not; None without a ledger.
        at_risk_from_grade: grade from which a customer is at risk.
    """
    given = customers[customers["parent_id"].notna()]
    parent = dict(zip(given["customer_id"], given["parent_id"], strict=True))
    head_of = heads({one: up for one, up in parent.items() if one != up})
    members: dict[str, list[str]] = {}
    for one, head in head_of.items():
        members.setdefault(head, [head]).append(one)
    wanted = {one: members[head_of.get(one, one)] for one in ids if head_of.get(one, one) in members}  # fmt: skip
    every = {one for some in wanted.values() for one in some}
    names = customers[customers["customer_id"].isin(every)].set_index("customer_id")["name"]
    scored = (
        rated[rated["customer_id"].isin(every)].set_index("customer_id").to_dict(orient="index")
    )
    return {
        one: _group(
            one, sorted(set(some)), some[0], (dict(names), scored, owed), at_risk_from_grade
        )
        for one, some in wanted.items()
    }


def _group(
    one: str,
    every: list[str],
    head: str,
    known: tuple[Mapping[Any, Any], Mapping[Any, Any], Mapping[str, Decimal] | None],
    at_risk_from_grade: int,
) -> Group:
    names, scored, owed = known
    ours = [other for other in every if other in names]
    others = [
        Member(
            customer_id=other,
            name=text_of(names.get(other)),
            is_head=other == head,
            grade=int(scored[other]["grade"]) if other in scored else None,
            score=int(scored[other]["score"]) if other in scored else None,
            exposure=None if owed is None else owed.get(other, Decimal(0)),
        )
        for other in every
        if other != one and (other in names or other == head)
    ]
    others.sort(key=lambda other: (-(other.exposure or Decimal(0)), other.customer_id))
    return Group(
        head=head,
        is_head=one == head,
        members=tuple(others[:MAX_MEMBERS]),
        n_members=len(others),
        exposure=None
        if owed is None
        else sum((owed.get(one, Decimal(0)) for one in ours), Decimal(0)),
        at_risk=sum(
            int(scored[one]["grade"]) >= at_risk_from_grade for one in ours if one in scored
        ),
        n_unscored=sum(one not in scored for one in ours),
    )


def standing(one: str, industry: str | None, book: pd.DataFrame) -> tuple[Standing, ...]:
    """Its place in its industry, where enough customers of it have a score, and in the whole book.

    Args:
        one: a customer with a score.
        industry: its own; None where not known.
        book: every customer with a score: customer_id, pd, score, industry.
    """
    chance = float(book.loc[book["customer_id"] == one, "pd"].iloc[0])
    parts: list[tuple[str | None, pd.DataFrame]] = [(None, book)]
    if industry is not None:
        parts.insert(0, (industry, book[book["industry"] == industry]))
    return tuple(
        Standing(
            industry=name,
            customers=len(rows),
            safer=int((rows["pd"] < chance).sum()),
            median_score=float(rows["score"].median()),
            median_pd=float(rows["pd"].median()),
        )
        for name, rows in parts
        if len(rows) >= MIN_PEERS
    )
