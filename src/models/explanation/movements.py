"""The newest book beside those of three and twelve months before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from contracts.arrays import Floats, Ints
from contracts.documents.movements import Movements
from contracts.scale import exact_score
from models.explanation.history import Day, Judge, earlier
from models.explanation.movement import TOGETHER, Moved, moved
from models.explanation.movement_tables import comparison, movement_table, no_movement
from models.explanation.wording import Feature

MONTHS = (3, 12)
"""Months back that a book is compared with."""


def compared(days: Sequence[date]) -> dict[int, date]:
    """The days that the newest is compared with, by the months that lie between at least; those there are.

    >>> compared([date(2025, 1, 1), date(2025, 10, 1), date(2026, 1, 1)])
    {3: datetime.date(2025, 10, 1), 12: datetime.date(2025, 1, 1)}
    """
    found = {months: earlier(days, months) for months in MONTHS}
    return {months: day for months, day in found.items() if day is not None}


@dataclass(frozen=True, slots=True)
class Compared:
    """The newest book beside an earlier one.

    Attributes:
        months: that lie between at least.
        found: the split.
        books: both days.
        features: in the model's order.
        currency: of money.
    """

    months: int
    found: Moved
    books: tuple[Day, Day]
    features: tuple[Feature, ...]
    currency: str

    def table(self, places: Ints | slice) -> pd.DataFrame:
        """Contract MOVEMENTS of some of the customers of both books."""
        return movement_table(self.found.of(places), self.books, self.features, self.currency)

    def between(self, low: str, high: str | None) -> pd.DataFrame:
        """The same of the customers from one id to before another, or to the end."""
        ids = self.found.customers
        end = len(ids) if high is None else int(np.searchsorted(ids, high))
        return self.table(slice(int(np.searchsorted(ids, low)), end))


def movements(
    days: Mapping[date, Day],
    features: tuple[Feature, ...],
    judge: Judge,
    currency: str,
    statements: pd.DataFrame | None,
) -> list[Compared]:
    """The comparisons there are; none where there is no earlier book.

    Args:
        days: those of `compared`, and the newest.
        features: in the model's order.
        judge: the model of today.
        currency: of money.
        statements: customer_id and published_on; None where none are delivered.
    """

    def worth(margin: Floats) -> Floats:
        return exact_score(judge.calibrate(margin), judge.scale)

    now, made = days[max(days)], []
    for months, day in compared(list(days)).items():
        books = days[day], now
        found = moved(*books, features, worth, published(statements, day, now.as_of))
        made.append(Compared(months, found, books, features, currency))
    return made


def movement_rows(compared_books: Sequence[Compared]) -> Iterator[pd.DataFrame]:
    """Contract MOVEMENTS of all comparisons, some customers after the other: a customer has up to nine rows in each, of much text."""
    every = [one.found.customers for one in compared_books]
    ids = np.unique(np.concatenate(every)) if every else np.array([], dtype=object)
    if not len(ids):
        yield no_movement()
    for start in range(0, len(ids), TOGETHER):
        low, high = ids[start], next(iter(ids[start + TOGETHER : start + TOGETHER + 1]), None)
        tables = [one.between(low, high) for one in compared_books]
        yield pd.concat([one for one in tables if len(one)] or tables[:1], ignore_index=True)


def published(statements: pd.DataFrame | None, since: date, as_of: date) -> frozenset[str]:
    """The customers of whom a statement became usable from one day of decision to the next: [since, as_of).

    >>> rows = pd.DataFrame({"customer_id": ["a", "b", "c"], "published_on": pd.to_datetime(["2025-10-01", "2026-01-01", "2025-09-30"])})
    >>> sorted(published(rows, date(2025, 10, 1), date(2026, 1, 1)))
    ['a']
    """
    if statements is None:
        return frozenset()
    days = statements["published_on"]
    new = (days >= pd.Timestamp(since)) & (days < pd.Timestamp(as_of))
    return frozenset(statements.loc[new, "customer_id"].astype(str))


def document(
    compared_books: Sequence[Compared],
    as_of: date,
    portfolio: str,
    names: Mapping[str, str],
    *,
    gates_not_passed: tuple[str, ...] = (),
) -> Movements:
    """`reports/movements.json`.

    Args:
        compared_books: see `movements`.
        as_of: newest day of decision.
        portfolio: its name.
        names: customer_id to name; may be empty.
        gates_not_passed: codes of the gates that keep the model out of the registry.
    """
    return Movements(
        portfolio=portfolio,
        gates_not_passed=gates_not_passed,
        as_of=as_of,
        comparisons=tuple(
            comparison(one.found, one.table, one.books, one.months, (one.features, names))
            for one in compared_books
        ),
    )
