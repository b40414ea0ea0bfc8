"""What open credits leave of an item counts as nothing within its tolerance, as what payments leave does.

Open credits are set off against sums, so single items are looked at only where that may decide: on the few days whose
breach would be none without the largest tolerance of the customer.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT, MONEY
from features.time.asof import DAY, attach

_ON = ("customer_id", DAY)


def largest(owed: ir.Table, spans: ir.Table) -> ir.Table:
    """The largest tolerance of a customer's invoices at the highest rate there was: customer_id, `most`.

    Args:
        owed: the documents of the ledger.
        spans: the rates; see `valued.rate_spans`.
    """
    highest = spans.group_by("currency").agg(units=spans.units.max())
    rated = owed.filter(~owed.is_credit).inner_join(highest, "currency")
    value = (rated.tolerance.cast(AMOUNT) * rated.units).cast(AMOUNT)
    return rated.mutate(value=value).group_by("customer_id").agg(most=lambda t: t.value.max())


def tolerated(days: ir.Table, late: ir.Table, owed: ir.Table, spans: ir.Table) -> ir.Table:
    """What is left of the one item that open credits pay in part, where it is within tolerance.

    Args:
        days: customer_id, day and `credit`, what may be set off against late items, in units of 1e-8.
        late: changes of what is late by item; see `steps.Steps.late`.
        owed: the documents of the ledger.
        spans: the rates.

    Returns:
        customer_id, day, `remainder` in units of 1e-8; no row where it is owed, or there is none.
    """
    asked = days.select("customer_id", "credit", at=DAY)
    made = late.select("customer_id", "invoice_id", "currency", "due", "open", since=DAY)
    both = made.inner_join(asked, "customer_id")
    both = both.filter(both.since <= both["at"])
    keys = ["customer_id", "at", "credit", "invoice_id", "currency", "due"]
    items = both.group_by(keys).agg(open=both.open.sum().cast(AMOUNT))
    items = items.filter(items.open > 0).inner_join(spans, "currency")
    items = items.filter((items["at"] >= items.from_day) & (items["at"] < items.until_day))
    items = attach(items, owed.select("invoice_id", "tolerance"), ["invoice_id"])
    items = items.mutate(
        value=(items.open * items.units).cast(AMOUNT),
        allowed=(items.tolerance.cast(MONEY) * items.units).cast(AMOUNT),
    )
    order = ibis.window(
        group_by=["customer_id", "at"], order_by=["due", "invoice_id"], preceding=None, following=0
    )
    run = items.mutate(until=items.value.sum().over(order).cast(AMOUNT))
    left = (run.until - run.credit).cast(AMOUNT)
    partly = run.mutate(remainder=left)
    partly = partly.filter(
        (partly.remainder > 0)
        & (partly.remainder < partly.value)
        & (partly.remainder <= partly.allowed)
    )
    return partly.select("customer_id", day="at", remainder="remainder")
