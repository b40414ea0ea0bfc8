"""Payments as known on each day of decision: how late those came that stood, and which were returned."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT, MONEY
from features.context import Context
from features.ledger.returns import undone
from features.ledger.settlement import DISCOUNT, FEE, NEVER, PAYMENT, REVERSAL
from features.state.ledger import KEYS, QUARTER, YEAR, offsets
from features.time.asof import ASKED, DAY, attach, before, usable_from

SETTLING = (
    "n_partial", "n_deducted", "n_settled", "n_settled_late", "n_settled_late30", "discounted",
)  # fmt: skip
"""Totals that need the order of the payments of an invoice; without them no payment is sorted."""
DEDUCTED = 10
"""A payment that leaves at most a tenth of the invoice was meant to settle it; more is a payment in parts."""


def payments(context: Context) -> ir.Table:
    """Totals of payments: amounts, counts, days late and their squares, invoices settled, discounts taken.

    What stood N days ago is what a window of N days leaves out: all that was known by then, and with it what came since
    and has been returned, for a payment that came back is no payment.
    """
    back = offsets(context, QUARTER, 2 * QUARTER, YEAR)
    is_settling = any(context.wants(before(name, ago)) for name in SETTLING for ago in back)
    made = _made(context.books.payments if is_settling else context.books.receipts)
    totals = context.totals(made.select(*KEYS, **_measures(made, is_settling=is_settling)), back)
    if not context.has_returns:
        return totals
    gone = _gone(context, made, is_settling=is_settling)
    measures = _measures(gone, is_settling=is_settling)
    parts = [_left_out(gone, measures, window) for window in back if window]
    out = context.totals(parts)
    names = {name: f"{name}_out" for name in out.columns if name in totals.columns}
    names = {name: new for name, new in names.items() if name not in {"customer_id", ASKED}}
    both = attach(totals, out.rename({new: name for name, new in names.items()}), ["customer_id", ASKED])  # fmt: skip
    sums = {name: (both[name] + both[new]).cast(both[name].type()) for name, new in names.items()}
    return both.mutate(**sums).drop(*names.values())


def _measures(rows: ir.Table, *, is_settling: bool) -> dict[str, ir.Value]:
    """What is summed up of rows of `_made` or of `_gone`."""
    money, number = rows.money, rows.number
    nothing = ibis.literal(0).cast(MONEY)
    found: dict[str, ir.Value] = {
        "paid": money,
        "paid_late": (rows.late > 0).ifelse(money, nothing),
        "paid_late30": (rows.late > 30).ifelse(money, nothing),
        "paid_early": (rows.paid < rows.due).ifelse(money, nothing),
        "paid_days": (money * rows.late).cast(AMOUNT),
        "n_paid": number,
        "n_late": number * (rows.late > 0).cast("int64"),
        "days": number * rows.late,
        "days_squared": number * rows.late * rows.late,
    }
    return found | (_settling(rows) if is_settling else {})


def _settling(made: ir.Table) -> dict[str, ir.Value]:
    """The measures of `SETTLING`."""
    # the booking that leaves nothing open settles the invoice; what is paid beyond it settles nothing
    settles = (made.open_before > 0) & (made.open_after == 0)
    is_short = made.open_after > 0
    late = made.is_money.ifelse(made.late, made.settled_by - made.due)
    nothing = ibis.literal(0).cast(MONEY)
    is_taken = settles & (made.written_off > made.tolerance) & (made.kind != DISCOUNT)
    taken = (is_taken & (made.lasts == 1)).ifelse(made.written_off, nothing)
    number = {"n_partial": is_short, "n_deducted": is_short & (made.open_after * DEDUCTED <= made.amount)}  # fmt: skip
    lasting = {"n_settled": settles, "n_settled_late": settles & (late > 0), "n_settled_late30": settles & (late > 30)}  # fmt: skip
    flags = {name: flag.cast("int64") * made.number for name, flag in number.items()}
    flags |= {name: flag.cast("int64") * made.lasts for name, flag in lasting.items()}
    return flags | {"discounted": (made.discount_booked + taken).cast(MONEY)}


def _made(every: ir.Table) -> ir.Table:
    """What settled invoices, money or not (`is_money`), with `late`, the days after the due date.

    And what of it counts: `money`, `number` of payments, `lasts` (1: what it settled), `discount_booked`.
    """
    made = every.filter(~every.is_credit & every.kind.isin([PAYMENT, DISCOUNT, FEE]))
    late = ibis.greatest(made.paid - made.due, 0).cast("int64")
    is_money, nothing = made.kind == PAYMENT, ibis.literal(0).cast(MONEY)
    return made.mutate(
        late=late,
        is_money=is_money,
        money=is_money.ifelse(made.paid_amount, nothing),
        number=is_money.cast("int64"),
        lasts=ibis.literal(1, "int64"),
        discount_booked=(made.kind == DISCOUNT).ifelse(made.paid_amount, nothing),
    )


def _gone(context: Context, made: ir.Table, *, is_settling: bool) -> ir.Table:
    """What counts no longer of the rows of `_made`, and `back`, since when: money returned, settlements that did not last."""
    key, none = ["invoice_id", "payment_id"], ibis.literal(0, "int64")
    nothing = ibis.literal(0).cast(MONEY)
    taken = made.drop("money", "number").inner_join(context.books.taken_back, key)
    taken = taken.mutate(money=taken.taken, number=taken.is_whole.cast("int64"), lasts=none)
    kept = [*made.columns, "back"]
    found = taken.mutate(discount_booked=nothing).select(*kept)
    if not is_settling:
        return found
    again = made.inner_join(undone(context.books.payments), key)
    return found.union(again.mutate(money=nothing, number=none, discount_booked=nothing).select(*kept))  # fmt: skip


def _left_out(gone: ir.Table, measures: dict[str, ir.Value], window: int) -> ir.Table:
    """Changes of what a window leaves out though it came in it: from the day it is gone until it is older than the window."""
    values = {before(name, window): value for name, value in measures.items()}
    since = gone.select("customer_id", "currency", DAY, "back", **values)
    since = since.filter(since.back < since[DAY] + window)
    over = {name: (-since[name]).cast(since[name].type()) for name in values}
    return since.select("customer_id", "currency", *values, day="back").union(
        since.select("customer_id", "currency", day=since[DAY] + window, **over).select(
            "customer_id", "currency", *values, DAY
        )
    )


def slowest(context: Context) -> ir.Table:
    """`late_max_<window>d`: the most days late of the late payments in the window, missing where there is none."""
    made = _made(context.books.receipts)
    key = ["invoice_id", "payment_id"]
    late = made.filter(made.is_money & (made.late > 0)).select("customer_id", DAY, "late", *key)
    windows = [days for days in context.windows if context.wants(f"late_max_{days}d")]
    facts = ["customer_id", DAY, "late"]
    if not (context.has_returns and windows):
        return context.forward.largest(context.customers, late.select(*facts), "late", windows)
    back = context.books.taken_back
    late = attach(late, back.filter(back.is_whole).select(*key, "back"), key)
    stood = late.filter(late.back.isnull()).select(*facts)
    found = context.forward.largest(context.customers, stood, "late", windows)
    # the few that were returned meet the days on which they still stood
    met = late.filter(late.back.notnull()).inner_join(context.customers, "customer_id")
    met = met.filter(usable_from(met[DAY]) <= met[ASKED], usable_from(met.back) > met[ASKED])
    most = {
        f"then_{days}": (met[DAY] >= met[ASKED] - days).ifelse(met.late, ibis.null("int64")).max()
        for days in windows
    }
    both = attach(found, met.group_by(["customer_id", ASKED]).agg(**most), ["customer_id", ASKED])
    of = {days: (both[f"late_max_{days}d"], both[f"then_{days}"]) for days in windows}
    larger = {f"late_max_{days}d": ibis.coalesce((one > other).ifelse(one, other), one, other) for days, (one, other) in of.items()}  # fmt: skip
    return both.mutate(**larger).drop(*most)


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
