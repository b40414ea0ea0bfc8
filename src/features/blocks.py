"""A book larger than memory, in blocks of customers: what is known of one customer depends on no other's rows."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir
import numpy as np
from ibis.backends import BaseBackend

from features.codes import KEY
from features.engine import SPARK, memory

_CELL, _BOOKING = 16, 120
"""Bytes that a value of an observation, and a booking of a ledger, take while a block is computed (measured)."""
_LEDGERS = ("invoices", "payments")


def blocks(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    cohort: ir.Table,
    names: ir.Table,
    width: int,
) -> list[ir.Table]:
    """The customers of a cohort in blocks, each of which fits into the memory of the engine.

    A cluster takes everything as one block: it shares the work out by itself.

    Args:
        con: the engine, with its limit of memory.
        tables: raw tables by name.
        cohort: customer_id and as_of.
        names: customer_id (number), name; see `codes.numbered`.
        width: how many values an observation has on the way.

    Returns:
        Parts of `names`, in order. Every customer of the cohort is in one of them.
    """
    if con.name == SPARK:
        return [names]
    n_bookings = sum(_count(con, tables[name]) for name in _LEDGERS if name in tables)
    n_rows = _count(con, cohort)
    total = n_rows * width * _CELL + n_bookings * _BOOKING
    n_blocks = int(np.ceil(total / memory(con)))
    if n_blocks <= 1:
        return [names]
    sizes = cohort.rename(name=KEY).group_by("name").agg(n=lambda rows: rows.count())
    rows = con.to_pyarrow(sizes.inner_join(names, "name").select(KEY, "n").order_by(KEY))
    passed = np.cumsum(rows["n"].to_numpy())
    starts = np.searchsorted(passed, np.arange(n_blocks) * n_rows / n_blocks, side="right")
    first = rows[KEY].to_numpy()[np.unique(starts)]
    ends = [*first[1:], None]
    return [_between(names, int(low), end) for low, end in zip(first, ends, strict=True)]


def _between(names: ir.Table, low: int, end: int | None) -> ir.Table:
    inside = names[KEY] >= low
    return names.filter(inside if end is None else inside & (names[KEY] < int(end)))


def _count(con: BaseBackend, table: ir.Table) -> int:
    return int(con.to_pyarrow(table.count()).as_py())
