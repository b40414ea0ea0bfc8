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
    """`last_billed`: the day of the last invoice."""
    documents = context.books.documents
    invoices = documents.filter(~documents.is_credit).select("customer_id", DAY).distinct()
    return context.last(invoices).rename(last_billed=DAY)


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
    """`n_until_late`: how many payments were known up to and including the last one that was late or returned."""
    every = context.books.receipts
    made = every.filter(~every.is_credit & every.kind.isin([PAYMENT, REVERSAL]))
    order = ibis.window(
        group_by="customer_id",
        order_by=[DAY, "paid", "payment_id", "invoice_id"],
        preceding=None,
        following=0,
    )
    number = (made.kind == PAYMENT).cast("int64")
    numbered = made.mutate(n_until_late=number.sum().over(order).cast("int64"))
    late = numbered.filter((numbered.kind == REVERSAL) | (numbered.paid > numbered.due))
    facts = late.group_by(["customer_id", DAY]).agg(n_until_late=late.n_until_late.max())
    return context.last(facts).drop(DAY)


def returned(context: Context) -> ir.Table:
    """Totals of n_returned: payments that were returned, of invoices or on account."""
    every, loose = context.books.receipts, context.books.on_account
    rows = every.filter(~every.is_credit & (every.kind == REVERSAL)).select("customer_id", DAY)
    if loose is not None:
        rows = rows.union(loose.filter(loose.kind == REVERSAL).select("customer_id", DAY))
    return context.counts(rows.mutate(n_returned=ibis.literal(1, "int64")), (0, QUARTER, YEAR))


def balance(context: Context, back: Sequence[int] = (0, QUARTER)) -> ir.Table:
    """`gross`: open invoices. `credit`: open credits. Both also as they stood so many days ago, at today's rates."""
    changes = context.books.changes
    deltas = changes.select(*KEYS, gross=changes.open, credit=changes.credit)
    return context.totals(deltas, back)


def ageing(context: Context) -> ir.Table:
    """Amounts more than 0, 30, 60, 90 days past due, also 90 days ago; `due_<days>`: amount times due day."""
    deltas = []
    for days in BUCKETS:
        late = context.books.past_due(days)
        weighted = (late.open * late.due).cast(AMOUNT)
        deltas.append(late.select(*KEYS, **{f"over_{days}": late.open, f"due_{days}": weighted}))
    return context.totals(deltas, (0, QUARTER))


def overdue_items(context: Context) -> ir.Table:
    """`n_over_<days>`: items so many days past due; `oldest_due`: the due day of the oldest item past due."""
    items = context.books.past_due_spans
    parts = [_item_counts(items, days) for days in BUCKETS]
    number = context.forward.totals(context.customers, parts, wanted=context.wanted)
    # an item that was known or opened again after its due day may be older than one that was there before it
    usual, others = items.filter(items.since == items.due), items.filter(items.since > items.due)
    oldest = context.last(_oldest(usual)).drop(DAY)
    both = attach(oldest, _oldest_on_days(context, others), ["customer_id", ASKED])
    first = (both.oldest_until >= both.asked).ifelse(both.usual_due, NEVER)
    earliest = ibis.least(ibis.coalesce(first, NEVER), ibis.coalesce(both.other_due, NEVER))
    found = both.select("customer_id", ASKED, oldest_due=earliest.nullif(NEVER).cast("int64"))
    return attach(number, found, ["customer_id", ASKED])


def _item_counts(items: ir.Table, days: int) -> ir.Table:
    one, name = ibis.literal(1, "int64"), f"n_over_{days}"
    aged = items.mutate(reached=ibis.greatest(items.since, items.due + days))
    aged = aged.filter(aged.until > aged.reached)
    begins = aged.select("customer_id", day=aged.reached, **{name: one})
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
