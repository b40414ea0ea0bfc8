"""The swap set: what changes in money when another model rates the same book through the same decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from contracts.documents.explanations import ReasonText
from contracts.documents.swap import (
    ActionChange,
    Blocked,
    Crossing,
    Driver,
    GradeChange,
    Mover,
    Rated,
    Shift,
    Side,
    Swap,
)
from decisions.facts.book import Facts
from decisions.loss import cents

MAX_MOVERS = 20
MAX_REASONS = 2
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Why:
    """Why a customer's score differs between the two models: points by which they begin, and the features that move most."""

    level: float
    drivers: tuple[Driver, ...]


def swap(
    ratings: tuple[pd.DataFrame, pd.DataFrame],
    customers: pd.DataFrame,
    facts: Facts,
    why: Mapping[str, Why],
    *,
    n_grades: int,
    is_same_scale: bool,
) -> Swap:
    """The document's part.

    Args:
        ratings: by the champion and by the challenger (contract PORTFOLIO), the same customers in the same order.
        customers: the contract table customers: names, countries, industries.
        facts: what both were rated on.
        why: by customer.
        n_grades: of the scale.
        is_same_scale: see `Swap`.
    """
    table = _joined(ratings, facts)
    known = customers.set_index("customer_id")[["name", "country", "industry"]]
    grade_before, grade_after = table["grade_champion"], table["grade_challenger"]
    limits, losses = table["limit_moved"].dropna(), table["loss_moved"]
    return Swap(
        as_of=_day(ratings[0]),
        customers=len(table),
        is_same_scale=is_same_scale,
        champion=_side(table, "champion", n_grades),
        challenger=_side(table, "challenger", n_grades),
        raised=_shift(limits, 1),
        lowered=_shift(limits, -1),
        loss_up=_shift(losses, 1),
        loss_down=_shift(losses, -1),
        crossings=tuple(_crossings(table)),
        better=int((grade_after < grade_before).sum()),
        worse=int((grade_after > grade_before).sum()),
        grades=tuple(
            GradeChange(before=int(before), after=int(after), customers=n, exposure=owed)
            for before, after, n, owed in _changes(table, "grade")
        ),
        actions=tuple(
            sorted(
                (
                    ActionChange(before=before, after=after, customers=n, exposure=owed)
                    for before, after, n, owed in _changes(table, "action")
                ),
                key=lambda one: (-one.customers, one.before, one.after),
            )
        ),
        movers=tuple(_mover(row, known, why) for row in _largest(table)),
    )


def is_blocked(rated: pd.DataFrame) -> pd.Series[bool]:
    """Whether the orders of each customer are blocked: told to stop, or its open balance has reached the limit recommended.

    >>> rated = pd.DataFrame({"action": ["keep", "stop", "keep", "grow"], "exposure": [Decimal(5), Decimal(0), Decimal(5), Decimal(5)],
    ...     "limit": [Decimal(5), Decimal(9), None, Decimal(6)]})
    >>> is_blocked(rated).tolist()
    [True, True, False, False]
    """
    reached = [
        limit is not None and not pd.isna(limit) and owed >= limit
        for owed, limit in zip(rated["exposure"], rated["limit"], strict=True)
    ]
    return (rated["action"] == "stop") | pd.Series(reached, index=rated.index, dtype=bool)


def _joined(ratings: tuple[pd.DataFrame, pd.DataFrame], facts: Facts) -> pd.DataFrame:
    """One row per customer: both ratings, what moved, and what it buys in a month."""
    marked = [one.assign(is_blocked=is_blocked(one)) for one in ratings]
    table = marked[0].merge(
        marked[1], on="customer_id", suffixes=("_champion", "_challenger"), validate="one_to_one"
    )
    table["limit_moved"] = [
        None if before is None or after is None else after - before
        for before, after in zip(table["limit_champion"], table["limit_challenger"], strict=True)
    ]
    table["loss_moved"] = table["expected_loss_challenger"] - table["expected_loss_champion"]
    table["sales"] = _monthly(facts.customers).reindex(table["customer_id"]).to_numpy()
    return table


def _monthly(customers: pd.DataFrame) -> pd.Series[Any]:
    """What each customer bought a month on average, of the last twelve or of those it is known; missing without a ledger."""
    billed, months = (
        customers[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in ("billed_12m", "months_known")
    )
    return pd.Series(billed / np.nan_to_num(months, nan=12.0), index=customers.index)


def _day(rated: pd.DataFrame) -> date:
    return pd.Timestamp(rated["as_of"].iloc[0]).date()


def _sum(values: pd.Series[Any]) -> Decimal:
    return sum((one for one in values if one is not None and not pd.isna(one)), ZERO)


def _sales(rows: pd.DataFrame) -> Decimal | None:
    return None if rows["sales"].isna().all() and len(rows) else cents(float(np.nansum(rows["sales"])))  # fmt: skip


def _side(table: pd.DataFrame, who: str, n_grades: int) -> Side:
    limit, held = table[f"limit_{who}"], table[f"is_blocked_{who}"]
    return Side(
        limits=_sum(limit),
        limited=int(limit.notna().sum()),
        expected_loss=_sum(table[f"expected_loss_{who}"]),
        expected_defaults=float(table[f"pd_{who}"].sum()),
        blocked=int(held.sum()),
        blocked_sales=_sales(table[held]),
        by_grade=tuple(int((table[f"grade_{who}"] == one).sum()) for one in range(1, n_grades + 1)),
    )


def _shift(moved: pd.Series[Any], sign: int) -> Shift:
    own = [one for one in moved if one * sign > 0]
    return Shift(customers=len(own), amount=sum((one * sign for one in own), ZERO))


def _crossings(table: pd.DataFrame) -> Iterator[Crossing]:
    before, after = table["is_blocked_champion"], table["is_blocked_challenger"]
    kinds: tuple[tuple[Blocked, pd.Series[bool]], ...] = (
        ("blocked", after & ~before),
        ("released", before & ~after),
    )
    for kind, which in kinds:
        rows = table[which]
        yield Crossing(
            kind=kind,
            customers=len(rows),
            exposure=_sum(rows["exposure_champion"]),
            sales=_sales(rows),
        )


def _changes(table: pd.DataFrame, what: str) -> Iterator[tuple[Any, Any, int, Decimal]]:
    names = [f"{what}_champion", f"{what}_challenger"]
    changed = table[table[names[0]] != table[names[1]]]
    for (before, after), rows in changed.groupby(names, sort=True):
        yield before, after, len(rows), _sum(rows["exposure_champion"])


def _largest(table: pd.DataFrame) -> list[Any]:
    """Those for whom most money moves; who moves nothing is none of them."""

    def size(row: Any) -> tuple[Any, ...]:
        limit = ZERO if row.limit_moved is None or pd.isna(row.limit_moved) else row.limit_moved
        return (-abs(limit), -abs(row.loss_moved), row.customer_id)

    ordered = sorted(table.itertuples(index=False), key=size)
    return [row for row in ordered if size(row)[:2] != (ZERO, ZERO)][:MAX_MOVERS]


def _mover(row: Any, known: pd.DataFrame, why: Mapping[str, Why]) -> Mover:
    about, own = known.loc[row.customer_id], why[row.customer_id]
    moved = row.limit_moved
    return Mover(
        customer_id=row.customer_id,
        name=about["name"],
        country=_text(about["country"]),
        industry=_text(about["industry"]),
        exposure=row.exposure_champion,
        limit_moved=None if moved is None or pd.isna(moved) else moved,
        loss_moved=row.loss_moved,
        champion=_rated(row, "champion"),
        challenger=_rated(row, "challenger"),
        level=own.level,
        drivers=own.drivers,
    )


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _rated(row: Any, who: str) -> Rated:
    def of(name: str) -> Any:
        return getattr(row, f"{name}_{who}")

    limit = of("limit")
    said = ((of(f"reason_{rank}"), of(f"reason_{rank}_zh")) for rank in range(1, MAX_REASONS + 1))
    return Rated(
        pd=float(of("pd")),
        score=int(of("score")),
        grade=int(of("grade")),
        limit=None if limit is None or pd.isna(limit) else limit,
        expected_loss=of("expected_loss"),
        action=of("action"),
        is_blocked=bool(of("is_blocked")),
        reasons=tuple(ReasonText(en=en, zh=zh) for en, zh in said if isinstance(en, str)),
    )
