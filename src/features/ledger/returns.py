"""Which payments did not stand: what reversals take back of the money that was paid on invoices.

A payment that came back is no payment: how late it was says nothing of when the money came. A reversal bears its own
number and names an invoice, not a payment. So it takes back the payment of exactly its amount, the newest such; where none
stands whole, the newest money on the invoice first, by the day the money could be known, and so do all reversals of the
invoice that follow, for the payments no longer stand as they came. What was settled by then is open again, and counts as
settled when it is settled to stay.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT, MONEY
from features.ledger.settlement import PAYMENT, REVERSAL
from features.time.asof import DAY

_ONE = ["invoice_id"]
_KEY = ["invoice_id", "payment_id"]


def taken_back(receipts: ir.Table) -> ir.Table:
    """What each reversal takes of each payment of an invoice, as far as it takes anything.

    Payments and reversals of one amount are brackets that open and close: a reversal closes the newest that is open. Of the
    rest, the money on an invoice rises with every payment and falls with every reversal. The newest goes first, so a payment
    stands for what the lowest level since leaves of the step that it made. Money below nothing was taken back before it
    could be known: a reversal that is booked first takes from the payment that follows.

    Args:
        receipts: see `settlement.receipts`.

    Returns:
        invoice_id, payment_id; `back`: the day from which it is known to be taken; `taken`: how much; `is_whole`: whether
        nothing of the payment stands after it.
    """
    money = _paired(receipts)
    levels = _levels(money.filter(~money.is_pair))
    nothing = ibis.literal(0).cast(AMOUNT)
    paid = levels.filter(levels.kind == PAYMENT)
    paid = paid.mutate(
        top=ibis.greatest(paid.level, nothing).cast(AMOUNT),
        floor=ibis.greatest(paid.level - paid.paid_amount, nothing).cast(AMOUNT),
    )
    first = paid.mutate(
        back=paid[DAY],
        taken=(paid.paid_amount - (paid.top - paid.floor)).cast(AMOUNT),
        is_whole=paid.top == paid.floor,
    )
    kept = [*_KEY, "back", "taken", "is_whole"]
    found = first.select(*kept).union(_later(paid, levels).select(*kept))
    found = found.union(_whole(money).select(*kept))
    found = found.filter(found.taken > 0)
    return found.mutate(taken=found.taken.cast(MONEY))


def _paired(receipts: ir.Table) -> ir.Table:
    """The money rows of invoices that a reversal names; `is_pair`: a payment and the reversal of exactly its amount.

    Rows of one amount that lie equally deep follow each other as payment, reversal, payment, reversal: `other` is the payment
    before a reversal. The first reversal that lies below them all has no payment; from it on nothing is paired.
    """
    money = receipts.filter(~receipts.is_credit & receipts.kind.isin([PAYMENT, REVERSAL]))
    few = money.semi_join(money.filter(money.kind == REVERSAL), "invoice_id")
    few = few.mutate(is_back=(few.kind == REVERSAL).cast("int64"))
    rising = [DAY, "is_back", "payment_id"]
    of_amount = ibis.window(
        group_by=[*_ONE, "paid_amount"], order_by=rising, preceding=None, following=0
    )
    few = few.mutate(
        open=(1 - 2 * few.is_back).sum().over(of_amount),
        turn=ibis.row_number().over(ibis.window(group_by=_ONE, order_by=rising)).cast("int64"),
    )
    is_unmet = (few.is_back == 1) & (few.open < 0)
    few = few.mutate(
        depth=few.open + few.is_back,
        until=is_unmet.ifelse(few.turn, None).min().over(ibis.window(group_by=_ONE)),
    )
    equal = ibis.window(group_by=[*_ONE, "paid_amount", "depth"], order_by="turn")
    few = few.mutate(closed=few.turn.lead().over(equal), other=few.payment_id.lag().over(equal))
    closes = (few.is_back == 1).ifelse(few.turn, few.closed)
    is_pair = (closes < few.until) | (closes.notnull() & few.until.isnull())
    return few.mutate(is_pair=ibis.coalesce(is_pair, ibis.literal(value=False)))


def _whole(money: ir.Table) -> ir.Table:
    """What the paired reversals take: their payment, all of it."""
    backs = money.filter(money.is_pair & (money.is_back == 1))
    taken = backs.paid_amount.cast(AMOUNT)
    found = backs.select("invoice_id", payment_id=backs.other, back=backs[DAY], taken=taken)
    return found.mutate(is_whole=ibis.literal(value=True))


def _levels(few: ir.Table) -> ir.Table:
    """Money rows with the `level` of the money on the invoice after each, and their `place`."""
    signed = (few.is_back == 1).ifelse(-few.paid_amount, few.paid_amount).cast(AMOUNT)
    order = {"group_by": "invoice_id", "order_by": [DAY, "is_back", "payment_id"]}
    return few.mutate(
        level=signed.sum().over(ibis.window(**order, preceding=None, following=0)).cast(AMOUNT),
        place=ibis.row_number().over(ibis.window(**order)).cast("int64"),
    )


def _later(paid: ir.Table, levels: ir.Table) -> ir.Table:
    """What the reversals after a payment take of it."""
    backs = levels.filter(levels.kind == REVERSAL).select(
        of="invoice_id", back=DAY, after="level", back_place="place"
    )
    pairs = paid.inner_join(backs, [paid.invoice_id == backs.of, backs.back_place > paid.place])
    order = {"group_by": _KEY, "order_by": "back_place"}
    lowest = pairs.after.min().over(ibis.window(**order, preceding=None, following=0))
    pairs = pairs.mutate(rest=ibis.greatest(ibis.least(lowest, pairs.top), pairs.floor))
    before = ibis.coalesce(pairs.rest.lag().over(ibis.window(**order)), pairs.top)
    return pairs.mutate(
        taken=(before - pairs.rest).cast(AMOUNT), is_whole=pairs.rest == pairs.floor
    )


def undone(payments: ir.Table) -> ir.Table:
    """Settlements that did not last: invoice_id, payment_id of what settled an invoice, and `back`, the day it was open again.

    Args:
        payments: see `settlement.settled`.
    """
    opens = payments.filter((payments.open_before == 0) & (payments.open_after > 0))
    opens = opens.select(of="invoice_id", back=DAY, back_place="place")
    settles = payments.filter((payments.open_before > 0) & (payments.open_after == 0))
    pairs = settles.inner_join(opens, [settles.invoice_id == opens.of, opens.back_place > settles.place])  # fmt: skip
    return pairs.group_by(_KEY).agg(back=pairs.back.min())
