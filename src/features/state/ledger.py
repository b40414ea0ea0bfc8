"""Billing, payments, balance, ageing and disputes as known on each day of decision."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from features.context import Context
from features.ledger.bookings import disputes, while_in
from features.ledger.money import AMOUNT, MONEY
from features.ledger.settlement import DISCOUNT, FEE, NEVER, PAYMENT, REVERSAL
from features.time.asof import ASKED, DAY, attach, before, usable_from

BUCKETS = (0, 30, 60, 90)
"""Ageing: more than so many days past due."""
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


def payments(context: Context) -> ir.Table:
    """Totals of payments: amounts, counts, days late and their squares, invoices settled, discounts taken."""
    back = offsets(context, QUARTER, YEAR)
    is_settling = any(context.wants(before(name, ago)) for name in SETTLING for ago in back)
    made = _made(context.books.payments if is_settling else context.books.receipts)
    nothing = ibis.literal(0).cast(MONEY)
    money = made.is_money.ifelse(made.paid_amount, nothing)
    number = made.is_money.cast("int64")
    deltas = made.select(
        *KEYS,
        paid=money,
        paid_late=(made.late > 0).ifelse(money, nothing),
        paid_late30=(made.late > 30).ifelse(money, nothing),
        paid_early=(made.paid < made.due).ifelse(money, nothing),
        paid_days=(money * made.late).cast(AMOUNT),
        n_paid=number,
        n_late=number * (made.late > 0).cast("int64"),
        days=number * made.late,
        days_squared=number * made.late * made.late,
        **(_settling(made) if is_settling else {}),
    )
    return context.totals(deltas, back)


SETTLING = (
    "n_partial", "n_deducted", "n_settled", "n_settled_late", "n_settled_late30", "discounted",
)  # fmt: skip
"""Totals that need the order of the payments of an invoice; without them no payment is sorted."""
DEDUCTED = 10
"""A payment that leaves at most a tenth of the invoice was meant to settle it; more is a payment in parts."""


def _settling(made: ir.Table) -> dict[str, ir.Value]:
    """The measures of `SETTLING`."""
    # the booking that leaves nothing open settles the invoice; what is paid beyond it settles nothing
    settles = (made.open_before > 0) & (made.open_after == 0)
    is_short = made.is_money & (made.open_after > 0)
    late = made.is_money.ifelse(made.late, made.settled_by - made.due)
    taken = (settles & (made.written_off > made.tolerance)).ifelse(
        made.written_off, ibis.literal(0).cast(MONEY)
    )
    flags = {
        "n_partial": is_short,
        "n_deducted": is_short & (made.open_after * DEDUCTED <= made.amount),
        "n_settled": settles,
        "n_settled_late": settles & (late > 0),
        "n_settled_late30": settles & (late > 30),
    }
    discounted = (made.kind == DISCOUNT).ifelse(made.paid_amount, taken).cast(MONEY)
    return {name: flag.cast("int64") for name, flag in flags.items()} | {"discounted": discounted}


def _made(every: ir.Table) -> ir.Table:
    """What settled invoices, money or not (`is_money`), with `late`, the days after the due date."""
    made = every.filter(~every.is_credit & every.kind.isin([PAYMENT, DISCOUNT, FEE]))
    late = ibis.greatest(made.paid - made.due, 0).cast("int64")
    return made.mutate(late=late, is_money=made.kind == PAYMENT)


def slowest(context: Context) -> ir.Table:
    """`late_max_<window>d`: the most days late of the late payments in the window, missing where there is none."""
    made = _made(context.books.receipts)
    late = made.filter(made.is_money & (made.late > 0)).select("customer_id", DAY, "late")
    windows = [days for days in context.windows if context.wants(f"late_max_{days}d")]
    return context.forward.largest(context.customers, late, "late", windows)


def streak(context: Context) -> ir.Table:
    """`n_streak`: payments on time since the last that was late or returned, in the order of value dates.

    Payments of one day in the order of their amounts, those that were returned on it last. A payment counts from the
    day it became known until something late or returned, of a later place in that order, becomes known.
    """
    every = context.books.receipts
    made = every.filter(~every.is_credit & every.kind.isin([PAYMENT, REVERSAL]))
    is_end = (made.kind == REVERSAL) | (made.paid > made.due)
    made = made.mutate(ends=is_end.ifelse(made.day, NEVER), is_end=is_end)
    made = made.mutate(is_back=(made.kind == REVERSAL).cast("int64"))
    order = ["paid", "is_back", "paid_amount", "is_end"]
    later = ibis.window(group_by="customer_id", order_by=order, following=(1, None))
    on_time = made.mutate(until=ibis.coalesce(made.ends.min().over(later), NEVER).cast("int64"))
    on_time = on_time.filter(~on_time.is_end, on_time.until > on_time.day)
    one = ibis.literal(1, "int64")
    begins = on_time.select("customer_id", DAY, n_streak=one)
    over = on_time.filter(on_time.until < NEVER).select("customer_id", day="until", n_streak=-one)
    return context.counts(begins.union(over))


def returned(context: Context) -> ir.Table:
    """Totals of n_returned: payments that were returned, of invoices or on account; money that was applied was not."""
    every, loose = context.books.receipts, context.books.on_account
    rows = every.filter(~every.is_credit & (every.kind == REVERSAL)).select("customer_id", DAY)
    if loose is not None:
        back = loose.filter((loose.kind == REVERSAL) & ~loose.is_applied)
        rows = rows.union(back.select("customer_id", DAY))
    return context.counts(rows.mutate(n_returned=ibis.literal(1, "int64")), (0, QUARTER, YEAR))


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


def overdue_items(context: Context) -> ir.Table:
    """`n_over_0`: items past due; `oldest_due`: the due day of the oldest of them. Both before open credits."""
    items = context.books.past_due_spans
    number = context.forward.totals(context.customers, [_item_counts(items)], wanted=context.wanted)
    # an item that was known or opened again after its due day may be older than one that was there before it
    usual, others = items.filter(items.since == items.due), items.filter(items.since > items.due)
    oldest = context.last(_oldest(usual)).drop(DAY)
    both = attach(oldest, _oldest_on_days(context, others), ["customer_id", ASKED])
    first = (both.oldest_until >= both.asked).ifelse(both.usual_due, NEVER)
    earliest = ibis.least(ibis.coalesce(first, NEVER), ibis.coalesce(both.other_due, NEVER))
    found = both.select("customer_id", ASKED, oldest_due=earliest.nullif(NEVER).cast("int64"))
    return attach(number, found, ["customer_id", ASKED])


def _item_counts(items: ir.Table) -> ir.Table:
    one = ibis.literal(1, "int64")
    begins = items.select("customer_id", day=items.since, n_over_0=one)
    ended = items.filter(items.until < NEVER)
    return begins.union(ended.select("customer_id", day=ended.until, n_over_0=-one))


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
