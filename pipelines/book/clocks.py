"""What the master record of customers cannot say: of which day it is, or, by its history, anything at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from features.catalog import chosen
from features.catalog.customers import CLOCKLESS
from features.state.masters import HISTORY
from pipelines.settings import Settings


def undated(settings: Settings, delivered: Collection[str]) -> str:
    """The features of today's master record, which has no clock; empty where its history is delivered."""
    if HISTORY in delivered:
        return ""
    built = chosen(settings.params.features, delivered, settings.portfolio)
    names = [one.name for one in built if one.name in CLOCKLESS]
    return (
        f"; of today's master record on every day, for want of {HISTORY}: {', '.join(names)}"
        if names
        else ""
    )


def untold(con: BaseBackend, tables: Mapping[str, ir.Table]) -> str:
    """How many customers the history never speaks of, as where it is a log of changes alone; empty where there is none."""
    if HISTORY not in tables:
        return ""
    every = tables["customers"]
    silent = every.anti_join(tables[HISTORY], "customer_id")
    many, n = (int(con.to_pyarrow(one.count()).as_py()) for one in (every, silent))
    return (
        f"; {n:,} of {many:,} customers have no row in {HISTORY}: their industry, country, legal form and group are missing. "
        "A log of changes alone lacks the first state; deliver a row for it"
        if n
        else ""
    )
