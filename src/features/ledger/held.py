"""What open credits pass over: items in dispute, and items under a payment plan.

An open credit (a credit note that names no invoice, an overpayment, money on account) reduces the oldest item that
counts. Only when nothing else is open does it reach items under a plan, and last of all those in dispute.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.ledger.settlement import NEVER
from features.time.days import written_day

SPANS = ("invoice_id", "from_day", "until_day")


def planned(documents: ir.Table, tables: Mapping[str, ir.Table]) -> ir.Table:
    """The spans in which a plan protects an item, as known: `SPANS`, and none without the table events.

    A plan covers the items that were past due when it was agreed, from the day it was known until its last date or
    until a later plan takes its place. Without a last date it covers nothing.
    """
    items = documents.filter(~documents.is_credit)
    if "events" not in tables:
        none = items.filter(ibis.literal(value=False))
        return none.select("invoice_id", from_day="day", until_day="day")
    raw = tables["events"]
    dated = raw.filter(raw.kind == "payment_plan").select(
        "customer_id",
        "event_id",
        agreed=raw.occurred_on.epoch_days(),
        from_day=ibis.greatest(raw.occurred_on, raw.known_on).epoch_days(),
        last=written_day(raw.detail),
    )
    plans = dated.filter(dated["last"] >= dated.agreed)
    order = ["agreed", "from_day", "event_id"]
    later = ibis.window(group_by="customer_id", order_by=order, following=(1, None))
    replaced = ibis.coalesce(plans.from_day.min().over(later), NEVER)
    plans = plans.mutate(until_day=ibis.least(plans["last"] + 1, replaced).cast("int64"))
    covered = items.select("invoice_id", "customer_id", "due").inner_join(plans, "customer_id")
    lasting = covered.filter(covered.due < covered.agreed, covered.from_day < covered.until_day)
    return lasting.select(*SPANS)
