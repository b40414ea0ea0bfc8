"""Settlement: what every document owes after each booking on it. The one place where open amounts are computed.

What reduces a document, in the order of the days it counts from: money, cash discounts and fees that were booked
(they settle without money), and the credit notes that name it. A reversal takes back what was paid, from its own
day, up to all of it; the item then has the age of the invoice. What is paid or credited beyond the document is an
open credit of the customer.

An invoice is settled while what is left is within its allowance: the portfolio's tolerance and, where all that is
claimed but the agreed cash discount was paid within the discount days (by value date), the discount. Both are
functions of the bookings so far and of nothing else, so a later booking never changes an earlier day.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import ibis
import ibis.expr.types as ir

from contracts.config.settlement import SettlementConfig
from contracts.tables.engine import AMOUNT, MONEY, parts_of
from contracts.tables.raw import PAYMENT_KINDS
from features.time.asof import DAY, attach

ITEM = ("invoice_id", "customer_id", "currency")
NEVER = 10_000_000
"""A day past all days, where a comparison needs a value for "has not ended"."""
PAYMENT, DISCOUNT, FEE, REVERSAL = PAYMENT_KINDS
CREDIT = "credit"
"""Kind of a booking that a credit note makes on the invoice it names."""
_ORDER = (CREDIT, DISCOUNT, FEE, PAYMENT, REVERSAL)
"""Bookings of one day: what settles without money first, so that the payment is what settles."""
_PARTS = 1_000_000


class Clock(StrEnum):
    """Which day of a booking counts."""

    KNOWN = "known"
    HAPPENED = "happened"


def day_of(rows: ir.Table, happened: str, clock: Clock) -> ir.IntegerValue:
    """The day a row counts from: when it happened, or when it was known, which is the later of happened and booked."""
    known = ibis.greatest(rows.booked_at, rows[happened])
    return (known if clock is Clock.KNOWN else rows[happened]).epoch_days()


def documents(tables: Mapping[str, ir.Table], clock: Clock, config: SettlementConfig) -> ir.Table:
    """One row per invoice or credit note: invoice_id, customer_id, currency, is_credit, credits, amount, issued, due, day.

    And what may be left of it: `tolerance`, `discount` (both money), `discount_until` (day, missing without a discount);
    `opening`, what an invoice owes before anything is booked on it: nothing where all of it is within its allowance.
    """
    raw = tables["invoices"]
    made = raw.select(
        *ITEM,
        "credits",
        is_credit=raw.kind == "credit_note",
        amount=raw.amount.cast(MONEY),
        issued=raw.issued_on.epoch_days(),
        due=ibis.coalesce(raw.due_on, raw.issued_on).epoch_days(),
        day=day_of(raw, "issued_on", clock),
    )
    made = _with_discount(made, tables, config)
    parts = parts_of(made.currency)
    whole = (made.amount.cast("float64") * parts).round().cast("float64")
    share = (whole * round(config.share * _PARTS) / _PARTS).floor() / parts
    made = made.mutate(
        tolerance=ibis.greatest(share, float(config.amount)).cast(MONEY),
        discount=((whole * made.discount_parts / _PARTS + 0.5).floor() / parts).cast(MONEY),
    ).drop("discount_parts")
    nothing = ibis.literal(0).cast(MONEY)
    opening = left(made, nothing, nothing)
    return made.mutate(opening=made.is_credit.ifelse(nothing, opening))


def _with_discount(
    made: ir.Table, tables: Mapping[str, ir.Table], config: SettlementConfig
) -> ir.Table:
    """The documents with `discount_parts` (millionths of the amount) and `discount_until`, as agreed on the day of issue."""
    parts = round((config.discount_rate or 0.0) * _PARTS)
    days = ibis.null("int64") if config.discount_days is None else ibis.literal(config.discount_days, "int64")  # fmt: skip
    if "credit_terms" not in tables:
        return made.mutate(
            discount_parts=ibis.literal(parts, "int64"), discount_until=made.issued + days
        )
    raw = tables["credit_terms"]
    order = ibis.window(group_by="customer_id", order_by="valid_from")
    steps = raw.mutate(
        valid=raw.valid_from.epoch_days(), until=raw.valid_from.lead().over(order).epoch_days()
    )
    agreed = steps.filter(steps.discount_rate.notnull()).select(
        whose="customer_id",
        valid="valid",
        until=ibis.coalesce(steps.until, NEVER).cast("int64"),
        agreed_days=steps.discount_days,
        agreed_parts=(steps.discount_rate * _PARTS).cast("int64"),
    )
    both = made.left_join(
        agreed,
        [
            made.customer_id == agreed.whose,
            made.issued >= agreed.valid,
            made.issued < agreed.until,
        ],
    )
    is_agreed = both.whose.notnull()
    return both.mutate(
        discount_parts=is_agreed.ifelse(both.agreed_parts, parts).cast("int64"),
        discount_until=both.issued + is_agreed.ifelse(both.agreed_days, days),
    ).drop("whose", "valid", "until", "agreed_days", "agreed_parts")


def receipts(owed: ir.Table, payments: ir.Table, clock: Clock) -> ir.Table:
    """One row per payment of a document: payment_id, kind, the document's columns, paid (value date), paid_amount.

    `day`: what is paid before the document is issued, or known before it is known, counts with the document.

    Args:
        owed: the documents.
        payments: the raw table.
        clock: which day of a booking counts.
    """
    made = payments.select(
        "payment_id",
        "invoice_id",
        "kind",
        paid=payments.paid_on.epoch_days(),
        paid_amount=payments.amount.cast(MONEY),
        own_day=day_of(payments, "paid_on", clock),
    )
    on_item = made.inner_join(owed, "invoice_id")
    return on_item.mutate(
        day=ibis.greatest(on_item.own_day, on_item.day),
        paid=ibis.greatest(on_item.paid, on_item.issued),
    ).drop("own_day")


def named_credits(owed: ir.Table) -> ir.Table:
    """Credit notes as bookings on the invoice they name: the columns of `receipts`, and `note_issued`.

    One that names no invoice of its own customer in its own currency is not among them.
    """
    notes = owed.filter(owed.is_credit & owed.credits.notnull()).select(
        payment_id="invoice_id",
        invoice_id="credits",
        kind=ibis.literal(CREDIT),
        paid="issued",
        paid_amount="amount",
        own_day="day",
        whose="customer_id",
        its_currency="currency",
    )
    items = owed.filter(~owed.is_credit)
    both = notes.inner_join(items, "invoice_id")
    own = both.filter((both.customer_id == both.whose) & (both.currency == both.its_currency))
    return own.mutate(
        day=ibis.greatest(own.own_day, own.day),
        note_issued=own.paid,
        paid=ibis.greatest(own.paid, own.issued),
    ).drop("own_day", "whose", "its_currency")


def on_account(tables: Mapping[str, ir.Table], clock: Clock) -> ir.Table | None:
    """Money that names no document: customer_id, currency (the customer's), kind, paid, day, credit (signed), is_applied.

    `is_applied`: taken off the account to pay one of the customer's invoices, for a payment of the same number that became
    known with it does so; nothing was returned. None where the tables do not say whose currency it is in.
    """
    if "customers" not in tables:
        return None
    raw = tables["payments"]
    dated = raw.mutate(day=day_of(raw, "paid_on", clock))
    loose = dated.filter(raw.invoice_id.isnull() & raw.customer_id.notnull())
    amount = loose.amount.cast(MONEY)
    made = loose.select(
        "payment_id",
        "customer_id",
        "kind",
        "day",
        paid=loose.paid_on.epoch_days(),
        credit=(loose.kind == REVERSAL).ifelse(-amount, amount).cast(MONEY),
    )
    same = ["payment_id", "customer_id", DAY]
    taken = dated.filter(dated.kind == PAYMENT).select("payment_id", "invoice_id", DAY)
    off = made.filter(made.kind == REVERSAL).select(*same)
    owned = tables["invoices"].select("invoice_id", "customer_id")
    used = taken.inner_join(off, ["payment_id", DAY]).inner_join(owned, ["invoice_id", "customer_id"])  # fmt: skip
    used = used.select(*same).distinct().mutate(is_applied=ibis.literal(value=True))
    made = attach(made, used, same)
    made = made.mutate(
        is_applied=made.is_applied.fill_null(ibis.literal(value=False)) & (made.kind == REVERSAL)
    ).drop("payment_id")
    return attach(made, tables["customers"].select("customer_id", "currency"), ["customer_id"])


def settled(bookings: ir.Table) -> ir.Table:
    """What each booking changes on its document.

    Args:
        bookings: `receipts` and `named_credits`.

    Returns:
        The same rows with
        `open_before`, `open_after`: what the invoice owes, 0 while what is left is within its allowance;
        `cleared`: the difference, below 0 where an item opens again;
        `credit`: change of the customer's open credit;
        `written_off`: what is left and not owed after it;
        `place`: its place among the bookings of its document, from 0;
        `settled_by`: the value date of the last money up to it, its own where there was none.
    """
    sign = (bookings.kind == REVERSAL).ifelse(-1, 1)
    rows = bookings.mutate(
        rank=bookings.kind.cases(*((kind, place) for place, kind in enumerate(_ORDER)), else_=9),
        reduces=(bookings.paid_amount * sign).cast(MONEY),
    )
    nothing = ibis.literal(0).cast(MONEY)
    rows = rows.mutate(timely=in_time(rows).ifelse(rows.reduces, nothing))
    order = ibis.window(
        group_by="invoice_id", order_by=[DAY, "rank", "payment_id"], preceding=None, following=0
    )
    money = (rows.kind == PAYMENT).ifelse(rows.paid, ibis.null("int64"))
    run = rows.mutate(
        so_far=rows.reduces.sum().over(order).cast(AMOUNT),
        timely_so_far=rows.timely.sum().over(order).cast(AMOUNT),
        place=ibis.row_number().over(
            ibis.window(group_by="invoice_id", order_by=[DAY, "rank", "payment_id"])
        ),
        settled_by=ibis.coalesce(money.max().over(order), rows.paid),
    )
    before = (run.so_far - run.reduces).cast(AMOUNT)
    timely_before = (run.timely_so_far - run.timely).cast(AMOUNT)
    found = run.mutate(
        open_before=left(run, before, timely_before),
        open_after=left(run, run.so_far, run.timely_so_far),
        left_over=(run.amount - _covered(run, run.so_far)).cast(MONEY),
        credit=(beyond(run, run.so_far) - beyond(run, before)).cast(MONEY),
    )
    # a payment of a credit note gives money back
    credit = found.is_credit.ifelse(-found.reduces, found.credit).cast(MONEY)
    return found.mutate(
        open_before=found.is_credit.ifelse(nothing, found.open_before),
        open_after=found.is_credit.ifelse(nothing, found.open_after),
        cleared=found.is_credit.ifelse(nothing, found.open_before - found.open_after).cast(MONEY),
        written_off=(found.is_credit | (found.open_after > 0)).ifelse(nothing, found.left_over),
        credit=credit,
    ).drop("rank", "timely", "so_far", "timely_so_far", "left_over")


def _covered(rows: ir.Table, reduced: ir.DecimalValue) -> ir.DecimalValue:
    """The part of the amount that is covered: all of it at most, and nothing at least."""
    return ibis.greatest(ibis.least(reduced, rows.amount), ibis.literal(0).cast(MONEY)).cast(MONEY)


def beyond(rows: ir.Table, reduced: ir.DecimalValue) -> ir.DecimalValue:
    """What was paid and credited beyond the amount."""
    return ibis.greatest((reduced - rows.amount).cast(AMOUNT), ibis.literal(0).cast(AMOUNT))


def in_time(rows: ir.Table) -> ir.BooleanValue:
    """Whether a booking counts towards the cash discount: what settles without money, and money of the discount days."""
    timely = (rows.kind != PAYMENT) | (rows.paid <= rows.discount_until)
    return ibis.coalesce(timely, ibis.literal(value=False))


def left(rows: ir.Table, reduced: ir.DecimalValue, timely: ir.DecimalValue) -> ir.DecimalValue:
    """What is owed after so much was covered, so much of it in time for the discount; 0 within the allowance."""
    nothing = ibis.literal(0).cast(MONEY)
    left = (rows.amount - _covered(rows, reduced)).cast(MONEY)
    claimed = (rows.amount - rows.discount - rows.tolerance).cast(AMOUNT)
    is_taken = (timely >= claimed) & rows.discount_until.notnull()
    allowance = (rows.tolerance + is_taken.ifelse(rows.discount, nothing)).cast(AMOUNT)
    return (left <= allowance).ifelse(nothing, left).cast(MONEY)
