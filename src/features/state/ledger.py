"""Billing, payments, balance, ageing and disputes as known on each day of decision."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.asof import ASKED, DAY, attach, largest
from features.context import Context
from features.ledger import NEVER, disputes, past_due, while_in
from features.money import AMOUNT

BUCKETS = (0, 30, 60, 90)
"""Ageing: more than so many days past due."""
YEAR, QUARTER, MONTH = 365, 90, 30
QUARTERS = (90, 180, 270, 360)
KEYS = ("customer_id", "currency", DAY)


def offsets(context: Context, *fixed: int) -> list[int]:
    """How far back running totals are read: today, every window, and the fixed ones."""
    return sorted({0, *context.windows, *fixed})


def billing(context: Context) -> ir.Table:
    """Totals of billed, credited, n_billed; `last_billed`, the day of the last invoice."""
    documents = context.books.documents
    nothing = ibis.literal(0).cast(AMOUNT)
    deltas = documents.select(
        *KEYS,
        billed=documents.is_credit.ifelse(nothing, documents.amount),
        credited=documents.is_credit.ifelse(documents.amount, nothing),
        n_billed=documents.is_credit.ifelse(0, 1).cast("int64"),
    )
    totals = context.totals(deltas, offsets(context, MONTH, YEAR, *QUARTERS))
    invoices = documents.filter(~documents.is_credit).select("customer_id", DAY).distinct()
    last = context.last(invoices).rename(last_billed=DAY)
    return attach(totals, last, ["customer_id", ASKED])


def payments(context: Context) -> ir.Table:
    """Totals of payments: amounts, counts, days late and their squares, invoices settled; the worst days late; the on-time streak."""
    every = context.books.payments
    made = every.filter(~every.is_credit)
    late = ibis.greatest(made.paid - made.due, 0).cast("int64")
    made = made.mutate(late=late)
    nothing = ibis.literal(0).cast(AMOUNT)
    # the payment that leaves nothing open settles the invoice; what is paid beyond it settles nothing
    settles = (made.paid_so_far >= made.amount) & (made.cleared_before < made.amount)
    deltas = made.select(
        *KEYS,
        paid=made.paid_amount,
        paid_late=(made.late > 0).ifelse(made.paid_amount, nothing),
        paid_late30=(made.late > 30).ifelse(made.paid_amount, nothing),
        paid_early=(made.paid < made.due).ifelse(made.paid_amount, nothing),
        paid_days=(made.paid_amount * made.late).cast(AMOUNT),
        n_paid=ibis.literal(1, "int64"),
        n_late=(made.late > 0).cast("int64"),
        n_partial=(made.paid_so_far < made.amount).cast("int64"),
        n_settled=settles.cast("int64"),
        n_settled_late=(settles & (made.late > 0)).cast("int64"),
        n_settled_late30=(settles & (made.late > 30)).cast("int64"),
        days=made.late,
        days_squared=made.late * made.late,
    )
    totals = context.totals(deltas, offsets(context, QUARTER, YEAR))
    worst = largest(
        context.customers, made.select("customer_id", DAY, "late"), "late", context.windows
    )
    joined = attach(totals, worst, ["customer_id", ASKED])
    return attach(joined, _last_late(context, made), ["customer_id", ASKED])


def _last_late(context: Context, made: ir.Table) -> ir.Table:
    """`n_until_late`: how many payments were known up to and including the last late one."""
    order = ibis.window(group_by="customer_id", order_by=[DAY, "paid", "payment_id"])
    numbered = made.mutate(n_until_late=(ibis.row_number().over(order) + 1).cast("int64"))
    late = numbered.filter(numbered.late > 0)
    facts = late.group_by(["customer_id", DAY]).agg(n_until_late=late.n_until_late.max())
    return context.last(facts).drop(DAY)


def balance(context: Context) -> ir.Table:
    """`gross`: open invoices. `credit`: open credits. Both also as they stood before."""
    changes = context.books.changes
    deltas = changes.select(*KEYS, gross=changes.open, credit=changes.credit)
    return context.totals(deltas, offsets(context, QUARTER, YEAR))


def ageing(context: Context) -> ir.Table:
    """Amounts more than 0, 30, 60, 90 days past due, also 90 days ago; overdue items; the oldest of them."""
    books = context.books
    joined = context.customers
    for days in BUCKETS:
        late = past_due(books.changes, days)
        measures = {f"over_{days}": late.open}
        if days == 0:
            measures["overdue_due"] = (late.open * late.due).cast(AMOUNT)
        totals = context.totals(late.select(*KEYS, **measures), (0, QUARTER))
        joined = attach(joined, totals, ["customer_id", ASKED])
    items = _overdue_items(books.documents, books.payments)
    number = context.counts(_item_counts(items))
    oldest = context.last(_oldest(items)).drop(DAY)
    joined = attach(joined, number, ["customer_id", ASKED])
    return attach(joined, oldest, ["customer_id", ASKED])


def _overdue_items(documents: ir.Table, payments: ir.Table) -> ir.Table:
    """Invoices that were open when due: `since` they were both due and booked, `until` they were cleared."""
    final = payments.filter(payments.paid_so_far >= payments.amount)
    cleared = final.group_by("invoice_id").agg(until=final.day.min())
    invoices = documents.filter(~documents.is_credit)
    items = attach(invoices, cleared, ["invoice_id"])
    items = items.select(
        "invoice_id",
        "customer_id",
        since=ibis.greatest(items.due, items.day),
        until=ibis.coalesce(items.until, NEVER).cast("int64"),
    )
    return items.filter(items.until > items.since)


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
