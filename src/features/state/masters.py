"""Master data on a day of decision: from `master_history` where it is delivered, which has a clock; else today's record."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from features.context import Context, days_of
from features.time.asof import ASKED, DAY, attach

HISTORY = "master_history"
DATED = ("industry", "country", "legal_form")
_KEY = ["customer_id", ASKED]


def masters(context: Context) -> ir.Table:
    """customer_id, asked, `industry`, `country`, `legal_form`, `group_size` (a count of the customers we had in the group).

    With `master_history` each is what the history said last before the day, missing before its first word; a value that a row
    leaves out stays as it was. A customer is its own group until the history names another.
    """
    raw = context.tables["customers"]
    if HISTORY not in context.tables:
        static = raw.select(
            "customer_id",
            *DATED,
            group=ibis.coalesce(raw.parent_id, raw.customer_id),
            day=raw.onboarded_on.epoch_days(),
        )
        facts = attach(context.customers, static.drop(DAY), ["customer_id"])
        return _sized(context, facts, static.select("customer_id", "group", DAY))
    told = days_of(context.tables[HISTORY], "known_on")
    facts = context.customers
    for name in (*DATED, "parent_id"):
        said = told.filter(told[name].notnull()).select("customer_id", DAY, name)
        facts = attach(facts, context.last(said).drop(DAY), _KEY)
    facts = facts.mutate(group=ibis.coalesce(facts.parent_id, facts.customer_id)).drop("parent_id")
    return _sized(context, facts, _joined(raw, told))


def _joined(raw: ir.Table, told: ir.Table) -> ir.Table:
    """customer_id, group, day: when a customer came to a group; its own on the first day of the business relation."""
    own = raw.select(
        "customer_id",
        group="customer_id",
        day=raw.onboarded_on.epoch_days(),
        order=ibis.literal(-1, "int64"),
    )
    both = told.inner_join(own.select("customer_id", since=DAY), "customer_id")
    both = both.filter(both.parent_id.notnull())
    moved = both.select(
        "customer_id",
        group="parent_id",
        day=ibis.greatest(both[DAY], both.since),
        order=both[DAY].cast("int64"),
    )
    return own.union(moved)


def _sized(context: Context, facts: ir.Table, joined: ir.Table) -> ir.Table:
    """The facts with the members of their `group`: one more where a customer comes, one less where it goes to another."""
    one = ibis.literal(1, "int64")
    steps = joined.select("group", DAY, group_size=one)
    if "order" in joined.columns:
        later = ibis.window(group_by="customer_id", order_by=[DAY, "order"])
        gone = joined.mutate(gone=joined[DAY].lead().over(later))
        gone = gone.filter(gone.gone.notnull())
        steps = steps.union(gone.select("group", day=gone.gone, group_size=-one))
    sizes = context.forward.totals(facts.select("group", ASKED).distinct(), [steps])
    return attach(facts, sizes, ["group", ASKED]).drop("group")
