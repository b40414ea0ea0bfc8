"""Rows that share a key, and the rows as other tables see them: a load that came twice must not look like two."""

from __future__ import annotations

import ibis.expr.types as ir

from contracts.tables.spec import Table
from quality.rules.copies import COPY, numbered
from quality.rules.rule import ROW


def repeated_rows(own: ir.Table, contract: Table) -> ir.Table:
    """The rows that share a complete key with another; usually none."""
    # what may be missing of a key is a value like any other: money on account has no invoice
    parts = {f".key {key}": own[key] for key in contract.grain}
    for key in contract.grain:
        if contract.column(key).nullable:
            parts[f".key {key}"] = own[key].fill_null("")
    keyed = own.mutate(**parts)
    complete = keyed.filter(*(keyed[key].notnull() for key in parts))
    keys = complete.group_by(list(parts)).aggregate(n=complete.count())
    return keyed.semi_join(keys.filter(keys.n > 1), list(parts)).drop(*parts)


def without_copies(own: ir.Table, repeated: ir.Table, contract: Table) -> ir.Table:
    """The rows without those that are equal to an earlier one.

    Args:
        own: all rows of a table.
        repeated: those that `repeated_rows` found.
        contract: of the table.
    """
    if not count(repeated):
        return own
    copies = numbered(repeated, contract)
    return own.anti_join(copies.filter(copies[COPY] > 0), ROW)


def count(rows: ir.Table) -> int:
    """Number of rows."""
    return int(rows.count().to_pyarrow().as_py())


def customers_of(rows: ir.Table, every: ir.Table) -> tuple[int, int]:
    """How many customers these rows are about, and how many there are."""
    n, of = (one.customer_id.nunique().to_pyarrow().as_py() for one in (rows, every))
    return int(n), int(of)
