"""Billing, payments, balance, ageing and disputes as known on each day of decision."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.context import Context
from features.ledger.bookings import NEVER, disputes, while_in
from features.ledger.money import AMOUNT, MONEY
from features.time.asof import ASKED, DAY, attach, before

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
    """Totals of payments: amounts, counts, days late and their squares, invoices settled."""
    back = offsets(context, QUARTER, YEAR)
    is_settling = any(context.wants(before(name, ago)) for name in SETTLING for ago in back)
    made = _made(context.books.payments if is_settling else context.books.receipts)
    nothing = ibis.literal(0).cast(MONEY)
    deltas = made.select(
        *KEYS,
        paid=made.paid_amount,
        paid_late=(made.late > 0).ifelse(made.paid_amount, nothing),
        paid_late30=(made.late > 30).ifelse(made.paid_amount, nothing),
        paid_early=(made.paid < made.due).ifelse(made.paid_amount, nothing),
        paid_days=(made.paid_amount * made.late).cast(AMOUNT),
        n_paid=ibis.literal(1, "int64"),
        n_late=(made.late > 0).cast("int64"),
        days=made.late,
        days_squared=made.late * made.late,
        **(_settling(made) if is_settling else {}),
    )
    return context.totals(deltas, back)


SETTLING = ("n_partial", "n_settled", "n_settled_late", "n_settled_late30")
"""Totals that need the order of the payments of an invoice; without them no payment is sorted."""


def _settling(made: ir.Table) -> dict[str, ir.IntegerValue]:
    """The measures of `SETTLING`."""
    # the payment that leaves nothing open settles the invoice; what is paid beyond it settles nothing
    settles = (made.paid_so_far >= made.amount) & (made.cleared_before < made.amount)
    is_partial = made.paid_so_far < made.amount
    flags = (is_partial, settles, settles & (made.late > 0), settles & (made.late > 30))
    return {name: flag.cast("int64") for name, flag in zip(SETTLING, flags, strict=True)}


def _made(every: ir.Table) -> ir.Table:
    """Payments of invoices with `late`, the days after the due date."""
    made = every.filter(~every.is_credit)
    return made.mutate(late=ibis.greatest(made.paid - made.due, 0).cast("int64"))


def slowest(context: Context) -> ir.Table:
    """`late_max_<window>d`: the most days late of the late payments in the window, missing where there is none."""
    made = _made(context.books.receipts)
    late = made.filter(made.late > 0).select("customer_id", DAY, "late")
    windows = [days for days in context.windows if context.wants(f"late_max_{days}d")]
    return context.forward.largest(context.customers, late, "late", windows)


def streak(context: Context) -> ir.Table:
    """`n_until_late`: how many payments were known up to and including the last late one."""
    made = _made(context.books.receipts)
    order = ibis.window(group_by="customer_id", order_by=[DAY, "paid", "payment_id"])
    numbered = made.mutate(n_until_late=(ibis.row_number().over(order) + 1).cast("int64"))
    late = numbered.filter(numbered.late > 0)
    facts = late.group_by(["customer_id", DAY]).agg(n_until_late=late.n_until_late.max())
    return context.last(facts).drop(DAY)


def balance(context: Context) -> ir.Table:
    """`gross`: open invoices. `credit`: open credits. Both also as they stood 90 days ago."""
    changes = context.books.changes
    deltas = changes.select(*KEYS, gross=changes.open, credit=changes.credit)
    return context.totals(deltas, (0, QUARTER))


def ageing(context: Context) -> ir.Table:
    """Amounts more than 0, 30, 60, 90 days past due, also 90 days ago; `overdue_due`: amount times due day."""
    deltas = []
    for days in BUCKETS:
        late = context.books.past_due(days)
        measures = {f"over_{days}": late.open}
        if days == 0:
            measures["overdue_due"] = (late.open * late.due).cast(AMOUNT)
        deltas.append(late.select(*KEYS, **measures))
    return context.totals(deltas, (0, QUARTER))


def overdue_items(context: Context) -> ir.Table:
    """`n_overdue`: items past due; `oldest_since`, `oldest_until`: the oldest of them."""
    overdue = context.books.overdue
    items = overdue.filter(overdue.until > overdue.since)
    number = context.counts(_item_counts(items))
    oldest = context.last(_oldest(items)).drop(DAY)
    return attach(number, oldest, ["customer_id", ASKED])


def _item_counts(items: ir.Table) -> ir.Table:
    one = ibis.literal(1, "int64")
    begins = items.select("customer_id", day=items.since, n_overdue=one)
    ended = items.filter(items.until < NEVER)
    ends = ended.select("customer_id", day=ended.until, n_overdue=-one)
    return begins.union(ends)


def _oldest(items: ir.Table) -> ir.Table:
    """The oldest overdue item as a step function: customer_id, day, oldest_since, oldest_until.

    In order of `since`, only an item that outlives all earlier ones is ever the oldest: it becomes so on
    the day the last of those was cleared. One row per such item, so no item meets a day of decision.
    """
    order = {"group_by": "customer_id", "order_by": ["since", "invoice_id"]}
    outlived = items.until.max().over(ibis.window(**order, preceding=(None, 1)))
    ranked = items.mutate(outlived=outlived)
    kept = ranked.filter(ranked.outlived.isnull() | (ranked.until > ranked.outlived))
    return kept.select(
        "customer_id",
        day=ibis.greatest(kept.since, ibis.coalesce(kept.outlived, kept.since)),
        oldest_since=kept.since,
        oldest_until=kept.until,
    )


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
