"""The ledger as changes of amounts on days: one row per booking, from which every state and window is summed.

Two clocks are supported by the same text. `KNOWN`: the day a booking could be known, for features.
`HAPPENED`: the day it happened, for outcomes, which are told with hindsight.

What a booking clears of its document is computed in `settlement`. What is left over (a credit note that names no
invoice, money on account, what was paid or credited beyond a document) is an open credit of the customer, and is
set off against the oldest items first, as the law of most countries has it.

Amounts are exact on every day: balances, what is past due by age, defaults. Which single items open credits leave is
asked only where there are credits (`state.set_off`). Money on account has no due day, so it is neither early nor late.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import ibis
import ibis.expr.types as ir

from contracts.config.settlement import SettlementConfig
from contracts.tables.engine import AMOUNT, MONEY
from features.ledger.held import planned
from features.ledger.returns import taken_back
from features.ledger.settlement import (
    ITEM,
    NEVER,
    Clock,
    documents,
    named_credits,
    on_account,
    receipts,
    settled,
)
from features.time.asof import DAY, attach

Keep = Callable[[str, ir.Table], ir.Table]


class Ledger:
    """The ledger on one clock. Each relation is made when first asked for.

    Args:
        tables: raw tables; invoices and payments are read, credit_terms and customers where they are there.
        clock: which day of a booking counts.
        settlement: when what is left of an invoice counts as nothing.
        keep: computes a relation and keeps its rows, for one that several others read.
    """

    def __init__(
        self,
        tables: Mapping[str, ir.Table],
        clock: Clock,
        settlement: SettlementConfig,
        keep: Keep = lambda _, table: table,
    ) -> None:
        self._tables, self._clock, self._keep = tables, clock, keep
        self._settlement = settlement

    @cached_property
    def documents(self) -> ir.Table:
        """One row per invoice or credit note; see `settlement.documents`."""
        return self._keep("documents", documents(self._tables, self._clock, self._settlement))

    @cached_property
    def receipts(self) -> ir.Table:
        """One row per payment of a document; see `settlement.receipts`. Takes no sort, unlike `payments`."""
        if "payments" in self.__dict__:
            return self.payments
        return self._keep(
            "receipts", receipts(self.documents, self._tables["payments"], self._clock)
        )

    @cached_property
    def payments(self) -> ir.Table:
        """One row per payment and named credit note with what it clears; see `settlement.settled`."""
        made = receipts(self.documents, self._tables["payments"], self._clock)
        named = self._named.select(*made.columns)
        return self._keep("payments", settled(made.union(named)))

    @cached_property
    def taken_back(self) -> ir.Table:
        """What reversals take back of the money on invoices; see `returns.taken_back`."""
        return self._keep("taken_back", taken_back(self.receipts))

    @cached_property
    def _named(self) -> ir.Table:
        return named_credits(self.documents)

    @cached_property
    def on_account(self) -> ir.Table | None:
        """Money that names no document; see `settlement.on_account`."""
        return on_account(self._tables, self._clock)

    @cached_property
    def changes(self) -> ir.Table:
        """One row per booking: invoice_id, customer_id, currency, issued, due, day, open, credit.

        `open`: change of the document's open amount (invoices only); `credit`: of the customer's open credit.
        """
        parts = _changes(self.documents, self.payments, self._named)
        loose = self.on_account
        if loose is not None:
            nothing = ibis.literal(0).cast(MONEY)
            parts.append(
                loose.mutate(
                    invoice_id=ibis.null("string"), issued=loose.paid, due=loose.paid, open=nothing
                ).select(*parts[0].columns)
            )
        return self._keep("changes", ibis.union(*parts))

    @cached_property
    def overdue(self) -> ir.Table:
        """Invoices that were open when due: customer_id, currency, invoice_id, due, open (then), since, until.

        `since`: the day it was both due and booked; `until`: the day it was first settled, `NEVER` while it is not.
        """
        return self._keep("overdue", _overdue(self.documents, self.payments))

    @cached_property
    def past_due_spans(self) -> ir.Table:
        """The spans [since, until) in which an invoice is open and past due: customer_id, invoice_id, due, since, until.

        One that a reversal opens again has another span from that day, with the due day it always had.
        """
        names = ["customer_id", "invoice_id", "due", "since", "until"]
        spans = self.overdue.select(*names).union(_reopened(self.payments).select(*names))
        return spans.filter(spans.until > spans.since)

    @cached_property
    def accounts(self) -> ir.Table:
        """Every customer_id and currency with a document or money on account."""
        pairs = self.documents.select("customer_id", "currency")
        if self.on_account is not None:
            pairs = pairs.union(self.on_account.select("customer_id", "currency"))
        return self._keep("accounts", pairs.distinct())

    @cached_property
    def contested_spans(self) -> ir.Table:
        """Disjoint spans in which an item is in dispute: invoice_id, from_day, until_day; none without the table disputes."""
        if "disputes" in self._tables:
            return disputes(self._tables)
        none = self.documents.filter(ibis.literal(value=False))
        return none.select("invoice_id", from_day="day", until_day="day")

    @cached_property
    def held_spans(self) -> ir.Table:
        """Disjoint spans in which open credits pass over an item: in dispute, or under a plan; see `held`."""
        return disjoint(self.contested_spans.union(planned(self.documents, self._tables)))

    @cached_property
    def held(self) -> ir.Table:
        """Changes of what open credits pass over: customer_id, currency, due, day, held, contested (the part in dispute)."""
        items = self.changes.filter(self.changes.open != 0)
        nothing = ibis.literal(0).cast(MONEY)
        kept = ["customer_id", "currency", "due", DAY, "held", "contested"]
        held = while_in(items, self.held_spans)
        contested = while_in(items, self.contested_spans)
        both = held.mutate(held=held.open, contested=nothing).select(*kept)
        both = both.union(contested.mutate(held=nothing, contested=contested.open).select(*kept))
        return self._keep("held", both)

    @cached_property
    def open_spans(self) -> ir.Table:
        """The spans [since, until) in which so much of an invoice is open and past its due day.

        customer_id, invoice_id, currency, due, tolerance, open, since, until (`NEVER` while it lasts).
        """
        kept = ["customer_id", "invoice_id", "currency", "due", "tolerance", "open", "since"]
        owed, made = self.documents, self.payments
        begins = owed.filter(owed.opening > 0)
        begins = begins.mutate(
            open=begins.opening, since=begins.day, place=ibis.literal(-1, "int64")
        )
        after = made.filter(~made.is_credit)
        after = after.mutate(open=after.open_after, since=after.day)
        every = begins.select(*kept, "place").union(after.select(*kept, "place"))
        order = ibis.window(group_by="invoice_id", order_by="place")
        until = ibis.coalesce(every.since.lead().over(order), NEVER).cast("int64")
        spans = every.mutate(until=until).drop("place")
        return spans.filter(spans.open > 0, spans.until > spans.since, spans.until > spans.due)

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


def _changes(owed: ir.Table, payments: ir.Table, named: ir.Table) -> list[ir.Table]:
    """What every document and payment changes in open items and open credits; see `Ledger.changes`."""
    nothing = ibis.literal(0).cast(MONEY)
    kept = [*ITEM, "issued", "due", DAY, "open", "credit"]
    billed = owed.mutate(open=owed.opening, credit=owed.is_credit.ifelse(owed.amount, nothing))
    made = payments.mutate(open=(-payments.cleared).cast(MONEY))
    # a credit note is an open credit until it meets the invoice it names
    used = named.mutate(
        issued=named.note_issued, open=nothing, credit=(-named.paid_amount).cast(MONEY)
    )
    return [part.select(*kept) for part in (billed, made, used)]


def _overdue(owed: ir.Table, payments: ir.Table) -> ir.Table:
    paid = payments.filter(~payments.is_credit)
    nothing = ibis.literal(0).cast(MONEY)
    by_item = paid.group_by("invoice_id").agg(
        in_time=(paid.day <= paid.due).ifelse(paid.cleared, nothing).sum().cast(AMOUNT),
        until=(paid.open_after == 0).ifelse(paid.day, NEVER).min().cast("int64"),
    )
    invoices = owed.filter(owed.opening > 0)
    items = attach(invoices, by_item, ["invoice_id"])
    items = items.select(
        *ITEM,
        "due",
        open=(items.opening - ibis.coalesce(items.in_time, nothing)).cast(MONEY),
        since=ibis.greatest(items.due, items.day),
        until=ibis.coalesce(items.until, NEVER).cast("int64"),
    )
    return items.filter((items.open != 0) | (items.until > items.since))


def _reopened(payments: ir.Table) -> ir.Table:
    """The spans in which an invoice is open again: customer_id, invoice_id, due, since, until; those past due."""
    turns = payments.filter((payments.open_before > 0) != (payments.open_after > 0))
    opened = turns.filter(turns.open_after > 0)
    few = turns.semi_join(opened, "invoice_id")
    order = ibis.window(group_by="invoice_id", order_by="place")
    following = few.mutate(until=few.day.lead().over(order))
    again = following.filter(following.open_after > 0)
    return again.mutate(
        since=ibis.greatest(again.due, again.day),
        until=ibis.coalesce(again.until, NEVER).cast("int64"),
    )


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


def disputes(tables: Mapping[str, ir.Table]) -> ir.Table:
    """Disjoint spans in which an item is disputed: invoice_id, from_day, until_day."""
    raw = tables["disputes"]
    spans = raw.select(
        "invoice_id", from_day=raw.opened_on.epoch_days(), until_day=raw.closed_on.epoch_days()
    )
    return disjoint(spans)
