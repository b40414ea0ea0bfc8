"""Billing, balance, ageing and disputes as known on each day of decision."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT, MONEY
from features.context import Context
from features.ledger.bookings import disputes, while_in
from features.ledger.settlement import NEVER
from features.time.asof import ASKED, DAY, attach, usable_from

BUCKETS = (0, 30, 60, 90)
"""Ageing: more than so many days past due."""
COUNTED = (0, 30)
"""Items are counted that are more than so many days past due."""
FALLEN = (0, 30, 90)
"""What fell due in the last 30 and in the last 90 days: how far back is asked."""
YEAR, QUARTER, MONTH = 365, 90, 30
QUARTERS = (90, 180, 270, 360)
KEYS = ("customer_id", "currency", DAY)


def offsets(context: Context, *fixed: int) -> list[int]:
    """How far back running totals are read: today, every window, and the fixed ones."""
    return sorted({0, *context.windows, *fixed})


def billing(context: Context) -> ir.Table:
    """Totals of billed, credited, n_billed."""
    documents = context.books.documents
    nothing = ibis.literal(0).cast(MONEY)
    deltas = documents.select(
        *KEYS,
        billed=documents.is_credit.ifelse(nothing, documents.amount),
        credited=documents.is_credit.ifelse(documents.amount, nothing),
        n_billed=documents.is_credit.ifelse(0, 1).cast("int64"),
    )
    return context.totals(deltas, offsets(context, MONTH, YEAR, *QUARTERS))


def last_billed(context: Context) -> ir.Table:
    """`last_billed`, `first_billed`: the days of the last and of the first invoice; missing before there is one."""
    documents = context.books.documents
    invoices = documents.filter(~documents.is_credit).select("customer_id", DAY).distinct()
    first = invoices.day.min().over(ibis.window(group_by="customer_id"))
    return context.last(invoices.mutate(first_billed=first)).rename(last_billed=DAY)


def balance(context: Context, back: Sequence[int] = (0, QUARTER)) -> ir.Table:
    """`gross`: open invoices. `credit`: open credits. Both also as they stood so many days ago, at today's rates."""
    changes = context.books.changes
    deltas = changes.select(*KEYS, gross=changes.open, credit=changes.credit)
    return context.totals(deltas, back)


def ageing(context: Context) -> ir.Table:
    """Amounts more than 0, 30, 60, 90 days past due, also 90 days ago, before open credits; `due_0`: amount times due day.

    And what open credits pass over (`Ledger.held`): `held_<days>`, `contested_<days>` of each, `held` and `contested` of all.
    """
    deltas = []
    held = context.books.held
    for days in BUCKETS:
        late = context.books.past_due(days)
        weighted = {"due_0": (late.open * late.due).cast(AMOUNT)} if days == 0 else {}
        deltas.append(late.select(*KEYS, **{f"over_{days}": late.open}, **weighted))
        aged = {f"{name}_{days}": held[name] for name in ("held", "contested")}
        reached = ibis.greatest(held[DAY], held.due + days)
        deltas.append(held.mutate(day=reached).select(*KEYS, **aged))
    deltas.append(held.select(*KEYS, "held", "contested"))
    return context.totals(deltas, (0, QUARTER))


def fallen_due(context: Context) -> ir.Table:
    """`fell_<days>`: what was billed on invoices that are more than so many days past their due day, whether paid since or not."""
    documents = context.books.documents
    invoices = documents.filter(~documents.is_credit)
    deltas = [
        invoices.select(
            "customer_id",
            "currency",
            day=ibis.greatest(invoices.day, invoices.due + days),
            **{f"fell_{days}": invoices.amount},
        )
        for days in FALLEN
    ]
    return context.totals(deltas)


def overdue_items(context: Context) -> ir.Table:
    """`n_over_0`, `n_over_30`: items so many days past due; `oldest_due`: the due day of the oldest of them. All before open credits."""
    items = context.books.past_due_spans
    counts = [_item_counts(items, days) for days in COUNTED]
    number = context.forward.totals(context.customers, counts, wanted=context.wanted)
    # an item that was known or opened again after its due day may be older than one that was there before it
    usual, others = items.filter(items.since == items.due), items.filter(items.since > items.due)
    oldest = context.last(_oldest(usual)).drop(DAY)
    both = attach(oldest, _oldest_on_days(context, others), ["customer_id", ASKED])
    first = (both.oldest_until >= both.asked).ifelse(both.usual_due, NEVER)
    earliest = ibis.least(ibis.coalesce(first, NEVER), ibis.coalesce(both.other_due, NEVER))
    found = both.select("customer_id", ASKED, oldest_due=earliest.nullif(NEVER).cast("int64"))
    return attach(number, found, ["customer_id", ASKED])


def _item_counts(items: ir.Table, days: int) -> ir.Table:
    aged = items.mutate(since=ibis.greatest(items.since, items.due + days))
    aged = aged.filter(aged.until > aged.since)
    name, one = f"n_over_{days}", ibis.literal(1, "int64")
    begins = aged.select("customer_id", day=aged.since, **{name: one})
    ended = aged.filter(aged.until < NEVER)
    return begins.union(ended.select("customer_id", day=ended.until, **{name: -one}))


def _oldest(items: ir.Table) -> ir.Table:
    """The oldest overdue item as a step function: customer_id, day, usual_due, oldest_until. Each is since its due day.

    In order of the due day, only an item that outlives all earlier ones is ever the oldest: it becomes so on
    the day the last of those was cleared. One row per such item, so no item meets a day of decision.
    """
    order = {"group_by": "customer_id", "order_by": ["due", "invoice_id"]}
    outlived = items.until.max().over(ibis.window(**order, preceding=(None, 1)))
    ranked = items.mutate(outlived=outlived)
    kept = ranked.filter(ranked.outlived.isnull() | (ranked.until > ranked.outlived))
    return kept.select(
        "customer_id",
        day=ibis.greatest(kept.due, ibis.coalesce(kept.outlived, kept.due)),
        usual_due=kept.due,
        oldest_until=kept.until,
    )


def _oldest_on_days(context: Context, items: ir.Table) -> ir.Table:
    """`other_due`: the earliest due day of those of the items that are past due on each day of decision.

    These few do meet the days of decision, but only those on which they are open.
    """
    days = context.cohort.select(ASKED).distinct()
    met = items.inner_join(
        days, [usable_from(items.since) <= days.asked, items.until >= days.asked]
    )
    return met.group_by(["customer_id", ASKED]).agg(other_due=met.due.min())


def disputed(context: Context) -> ir.Table:
    """`disputed`: open amount under dispute. Totals of n_disputes and disputed_billing, by day of objection."""
    books = context.books
    spans = disputes(context.tables)
    open_now = while_in(books.changes, spans)
    amounts = context.totals(open_now.select(*KEYS, disputed=open_now.open))
    raw = context.tables["disputes"]
    first = raw.group_by("invoice_id").agg(opened=raw.opened_on.min().epoch_days())
    cases = books.documents.inner_join(first, "invoice_id")
    cases = cases.mutate(day=ibis.greatest(cases.day, cases.opened))
    deltas = cases.select(*KEYS, disputed_billing=cases.amount, n_disputes=ibis.literal(1, "int64"))
    totals = context.totals(deltas, offsets(context))
    return attach(amounts, totals, ["customer_id", ASKED])
