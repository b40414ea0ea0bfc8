"""What default is tested on: the ledger of every customer as a step function of days, told with hindsight.

Amounts leave what is late and what is open alike while they are in dispute. An item under a payment plan is not late
until the plan's last date. What the sums of a day are worth is told in `valued`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir

from contracts.config.default import DefaultConfig
from contracts.tables.engine import AMOUNT, MONEY
from features.ledger.bookings import Keep, Ledger, disputes, while_in
from features.ledger.held import plans
from features.ledger.plans import broken, protected
from features.ledger.settlement import CREDIT, NEVER
from features.time.asof import DAY

TRAILING = 365
MEASURES = ("late", "held", "credit", "gross", "fell_due", "old")
_KEYS = ("customer_id", "currency", DAY)


@dataclass(frozen=True)
class Steps:
    """The changes of one ledger, on the clock of what happened.

    Attributes:
        books: the ledger.
        tables: raw tables; disputes and events are read where they are there.
        config: the preset and its numbers.
        keep: computes a relation and keeps its rows, for one that several others read.
    """

    books: Ledger
    tables: Mapping[str, ir.Table]
    config: DefaultConfig
    keep: Keep = lambda _, table: table

    @property
    def reached(self) -> int:
        """Days past due from which an item is late: "more than 90" is reached on due + 91, "90 or more" on due + 90."""
        return self.config.days + (0 if self.config.preset == "days_beyond_terms" else 1)

    @cached_property
    def contested(self) -> ir.Table | None:
        """Changes of what is open and in dispute."""
        if "disputes" not in self.tables:
            return None
        return self.keep("contested", while_in(self._items, disputes(self.tables)))

    @cached_property
    def counting(self) -> ir.Table:
        """Changes of what is open and not in dispute."""
        return self._items if self.contested is None else _less(self._items, self.contested)

    @cached_property
    def late(self) -> ir.Table:
        """Changes of what is late: old enough, not in dispute, and not protected by a plan."""
        aged = _aged(self.counting, self.reached)
        late = aged if self._plans is None else _less(aged, while_in(aged, self._spans))
        return self.keep("late", late)

    def changes(self) -> ir.Table:
        """Changes by customer, currency and day of the `MEASURES`, in the currency.

        `late`; `held`, open under a plan that was not kept: it is older than what is late, so open credits go there
        first; `credit`, open credits; `gross`, what is open and not in dispute; `fell_due`, what fell due in 365 days
        less credit notes and what is in dispute; `old`, what is open and fell due before that.
        """
        notes = self.books.changes
        parts = [
            _as(self.late, "late"),
            _as(notes.mutate(open=notes.credit), "credit"),
            _as(self.counting, "gross"),
        ]
        if self._plans is not None:
            parts.append(_as(while_in(self.counting, self._unkept), "held"))
        if self.config.preset == "dollars_late":
            parts += [_as(self._fell_due(), "fell_due"), _as(_aged(self.counting, TRAILING), "old")]
        every = ibis.union(*parts) if len(parts) > 1 else parts[0]
        sums = {name: every[name].sum().cast(AMOUNT) for name in MEASURES}
        return every.group_by(list(_KEYS)).agg(**sums)

    @cached_property
    def _items(self) -> ir.Table:
        changes = self.books.changes
        return changes.filter(changes.open != 0)

    @cached_property
    def _plans(self) -> ir.Table | None:
        return plans(self.tables) if "events" in self.tables else None

    @cached_property
    def _spans(self) -> ir.Table:
        return self.keep("protected", protected(self.books, self._plans))

    @cached_property
    def _unkept(self) -> ir.Table:
        """The spans of plans that were neither kept nor replaced."""
        every = plans(self.tables)
        agreed = every.filter(every.replaced == NEVER)
        judged = agreed.select(
            "customer_id", "event_id", "agreed", "last", as_known=ibis.literal(NEVER, "int64")
        )
        lost = self.keep("broken", broken(self.books, judged, self.tables))
        return self._spans.semi_join(lost, "event_id")

    def _fell_due(self) -> ir.Table:
        """What fell due, from its due day for a year: invoices, less the credit notes that name them, less what is in dispute."""
        owed = self.books.documents
        billed = owed.filter(~owed.is_credit).mutate(open=lambda t: t.amount)
        made = self.books.payments
        named = made.filter(made.kind == CREDIT)
        named = named.mutate(open=(-named.paid_amount).cast(MONEY))
        kept = ["customer_id", "currency", "due", DAY, "open"]
        parts = [billed.mutate(day=billed.due).select(*kept), named.select(*kept)]
        if self.contested is not None:
            disputed = self.contested
            parts.append(disputed.mutate(open=(-disputed.open).cast(MONEY)).select(*kept))
        every = _aged(ibis.union(*parts), 0)
        leaves = every.mutate(
            day=ibis.greatest(every[DAY], every.due + TRAILING), open=(-every.open).cast(MONEY)
        )
        return every.union(leaves.select(*every.columns))


def _aged(changes: ir.Table, days: int) -> ir.Table:
    """The changes as they take effect on items of that age: those before it on the day it is reached."""
    return changes.mutate(day=ibis.greatest(changes[DAY], changes.due + days))


def _less(changes: ir.Table, inside: ir.Table) -> ir.Table:
    negated = inside.mutate(open=(-inside.open).cast(inside.open.type()))
    return changes.union(negated.select(*changes.columns))


def _as(changes: ir.Table, measure: str) -> ir.Table:
    nothing = ibis.literal(0).cast(MONEY)
    given = {name: changes.open.cast(MONEY) if name == measure else nothing for name in MEASURES}
    return changes.select("customer_id", "currency", DAY, **given)
