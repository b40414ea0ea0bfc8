"""What open credits pass over: items in dispute, and items under a payment plan.

An open credit (a credit note that names no invoice, an overpayment, money on account) reduces the oldest item that
counts. Only when nothing else is open does it reach items under a plan, and last of all those in dispute.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.ledger.settlement import NEVER
from features.time.asof import attach
from features.time.days import written_day

SPANS = ("invoice_id", "from_day", "until_day")


def plans(tables: Mapping[str, ir.Table]) -> ir.Table:
    """One row per plan with a last date.

    Returns:
        customer_id, event_id; `agreed`, `last`, `known` (day numbers); `replaced`, `replaced_known`: the day from
        which a later plan holds in its place, and when that was known (`NEVER` where none does).
    """
    events = tables["events"]
    dated = events.filter(events.kind == "payment_plan").select(
        "customer_id",
        "event_id",
        agreed=events.occurred_on.epoch_days(),
        known=ibis.greatest(events.occurred_on, events.known_on).epoch_days(),
        last=written_day(events.detail),
    )
    made = dated.filter(dated["last"] >= dated.agreed)
    names = {"whose": "customer_id", "other": "event_id", "begins": "agreed", "told": "known"}
    later = made.drop("last").rename(names)
    pairs = made.inner_join(later, [made.customer_id == later.whose, later.begins <= made["last"]])
    is_later = (pairs.begins > pairs.agreed) | (
        (pairs.begins == pairs.agreed) & (pairs.other > pairs.event_id)
    )
    after = pairs.filter(is_later)
    following = after.group_by("event_id").agg(
        replaced=after.begins.min(), replaced_known=after.told.min()
    )
    found = attach(made, following, ["event_id"])
    never = {
        name: ibis.coalesce(found[name], NEVER).cast("int64")
        for name in ("replaced", "replaced_known")
    }
    return found.mutate(**never)


def planned(documents: ir.Table, tables: Mapping[str, ir.Table]) -> ir.Table:
    """The spans in which a plan protects an item, as known: `SPANS`, and none without the table events.

    A plan covers the items that were past due when it was agreed, from the day it was known until its last date or
    until it was known that a later plan takes its place. Without a last date it covers nothing.
    """
    items = documents.filter(~documents.is_credit)
    if "events" not in tables:
        none = items.filter(ibis.literal(value=False))
        return none.select("invoice_id", from_day="day", until_day="day")
    agreed = plans(tables)
    covered = items.select("invoice_id", "customer_id", "due").inner_join(agreed, "customer_id")
    spans = covered.filter(covered.due < covered.agreed).select(
        "invoice_id",
        from_day="known",
        until_day=ibis.least(covered["last"] + 1, covered.replaced_known).cast("int64"),
    )
    return spans.filter(spans.from_day < spans.until_day)
