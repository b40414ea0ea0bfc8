"""The receivables of a whole book: ageing, days sales outstanding and its family, and what the parts of a book weigh."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate, pairwise

from contracts.calendar import months_back
from contracts.tables.ledger import BUCKETS
from tests.bookkeeper.ageing import position_row
from tests.bookkeeper.features import Desk
from tests.bookkeeper.items import NOTHING, cents
from tests.bookkeeper.trade import months, record

QUARTER = 3


@dataclass(frozen=True, slots=True)
class Family:
    """How fast money came in over the newest quarter; None where not defined.

    `is_countback_beyond`: count-back takes more than the twelve months that are looked at, whose days it then says.
    """

    days: int
    dso: float | None
    best_possible_dso: float | None
    days_delinquent: float | None
    countback_dso: float | None
    is_countback_beyond: bool
    effectiveness: float | None


@dataclass(frozen=True, slots=True)
class Ledger:
    """The books of all customers on the day of decision, and what they owed when the quarter began.

    Attributes:
        as_of: day of decision.
        rows: by customer, its line of the table `position`.
        opening: what each owed three months before, at the rates of then.
        booked: by customer, sales by booking in each of twelve months, newest first.
    """

    as_of: date
    rows: Mapping[str, Mapping[str, Decimal | int]]
    opening: Mapping[str, Decimal]
    booked: Mapping[str, tuple[Decimal, ...]]

    def owed(self, whose: Collection[str], column: str = "exposure") -> Decimal:
        """The sum of a column over some customers, in whole cents each."""
        return sum((Decimal(self.rows[one][column]) for one in whose), NOTHING)

    def ageing(self, whose: Collection[str]) -> dict[str, Decimal]:
        """The ageing table of some customers."""
        return {name: self.owed(whose, name) for name in BUCKETS}


def ledger(now: Mapping[str, Desk], then: Mapping[str, Desk], as_of: date) -> Ledger:
    """From the desks of the day of decision and of the day the quarter began."""
    return Ledger(
        as_of,
        {
            whose: in_whole_cents(position_row(desk.position(), as_of))
            for whose, desk in now.items()
        },
        {whose: cents(max(desk.position().balance, NOTHING)) for whose, desk in then.items()},
        {whose: months_in_cents(record(desk).booked) for whose, desk in now.items()},
    )


def months_in_cents(months: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Months, newest first, in whole cents: what is rounded is the sum of the newest so many, so that a year is right to the cent."""
    summed = [NOTHING, *map(cents, accumulate(months))]
    return tuple(later - before for before, later in pairwise(summed))


def in_whole_cents(row: Mapping[str, Decimal | int]) -> dict[str, Decimal]:
    """A line of the position in cents, the buckets adding up to the exposure: what is older than each edge is rounded, not the bucket."""
    found = {name: cents(Decimal(row[name])) for name in ("exposure", "overdue")}
    older = NOTHING
    for name in reversed(BUCKETS):
        whole = cents(sum((Decimal(row[one]) for one in BUCKETS[BUCKETS.index(name) :]), NOTHING))
        if name == BUCKETS[0]:
            whole = found["exposure"]
        found[name], older = whole - older, whole
    return found


def family(books: Ledger, whose: Collection[str]) -> Family:
    """DSO, best possible DSO, days delinquent, count-back DSO and collection effectiveness of some customers."""
    spans = months(books.as_of)
    sold = [sum((books.booked[one][n] for one in whose), NOTHING) for n in range(len(spans))]
    days = (books.as_of - months_back(books.as_of, QUARTER)).days
    sales, closing = sum(sold[:QUARTER], NOTHING), books.owed(whose)
    current = books.ageing(whose)["not_due"]
    opening = sum((books.opening[one] for one in whose), NOTHING)
    dso = best = None
    if sales > 0:
        dso, best = float(closing / sales * days), float(current / sales * days)
    could = opening + sales - current
    return Family(
        days,
        dso,
        best,
        None if dso is None or best is None else dso - best,
        *_counted_back(closing, sold, [(until - since).days for since, until in spans]),
        float((opening + sales - closing) / could * 100) if could > 0 else None,
    )


def _counted_back(
    closing: Decimal, sold: list[Decimal], lengths: list[int]
) -> tuple[float | None, bool]:
    """Days of the newest sales that the receivables are made of, and whether a year's sales are less; not defined without any."""
    if not any(sales > 0 for sales in sold):
        return None, False
    rest, counted = closing, NOTHING
    for sales, days in zip(sold, lengths, strict=True):
        if rest <= 0:
            break
        if sales > 0:
            counted += min(rest / sales, Decimal(1)) * days
            rest -= min(rest, sales)
        else:
            counted += days
    return float(counted), rest > 0
