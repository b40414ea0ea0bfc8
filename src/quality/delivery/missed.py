"""Defaults that were set aside, each named, whatever share of the rows they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import ibis.expr.types as ir

from contracts.tables.spec import Table
from quality.delivery.finding import N_EXAMPLES, Example, Finding
from quality.delivery.mending import row_key
from quality.delivery.repeated import count
from quality.rules.incidents import default_event_set_aside, missed_defaults
from quality.rules.rule import ROW


def ask_missed(
    aside: ir.Table,
    customers: ir.Table,
    contract: Table,
    n_rows: int,
    until: date,
    keep: Callable[[str, ir.Table], ir.Table],
) -> Finding:
    """The events that were set aside and may be defaults of customers that are there.

    Args:
        aside: events with the rule that set each aside.
        customers: those that no rule set aside.
        contract: of events.
        n_rows: events delivered.
        until: last complete day.
        keep: computes a relation, which is small, and gives it a name.
    """
    missed = keep("missed defaults", missed_defaults(aside, customers.customer_id, until))
    first = missed.order_by(ROW).limit(N_EXAMPLES)
    keys = first.select(key=row_key(first, contract), value="customer_id").to_pyarrow()
    examples = tuple(Example(row["key"], "customer_id", row["value"]) for row in keys.to_pylist())
    return Finding(default_event_set_aside, "events", count(missed), n_rows, None, examples)
