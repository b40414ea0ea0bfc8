"""What may be asked of single customers: payments in the order a controller would ask for them, and what else there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pandas as pd

from contracts.booked import Booked
from contracts.calendar import add_months, months_back
from contracts.documents.levers import Due, LeverKind, StatementState
from decisions.loss import cents

PLAN_MONTHS = 6
"""Length of a payment plan that is tried."""
OLD_MONTHS = 18
"""A statement of a period that ended so long ago is old: one of a later year should be there."""
YEAR, FILED_MONTHS = 12, 6
"""A statement covers a year, and is there six months after it."""
_EACH = 10
"""Up to so many items every number of them is tried; beyond, a quarter more each time."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing to ask for.

    Attributes:
        kind: see `LeverKind`; None: nothing is asked for.
        booked: what would then be in the ledger.
        items: what is paid.
        amount: of all, in reporting currency.
        n_not_due: how many of the items are not yet due.
    """

    kind: LeverKind | None
    booked: Booked
    items: tuple[Due, ...] = ()
    amount: Decimal = Decimal("0.00")
    n_not_due: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one customer.

    Attributes:
        customer_id: its number.
        as_of: the day of decision.
        items: its open items (contract ITEMS).
        credit: open credits by currency.
        rates: by currency, units of the reporting currency.
        limit: the current limit, reporting currency; None where there is none.
        stated_until: end of the newest period that a statement is on file of; None where none is.
        has_statements: whether the portfolio delivers statements.
        has_events: whether it delivers events, payment plans among them.
    """

    customer_id: str
    as_of: date
    items: pd.DataFrame
    credit: Mapping[str, Decimal] = field(default_factory=dict)
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    limit: Decimal | None = None
    stated_until: date | None = None
    has_statements: bool = True
    has_events: bool = True

    @property
    def statement(self) -> StatementState:
        """Whether one is worth asking for."""
        if not self.has_statements:
            return "not_delivered"
        if self.stated_until is None:
            return "none"
        return "old" if self.stated_until < months_back(self.as_of, OLD_MONTHS) else "on_file"


@dataclass(frozen=True, slots=True)
class _Open:
    """An open item, and what is left to be paid of it once open credits have been set off."""

    due: Due
    due_on: date
    value: Decimal
    is_overdue: bool
    is_disputed: bool
    is_planned: bool


def proposals(case: Case) -> list[Proposal]:
    """What is tried for one customer; the first asks for nothing.

    Payments in the order of due days, as the law sets money off that names no invoice; and the largest overdue items
    first, which may take fewer of them. An item in dispute is not asked for before its dispute is settled.
    """
    found = [Proposal(None, Booked(case.customer_id))]
    owed = _owed(case)
    free = [one for one in owed if not one.is_disputed]
    late = [one for one in free if one.is_overdue]
    largest = sorted(late, key=lambda one: (-one.value, one.due_on, one.due.invoice_id))
    found += [_paid(case, "oldest", free[:n]) for n in _numbers(len(free))]
    found += [_paid(case, "largest", largest[:n]) for n in _numbers(len(largest))]
    if late:
        found.append(_paid(case, "overdue", late))
    if (within := _within_limit(case, owed, free)) is not None:
        found.append(_paid(case, "to_limit", within))
    contested = [one for one in owed if one.is_disputed]
    if contested:
        found.append(_paid(case, "disputes", contested))
        found.append(_paid(case, "everything", owed))
    elif free:
        found.append(_paid(case, "everything", free))
    if case.has_events and any(not one.is_planned for one in late):
        until = add_months(case.as_of, PLAN_MONTHS)
        found.append(Proposal("plan", Booked(case.customer_id, plan_until=until)))
    if case.statement == "old" and case.stated_until is not None:
        found.append(Proposal("statement", Booked(case.customer_id, statement=next_period(case.stated_until, case.as_of))))  # fmt: skip
    return found


def next_period(stated_until: date, as_of: date) -> date:
    """The end of the newest financial year whose statement should be there, years of the same end as the last one.

    >>> next_period(date(2022, 12, 31), date(2026, 1, 1)), next_period(date(2023, 9, 30), date(2026, 1, 1))
    (datetime.date(2024, 12, 31), datetime.date(2024, 9, 30))
    """
    filed, end, years = months_back(as_of, FILED_MONTHS), stated_until, 1
    while (later := add_months(stated_until, YEAR * years)) <= filed:
        end, years = later, years + 1
    return end


def _numbers(n: int) -> list[int]:
    """How many of n items are tried.

    >>> _numbers(3), _numbers(30)
    ([1, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 22, 27, 30])
    """
    found = list(range(1, min(n, _EACH) + 1))
    while found and found[-1] < n:
        found.append(min(found[-1] * 5 // 4, n))
    return found


def _owed(case: Case) -> list[_Open]:
    """What is left to be paid of each item, by due day: open credits clear the oldest that count, as the ledger has it."""
    rest = dict(case.credit)
    rows = case.items.sort_values(["due_on", "invoice_id"], kind="stable").to_dict(orient="records")
    by_claim = sorted(rows, key=lambda row: (bool(row["is_disputed"]), bool(row["is_planned"])))
    left: dict[str, Decimal] = {}
    for row in by_claim:  # sorted is stable: within each claim still by due day
        taken = min(max(rest.get(row["currency"], Decimal(0)), Decimal(0)), row["open"])
        rest[row["currency"]] = rest.get(row["currency"], Decimal(0)) - taken
        left[row["invoice_id"]] = row["open"] - taken
    return [
        _Open(
            Due(invoice_id=row["invoice_id"], currency=row["currency"], amount=left[row["invoice_id"]]),
            pd.Timestamp(row["due_on"]).date(),
            left[row["invoice_id"]] * case.rates[row["currency"]],
            int(row["days"]) > 0,
            bool(row["is_disputed"]),
            bool(row["is_planned"]),
        )
        for row in rows
        if left[row["invoice_id"]] > 0
    ]  # fmt: skip


def _paid(case: Case, kind: LeverKind, owed: Sequence[_Open]) -> Proposal:
    paid = {one.due.invoice_id: one.due.amount for one in owed}
    settled = tuple(one.due.invoice_id for one in owed if one.is_disputed)
    amount = cents(sum((one.value for one in owed), Decimal(0)))
    booked = Booked(case.customer_id, paid, settled)
    n_not_due = sum(not one.is_overdue for one in owed)
    return Proposal(kind, booked, tuple(one.due for one in owed), amount, n_not_due)


def _within_limit(
    case: Case, owed: Sequence[_Open], free: Sequence[_Open]
) -> Sequence[_Open] | None:
    """The fewest of the items due first whose payment brings the balance to the limit; None where none is needed, or all are too few."""
    balance = sum((one.value for one in owed), Decimal(0))
    if case.limit is None or balance <= case.limit:
        return None
    for n, one in enumerate(free, start=1):
        balance -= one.value
        if balance <= case.limit:
            return free[:n]
    return None
