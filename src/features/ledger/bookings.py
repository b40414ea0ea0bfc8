"""The ledger as changes of amounts on days: one row per booking, from which every state and window is summed.

Two clocks are supported by the same text. `KNOWN`: the day a booking could be known, for features.
`HAPPENED`: the day it happened, for outcomes, which are told with hindsight.

A payment clears at most what is open of its invoice; what it pays beyond that is a credit of the customer.
Open credits (credit notes, overpayments) are set off against the oldest items first, as the law of
most countries has it, because the raw contract does not say which invoice a credit note belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cached_property

import ibis
import ibis.expr.types as ir

from features.ledger.money import AMOUNT, MONEY
from features.time.asof import DAY, attach

Keep = Callable[[str, ir.Table], ir.Table]
ITEM = ("invoice_id", "customer_id", "currency")


class Clock(StrEnum):
    """Which day of a booking counts."""

    KNOWN = "known"
    HAPPENED = "happened"


class Ledger:
    """The ledger on one clock. Each relation is made when first asked for.

    Args:
        tables: raw tables; invoices and payments are read.
        clock: which day of a booking counts.
        keep: computes a relation and keeps its rows, for one that several others read.
    """

    def __init__(
        self, tables: Mapping[str, ir.Table], clock: Clock, keep: Keep = lambda _, table: table
    ) -> None:
        self._tables, self._clock, self._keep = tables, clock, keep

    @cached_property
    def documents(self) -> ir.Table:
        """One row per invoice or credit note: invoice_id, customer_id, currency, is_credit, amount, issued, due, day."""
        return self._keep("documents", _documents(self._tables["invoices"], self._clock))

    @cached_property
    def receipts(self) -> ir.Table:
        """`payments` without what was cleared, which takes a sort of all of them: for states that do not read it."""
        if "payments" in self.__dict__:
            return self.payments
        return self._keep(
            "receipts", _receipts(self.documents, self._tables["payments"], self._clock)
        )

    @cached_property
    def payments(self) -> ir.Table:
        """One row per payment: payment_id, the document's columns, paid (value date), paid_amount, paid_so_far.

        `cleared`: the part that reduces the document; `cleared_before`: what was cleared before it; `day`: never
        before the document's own.
        """
        made = _receipts(self.documents, self._tables["payments"], self._clock)
        return self._keep("payments", _settled(made))

    @cached_property
    def changes(self) -> ir.Table:
        """One row per booking: invoice_id, customer_id, currency, issued, due, day, open, credit.

        `open`: change of the document's open amount (invoices only); `credit`: of the customer's open credit.
        """
        return self._keep("changes", changes(self.documents, self.payments))

    @cached_property
    def overdue(self) -> ir.Table:
        """Invoices that were open when due: customer_id, currency, invoice_id, due, open (then), since, until.

        `since`: the day it was both due and booked; `until`: the day it was cleared, `NEVER` while it is not.
        """
        return self._keep("overdue", _overdue(self.documents, self.payments))

    @cached_property
    def accounts(self) -> ir.Table:
        """Every customer_id and currency with a document."""
        return self._keep("accounts", self.documents.select("customer_id", "currency").distinct())

    def past_due(self, days: int) -> ir.Table:
        """What changes the amount more than `days` days past due: customer_id, currency, due, day, open.

        A change before the item has that age takes effect on the day it reaches it, so payments made by then
        cancel out there: summed up to as_of, exactly the items with as_of - due > days remain. What was paid
        by its due day never enters.
        """
        kept = ["customer_id", "currency", "due", DAY, "open"]
        items = self.overdue
        begins = items.mutate(day=ibis.greatest(items.since, items.due + days))
        made = self.payments
        late = made.filter(~made.is_credit & (made.day > made.due))
        ends = late.mutate(
            day=ibis.greatest(late.day, late.due + days), open=(-late.cleared).cast(MONEY)
        )
        return begins.select(*kept).union(ends.select(*kept))


def _documents(invoices: ir.Table, clock: Clock) -> ir.Table:
    day = invoices.booked_at if clock is Clock.KNOWN else invoices.issued_on
    return invoices.select(
        *ITEM,
        is_credit=invoices.kind == "credit_note",
        amount=invoices.amount.cast(MONEY),
        issued=invoices.issued_on.epoch_days(),
        due=invoices.due_on.epoch_days(),
        day=day.epoch_days(),
    )


def _receipts(documents: ir.Table, payments: ir.Table, clock: Clock) -> ir.Table:
    day = payments.booked_at if clock is Clock.KNOWN else payments.paid_on
    booked = payments.select(
        "payment_id",
        "invoice_id",
        paid=payments.paid_on.epoch_days(),
        paid_amount=payments.amount.cast(MONEY),
        own_day=day.epoch_days(),
    )
    # a payment of a document that is not known yet is known with the document
    on_item = booked.inner_join(documents, "invoice_id")
    return on_item.mutate(day=ibis.greatest(on_item.own_day, on_item.day)).drop("own_day")


def _settled(receipts: ir.Table) -> ir.Table:
    """The receipts with paid_so_far, cleared and cleared_before; see `Ledger.payments`."""
    order = ibis.window(
        group_by="invoice_id", order_by=[DAY, "payment_id"], preceding=None, following=0
    )
    so_far = receipts.mutate(paid_so_far=receipts.paid_amount.sum().over(order).cast(AMOUNT))
    nothing = ibis.literal(0).cast(MONEY)
    before = ibis.least(so_far.paid_so_far - so_far.paid_amount, so_far.amount)
    cleared = ibis.greatest(ibis.least(so_far.paid_so_far, so_far.amount) - before, nothing)
    return so_far.mutate(cleared=cleared.cast(MONEY), cleared_before=before.cast(MONEY))


def changes(documents: ir.Table, payments: ir.Table) -> ir.Table:
    """What every document and payment changes in open items and open credits; see `Ledger.changes`."""
    nothing = ibis.literal(0).cast(MONEY)
    kept = [*ITEM, "issued", "due", DAY, "open", "credit"]
    billed = documents.mutate(
        open=documents.is_credit.ifelse(nothing, documents.amount),
        credit=documents.is_credit.ifelse(documents.amount, nothing),
    )
    # Spark adds a digit to every difference, and Ibis drops a cast to the type it expects there
    beyond = (payments.paid_amount.cast(AMOUNT) - payments.cleared).cast(MONEY)
    settled = payments.mutate(
        open=payments.is_credit.ifelse(nothing, -payments.cleared).cast(MONEY),
        credit=payments.is_credit.ifelse(-payments.paid_amount, beyond).cast(MONEY),
    )
    return billed.select(*kept).union(settled.select(*kept))


def _overdue(documents: ir.Table, payments: ir.Table) -> ir.Table:
    paid = payments.filter(~payments.is_credit)
    nothing = ibis.literal(0).cast(MONEY)
    by_item = paid.group_by("invoice_id").agg(
        in_time=(paid.day <= paid.due).ifelse(paid.cleared, nothing).sum().cast(AMOUNT),
        until=(paid.paid_so_far >= paid.amount).ifelse(paid.day, NEVER).min().cast("int64"),
    )
    invoices = documents.filter(~documents.is_credit)
    items = attach(invoices, by_item, ["invoice_id"])
    items = items.select(
        *ITEM,
        "due",
        open=(items.amount - ibis.coalesce(items.in_time, nothing)).cast(MONEY),
        since=ibis.greatest(items.due, items.day),
        until=ibis.coalesce(items.until, NEVER).cast("int64"),
    )
    return items.filter((items.open != 0) | (items.until > items.since))


def while_in(changes: ir.Table, spans: ir.Table) -> ir.Table:
    """The changes of what is open *and* inside a span of its item.

    Args:
        changes: `invoice_id`, `day`, `open` and more.
        spans: disjoint spans per `invoice_id`: `from_day`, `until_day` (missing while it lasts).

    Returns:
        The same columns: each change enters with the span and leaves with it.
    """
    inside = changes.inner_join(spans, "invoice_id")
    enters = inside.mutate(day=ibis.greatest(inside.day, inside.from_day))
    ended = inside.filter(inside.until_day.notnull())
    leaves = ended.mutate(
        day=ibis.greatest(ended.day, ended.from_day, ended.until_day),
        open=(-ended.open).cast(MONEY),
        credit=(-ended.credit).cast(MONEY),
    )
    return enters.select(*changes.columns).union(leaves.select(*changes.columns))


def disjoint(spans: ir.Table, key: str = "invoice_id") -> ir.Table:
    """Overlapping or touching spans [from_day, until_day) of one key merged into disjoint ones.

    Args:
        spans: `key`, `from_day`, `until_day` (missing: it has not ended).
        key: whose spans they are.
    """
    ends = spans.mutate(until_day=ibis.coalesce(spans.until_day, NEVER).cast("int64"))
    order = {"group_by": key, "order_by": ["from_day", "until_day"]}
    reached = ends.mutate(
        reached=ends.until_day.max().over(ibis.window(**order, preceding=(None, 1)))
    )
    apart = (reached.reached.isnull() | (reached.from_day > reached.reached)).cast("int64")
    flagged = reached.mutate(apart=apart)
    islands = flagged.mutate(
        island=flagged.apart.sum().over(ibis.window(**order, preceding=None, following=0))
    )
    merged = islands.group_by([key, "island"]).agg(
        from_day=islands.from_day.min(), until_day=islands.until_day.max()
    )
    return merged.mutate(until_day=merged.until_day.nullif(NEVER)).drop("island")


NEVER = 10_000_000
"""A day past all days, where a comparison needs a value for "has not ended"."""


def disputes(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Disjoint spans in which an item is disputed: invoice_id, from_day, until_day."""
    raw = tables["disputes"]
    spans = raw.select(
        "invoice_id", from_day=raw.opened_on.epoch_days(), until_day=raw.closed_on.epoch_days()
    )
    return disjoint(spans)
