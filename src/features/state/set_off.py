"""What open credits leave of the items past due, item by item, for customers that have open credits.

Items that count are reduced first, the oldest of them before the others; then those under a payment plan, and last
those in dispute (`features.ledger.held`). What is left of an item within its tolerance is no open item.
"""

from __future__ import annotations

from dataclasses import replace

import ibis
import ibis.expr.types as ir

from contracts.tables.engine import AMOUNT
from features.context import Context
from features.state.ledger import COUNTED, KEYS, balance
from features.time.asof import ASKED, attach, usable_from


def set_off(context: Context) -> ir.Table:
    """For each question of a customer with open credits and something past due: what credits leave of it.

    Returns:
        customer_id, asked; `n_left_0`, `n_left_30`: items so many days past due; `left_oldest_due`: the due day of the oldest;
        `left_value`, `left_due`: their amount and amount times due day, in units of 1e-8 of the reporting currency.
        No row where nothing is left.
    """
    left = items_left(context)
    return left.group_by(["customer_id", ASKED]).agg(
        **{
            f"n_left_{days}": (left[ASKED] - left.due > days).sum().cast("int64")
            for days in COUNTED
        },
        left_oldest_due=left.due.min(),
        left_value=left.value.sum().cast(AMOUNT),
        left_due=(left.value * left.due).cast(AMOUNT).sum().cast(AMOUNT),
    )


def items_left(context: Context) -> ir.Table:
    """One row per item past due of which open credits leave something: customer_id, asked, due, value (units of 1e-8)."""
    items = _past_due(context, reach(context))
    order = {"group_by": ["customer_id", ASKED, "place"], "order_by": ["due", "value"]}
    so_far = items.value.sum().over(ibis.window(**order, preceding=None, following=0))
    nothing = ibis.literal(0).cast(AMOUNT)
    left = ibis.least(items.value, ibis.greatest((so_far - items.reach).cast(AMOUNT), nothing))
    found = items.mutate(value=left.cast(AMOUNT))
    return found.filter(found.value > found.allowed).select("customer_id", ASKED, "due", "value")


def reach(context: Context) -> ir.Table:
    """How far open credits reach, where there are any: customer_id, asked, reach_0 (items that count), reach_1 (under a plan), reach_2 (in dispute)."""
    every = replace(context, wanted=None)
    held = context.books.held
    state = attach(
        balance(every, (0,)),
        every.totals(held.select(*KEYS, "held", "contested")),
        ["customer_id", ASKED],
    )
    some = state.filter(state.credit > 0)
    nothing = ibis.literal(0).cast(AMOUNT)
    beyond = ibis.greatest((some.credit - (some.gross - some.held)).cast(AMOUNT), nothing)
    last = ibis.greatest((some.credit - (some.gross - some.contested)).cast(AMOUNT), nothing)
    return some.select("customer_id", ASKED, reach_0=some.credit, reach_1=beyond, reach_2=last)


def _past_due(context: Context, credited: ir.Table) -> ir.Table:
    """The items past due of some questions: customer_id, asked, due, value, allowed, place (0, 1, 2) and its reach."""
    books = context.books
    spans = books.open_spans
    items = spans.inner_join(credited, "customer_id")
    items = items.filter(
        usable_from(items.since) <= items[ASKED],
        items.until >= items[ASKED],
        items.due < items[ASKED],
    )
    for name, held in (("is_held", books.held_spans), ("is_contested", books.contested_spans)):
        items = _marked(items, held, name)
    items = attach(items, context.rates, ["currency", ASKED])
    place = items.is_contested.ifelse(2, items.is_held.ifelse(1, 0))
    far = place.cases((0, items.reach_0), (1, items.reach_1), else_=items.reach_2)
    return items.select(
        "customer_id",
        ASKED,
        "due",
        value=(items.open * items.units).cast(AMOUNT),
        allowed=(items.tolerance * items.units).cast(AMOUNT),
        place=place,
        reach=far,
    )


def _marked(items: ir.Table, spans: ir.Table, name: str) -> ir.Table:
    """The items with a flag: whether they are in one of the spans on the day before `asked`."""
    given = spans.rename(held_id="invoice_id")
    met = items.select("invoice_id", ASKED).inner_join(given, [items.invoice_id == given.held_id])
    met = met.filter(
        usable_from(met.from_day) <= met[ASKED],
        met.until_day.isnull() | (met.until_day >= met[ASKED]),
    )
    flagged = met.select("invoice_id", ASKED).distinct().mutate(**{name: ibis.literal(value=True)})
    found = attach(items, flagged, ["invoice_id", ASKED])
    return found.mutate(**{name: ibis.coalesce(found[name], ibis.literal(value=False))})
