"""Payment plans: what they protect and for how long, and whether they were kept.

A plan covers the items that were due when it was agreed, from that day until its last date, which `detail` gives as
YYYY-MM-DD, or until a later plan replaces it. From the day after, what is not settled counts from its original due
dates. A plan without a last date covers nothing, for nobody can say when it was broken.

It was kept where all its items were settled by the end of its last date, by value date and whoever booked it when:
by money, a discount, a fee or a credit. An item in dispute on that day is not due. Open credits that name no invoice
are set off against the oldest items first, and those are the plan's.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT, MONEY
from features.ledger.bookings import Ledger, disputes
from features.ledger.settlement import CREDIT, NEVER, beyond, in_time, left
from features.time.asof import DAY, attach

_PLAN = ("event_id", "as_known")


def protected(books: Ledger, agreed: ir.Table) -> ir.Table:
    """The spans in which plans protect their items: event_id, invoice_id, from_day, until_day; disjoint per item."""
    items = books.documents.filter(~books.documents.is_credit).select(
        "invoice_id", "customer_id", "due"
    )
    covered = items.inner_join(agreed, "customer_id")
    covered = covered.filter(covered.due < covered.agreed)
    spans = covered.select(
        "event_id",
        "invoice_id",
        from_day="agreed",
        until_day=ibis.least(covered["last"] + 1, covered.replaced).cast("int64"),
    )
    return spans.filter(spans.until_day > spans.from_day)


def broken(books: Ledger, judged: ir.Table, tables: Mapping[str, ir.Table]) -> ir.Table:
    """The plans that had items left at the end of their last date: event_id, as_known.

    Currency by currency, so that no rate decides whether a plan was kept.

    Args:
        books: the ledger, on either clock.
        judged: customer_id, event_id, `agreed`, `last`; `as_known`: only what was booked by the end of this day counts.
        tables: raw tables; disputes are read where they are there.
    """
    items = _items(books, judged)
    is_due = ~items.is_credit & (items.due < items.agreed) & (items.open > 0)
    due = items.filter(is_due)
    if "disputes" in tables:
        spans = disputes(tables)
        until = ibis.coalesce(spans.until_day, NEVER)
        spans = spans.select("invoice_id", opened="from_day", closed=until)
        at_end = due.inner_join(spans, "invoice_id")
        at_end = at_end.filter((at_end.opened <= at_end["last"]) & (at_end.closed > at_end["last"]))
        due = due.anti_join(at_end, [*_PLAN, "invoice_id"])
    keys = [*_PLAN, "currency"]
    newest = ibis.window(group_by=keys, order_by=[ibis.desc("due"), ibis.desc("invoice_id")])
    ranked = due.mutate(place=ibis.row_number().over(newest))
    nothing = ibis.literal(0).cast(MONEY)
    owed = ranked.group_by(keys).agg(
        open=ranked.open.sum().cast(AMOUNT),
        # credits pay the oldest first, so what they leave is the newest item's
        tolerance=(ranked.place == 0).ifelse(ranked.tolerance, nothing).sum().cast(AMOUNT),
    )
    both = attach(owed, _credits(books, judged, items), keys)
    credit = ibis.greatest(ibis.coalesce(both.credit, ibis.literal(0).cast(AMOUNT)), ibis.literal(0).cast(AMOUNT))  # fmt: skip
    return both.filter((both.open - credit) > both.tolerance).select(*_PLAN).distinct()


def _items(books: Ledger, judged: ir.Table) -> ir.Table:
    """Every document of a plan's customer as it stood at the plan's end: `open`, and the `credit` that is left of it."""
    made, owed = books.payments, books.documents
    booked = made.select(
        "invoice_id", "customer_id", "payment_id", "kind", "paid", DAY, "reduces",
        timely=in_time(made).ifelse(made.reduces, ibis.literal(0).cast(MONEY)),
    )  # fmt: skip
    booked = booked.inner_join(judged, "customer_id")
    booked = booked.filter((booked[DAY] <= booked.as_known) & (booked.paid <= booked["last"]))
    sums = booked.group_by([*_PLAN, "invoice_id"]).agg(
        reduced=booked.reduces.sum().cast(AMOUNT), timely=booked.timely.sum().cast(AMOUNT)
    )
    used = booked.filter(booked.kind == CREDIT)
    used = used.group_by([*_PLAN, "payment_id"]).agg(used=used.reduces.sum().cast(AMOUNT))
    items = owed.inner_join(judged, "customer_id")
    items = items.filter((items[DAY] <= items.as_known) & (items.issued <= items["last"]))
    items = attach(items, sums, [*_PLAN, "invoice_id"])
    items = attach(items, used.rename(invoice_id="payment_id"), [*_PLAN, "invoice_id"])
    nothing = ibis.literal(0).cast(AMOUNT)
    reduced, timely, taken = (
        ibis.coalesce(items[name], nothing).cast(AMOUNT) for name in ("reduced", "timely", "used")
    )
    open_now = items.is_credit.ifelse(ibis.literal(0).cast(MONEY), left(items, reduced, timely))
    kept = (items.amount - reduced - taken).cast(AMOUNT)
    return items.select(
        *_PLAN, "agreed", "last", "invoice_id", "currency", "is_credit", "due", "tolerance",
        open=open_now, credit=items.is_credit.ifelse(kept, beyond(items, reduced)).cast(AMOUNT),
    )  # fmt: skip


def _credits(books: Ledger, judged: ir.Table, items: ir.Table) -> ir.Table:
    """Open credits of the plan's customer at the plan's end, by plan and currency: `credit`."""
    keys = [*_PLAN, "currency"]
    parts = items.select(*keys, "credit")
    loose = books.on_account
    if loose is not None:
        paid = loose.inner_join(judged, "customer_id")
        paid = paid.filter((paid[DAY] <= paid.as_known) & (paid.paid <= paid["last"]))
        parts = parts.union(paid.select(*keys, credit=paid.credit.cast(AMOUNT)))
    return parts.group_by(keys).agg(credit=parts.credit.sum().cast(AMOUNT))
