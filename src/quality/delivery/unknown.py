"""What a row that was set aside would have said of others: those are unknown, and leave with it.

A payment that is set aside leaves its invoice unpaid for ever; a credit note or a dispute that is set aside leaves
an amount standing that should not. Kept, they would make a fault of the data look like a customer that does not pay.
So the invoice leaves as well, and what hangs on it: its payments, its disputes, the credit notes that name it.

Which invoices a row that was set aside speaks of:
- those it names, or whose number it names but for leading zeros;
- of a credit note that names none, and of money on account: the oldest items it would have reduced, up to its amount;
- of money of which nobody can say whose it is (it names an invoice that was never delivered, or neither invoice nor
  customer): the invoices of which just that amount is open, one for each such payment; and the opening balances of a ledger that
  was carried over in one sum a customer, for their payments name the invoices of the old ledger.

Not among them: a row that is there once more (its other copy is used), one that was set aside for its parent's sake,
and one that happened after the last complete day (by then nothing had happened). A payment that was booked by then, with
a value date of months or a century later, did happen: its date is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from contracts.config.portfolio import PortfolioConfig
from contracts.tables.engine import AMOUNT, parts_of
from contracts.tables.raw import INVOICE_KINDS
from quality.delivery.tolerated import agreed
from quality.rules.amounts import signed
from quality.rules.rule import ROW

SILENT = (
    "repeated_row",
    "parent_row_quarantined",
    "copy_never_paid",
    "paid_by_its_group",
    "paid_on_another_invoice",
    "decimal_point_misplaced",
    "booked_long_after_issue",
)
"""Rules whose rows say nothing of the row they name: what the last ones say of others comes as `more`."""
FUTURE = "known_after_delivery"
RULE = ".rule"
_NO_INVOICE = "unknown_invoice"
_OF_NOBODY = "money_of_nobody"
"""Rule of money on an invoice that was not delivered; whose it is may be known all the same."""
_YEAR = 365
_AHEAD = timedelta(days=31)
"""Cheques and direct debits are booked so long before their value date."""
_LEADING_ZEROS = r"^([^0-9]*)0+"
"""After the letters, if any: D000123 and D123 are one number."""
_ID = "invoice_id"
_MIN_PILE = 5
_MIN_SHARE_PAID = 0.25
"""Of the opening balances, what was paid by the numbers of the old ledger."""


def unknown_rows(
    delivered: Mapping[str, ir.Table],
    valid: Mapping[str, ir.Table],
    set_aside: Mapping[str, ir.Table],
    portfolio: PortfolioConfig,
    keep: Callable[[str, ir.Table], ir.Table],
    more: Sequence[ir.Table] = (),
) -> dict[str, ir.Table]:
    """The valid rows that belong to rows set aside: by table `.row`, `value` and `cause`.

    `value` is the invoice they are unknown with, `cause` the rule that began it.

    Args:
        delivered: rows after repairs, of invoices and of what refers to them.
        valid: those that no rule of their own sets aside; and the credit terms, where there are any.
        set_aside: `.row` and `.rule` of the others.
        portfolio: last complete day, and the cash discount it states.
        keep: computes a relation, which is small, and gives it a name.
        more: further invoices that are unknown: invoice_id and cause.
    """
    until = portfolio.complete_until
    spoken = {
        name: keep(f"spoken {name}", _speaking(rows, set_aside[name], name, until))
        for name, rows in delivered.items()
    }
    items = valid["invoices"]
    ids = [_named(spoken[name], items) for name in ("payments", "disputes") if name in spoken]
    notes = spoken["invoices"].filter(
        (spoken["invoices"].kind != INVOICE_KINDS[0]) | (spoken["invoices"].amount < 0)
    )
    ids.append(_named(notes.mutate(invoice_id=notes.credits), items))
    if "payments" in valid:
        loose = _respelt(spoken["payments"], items)
        ids.append(_reduced(notes, loose, items, valid["payments"]))
        lost = _whose_nobody_knows(loose, delivered["invoices"])
        discounts = agreed(valid, portfolio.settlement).select(_ID, "currency", "rate")
        ids.append(_of_that_amount(lost, items, valid["payments"], discounts))
        ids.append(_carried_over(lost, items, valid["payments"]))
    gone = _with_what_hangs_on_it(_once(ibis.union(*ids, *more)), items, keep)
    rows = {name: valid[name].inner_join(gone, _ID) for name in delivered}
    return {name: both.select(ROW, "cause", value=_ID) for name, both in rows.items()}


def _once(ids: ir.Table) -> ir.Table:
    """Each invoice once, with the first of its causes by name."""
    return ids.group_by(_ID).aggregate(cause=ids.cause.min())


def _with_what_hangs_on_it(
    ids: ir.Table, items: ir.Table, keep: Callable[[str, ir.Table], ir.Table]
) -> ir.Table:
    """A credit note that leaves takes the invoice it names along, and an invoice the credit notes that name it."""
    gone = keep("unknown at first", ids)
    named = items.filter(items.credits.notnull()).select(_ID, "credits")
    taken = named.inner_join(gone, _ID).select("cause", invoice_id="credits").select(_ID, "cause")
    gone = keep("unknown with them", _once(gone.union(taken)))
    whose = gone.select("cause", credits=_ID)
    hanging = named.inner_join(whose, "credits").select(_ID, "cause")
    return keep("unknown", _once(gone.union(hanging)))


def _speaking(rows: ir.Table, set_aside: ir.Table, table: str, until: date) -> ir.Table:
    """The rows set aside that would have said something of others."""
    happened = {"invoices": "issued_on", "payments": "paid_on", "disputes": "opened_on"}[table]
    both = rows.inner_join(set_aside, ROW)
    is_future = (both[RULE] == FUTURE) & (both[happened] > ibis.literal(until))
    if "booked_at" in both.columns:
        is_ahead = both[happened] <= ibis.literal(until + _AHEAD)
        is_future &= (both.booked_at > ibis.literal(until)) | is_ahead
    return both.filter(both[RULE].notin(SILENT) & ~is_future.fill_null(False))


def _named(rows: ir.Table, items: ir.Table) -> ir.Table:
    """The valid invoices whose number the rows name, leading zeros left out: invoice_id, cause."""
    keys = rows.filter(rows[_ID].notnull()).select(key=_bare(rows[_ID]), cause=rows[RULE])
    keys = keys.group_by("key").aggregate(cause=keys.cause.min())
    met = items.filter(_bare(items[_ID]).isin(keys.key)).select(_ID)
    met = met.mutate(key=_bare(met[_ID]))
    return met.inner_join(keys, "key").select(_ID, "cause")


def _bare(number: ir.StringValue) -> ir.StringValue:
    return number.strip().re_replace(_LEADING_ZEROS, r"\1")


def _respelt(spoken: ir.Table, items: ir.Table) -> ir.Table:
    """The payments with their customer as the ledger has it, where all but leading zeros are those of just one."""
    ids = items.select(own="customer_id").distinct()
    bare = ids.mutate(bare=_bare(ids.own))
    known = bare.group_by("bare").aggregate(own=bare.own.min(), n=bare.count())
    both = spoken.mutate(bare=_bare(spoken.customer_id)).left_join(known.filter(known.n == 1), "bare")  # fmt: skip
    return both.select(*[name for name in spoken.columns if name != "customer_id"], customer_id=both.own.coalesce(both.customer_id))  # fmt: skip


def _reduced(notes: ir.Table, spoken: ir.Table, items: ir.Table, payments: ir.Table) -> ir.Table:
    """The items that credits which name none would have reduced, oldest due day first, up to their amounts: invoice_id, cause.

    Of what was open on the day of the customer's first such credit or came later; and of what is still open.
    """
    unnamed = notes.filter(notes.credits.isnull())
    loose = spoken.filter(spoken[_ID].isnull() | (spoken[RULE] == _NO_INVOICE))
    lost = unnamed.select("customer_id", "amount", day="issued_on", cause=RULE).union(
        loose.select("customer_id", "amount", day="paid_on", cause=RULE)
    )
    lost = lost.filter(lost.customer_id.notnull())
    first = lost.group_by("customer_id").aggregate(
        total=lost.amount.abs().sum(), day=lost.day.min(), cause=lost.cause.min()
    )
    owed = _owed(items.filter(items.customer_id.isin(first.customer_id)), payments)
    owed = owed.mutate(counts=(owed["left"] > 0).ifelse(owed["left"], owed.amount))
    both = owed.inner_join(first, "customer_id")
    still = both.filter(both["left"] > 0)
    later = both.filter((both["left"] > 0) | both.day.isnull() | (both["last"] >= both.day))
    return _oldest(still).union(_oldest(later))


def _owed(items: ir.Table, payments: ir.Table) -> ir.Table:
    """Invoices with what is `left` of them after the valid payments and credit notes that name them, and the day of the `last` one."""
    notes = items.filter(items.kind != INVOICE_KINDS[0], items.credits.notnull())
    every = payments.select(_ID, day="paid_on", amount=signed(payments).cast(AMOUNT)).union(
        notes.select(invoice_id="credits", day="issued_on", amount=notes.amount.cast(AMOUNT))
    )
    paid = every.group_by(_ID).aggregate(paid=every.amount.sum(), last=every.day.max())
    owed = items.filter(items.kind == INVOICE_KINDS[0]).left_join(paid, _ID)
    left = owed.amount - owed.paid.coalesce(ibis.literal(0).cast(AMOUNT))
    return owed.select(_ID, "customer_id", "issued_on", "due_on", "amount", "last", left=left)


def _whose_nobody_knows(spoken: ir.Table, delivered: ir.Table) -> ir.Table:
    """Payments that name an invoice which was not delivered, or neither an invoice nor a customer that has one."""
    numbers = (
        delivered.filter(delivered[_ID].notnull()).select(key=_bare(delivered[_ID])).distinct()
    )
    is_elsewhere = spoken[_ID].notnull() & _bare(spoken[_ID]).notin(numbers.key)
    ids = delivered.filter(delivered.customer_id.notnull()).select("customer_id").distinct()
    is_strange = (spoken[RULE] == _OF_NOBODY) & spoken.customer_id.notin(ids.customer_id)
    is_nobodys = spoken.customer_id.isnull() | is_strange
    return spoken.filter(is_elsewhere | (spoken[_ID].isnull() & is_nobodys))


def _of_that_amount(
    lost: ir.Table, items: ir.Table, payments: ir.Table, discounts: ir.Table
) -> ir.Table:
    """The invoices of which just the amount of one of these payments is open, or that and the agreed discount: invoice_id, cause.

    Not more of them than there are such payments, those due nearest to one: where all pay one price, a lost payment must
    not make every unpaid invoice of that price unknown. What was paid before an invoice was issued, or a year after it
    was due, is not its money: it belongs to one from outside the extract.
    """
    whole = _owed(items, payments)
    whole = whole.mutate(left=whole["left"].cast(AMOUNT))
    less = whole.inner_join(discounts.filter(discounts.rate > 0), _ID)
    units = parts_of(less.currency)
    taken = ((less.amount.cast("float64") * less.rate * units).round() / units).cast(AMOUNT)
    less = less.mutate(left=(less["left"] - taken).cast(AMOUNT)).select(*whole.columns)
    owed = whole.union(less)
    lost = lost.filter(lost.amount > 0)
    sums = lost.select("paid_on", left=lost.amount.cast(AMOUNT), cause=lost[RULE])
    # parts of one invoice lost its name together
    named = lost.filter(lost[_ID].notnull())
    parts = named.group_by(_ID).aggregate(
        n=named.count(),
        paid_on=named.paid_on.max(),
        left=named.amount.sum().cast(AMOUNT),
        cause=named[RULE].min(),
    )
    sums = sums.union(parts.filter(parts.n > 1).select("paid_on", "left", "cause"))
    days = owed.inner_join(sums, "left")
    days = days.mutate(apart=days.paid_on.epoch_days() - days.due_on.epoch_days())
    ahead = days.issued_on.epoch_days() - days.paid_on.epoch_days()
    near = days.filter(days.apart <= _YEAR, ahead <= _AHEAD.days)
    near = near.group_by([_ID, "left"]).aggregate(apart=near.apart.abs().min())
    number = sums.group_by("left").aggregate(n=sums.count(), cause=sums.cause.min())
    order = ibis.window(group_by="left", order_by=["apart", _ID])
    ranked = near.mutate(place=ibis.row_number().over(order)).inner_join(number, "left")
    return ranked.filter(ranked.place < ranked.n).select(_ID, "cause")


def _carried_over(lost: ir.Table, items: ir.Table, payments: ir.Table) -> ir.Table:
    """The opening balances in one sum, of which nobody can say what is left: invoice_id, cause.

    On the ledger's first day of issue, most items were never paid by a payment that names them, and what came for invoices that
    were not delivered is a quarter of their amount or more. Invoices of such a day, as of a rent, are paid by their own number.
    """
    owed = _owed(items, payments)
    pile = owed.filter(owed.issued_on == owed.issued_on.min().as_scalar())
    named = lost.filter(lost[_ID].notnull())
    came = named.aggregate(came=named.amount.sum().cast("float64"), cause=named[RULE].min())
    unpaid = pile.filter(pile["last"].isnull())
    both = pile.aggregate(n=pile.count(), n_unpaid=pile["last"].isnull().sum()).cross_join(
        unpaid.aggregate(left=unpaid["left"].sum().cast("float64"))
    )
    both = both.cross_join(came).filter(
        lambda one: (one.n_unpaid >= _MIN_PILE) & (one.n_unpaid * 2 > one.n) & (one.came >= _MIN_SHARE_PAID * one["left"])
    )  # fmt: skip
    return unpaid.cross_join(both).select(_ID, "cause")


def _oldest(items: ir.Table) -> ir.Table:
    """Of each customer the oldest items, up to `total`: invoice_id, cause."""
    order = ibis.window(
        group_by="customer_id", order_by=["due_on", _ID], preceding=None, following=0
    )
    run = items.mutate(before=items.counts.sum().over(order) - items.counts)
    return run.filter((run.before < run.total) | (run.before == 0)).select(_ID, "cause")
