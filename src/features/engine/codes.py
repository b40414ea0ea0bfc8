"""Customers as numbers while the features are computed: grouping and joining by text costs twice as much."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

CUSTOMER, PARENT, HISTORY = "customer_id", "parent_id", "master_history"


def numbered(tables: Mapping[str, ir.Table], cohort: ir.Table) -> ir.Table:
    """A number for every customer of the cohort and of the master records, in the order of their ids.

    Args:
        tables: raw tables by name.
        cohort: customer_id and more.

    Returns:
        `customer_id` (the number), `name` (the id).
    """
    ids = [cohort.select(CUSTOMER)]
    if "customers" in tables:
        masters = tables["customers"]
        ids += [masters.select(CUSTOMER), masters.select(**{CUSTOMER: masters[PARENT]})]
        if HISTORY in tables:
            ids.append(tables[HISTORY].select(**{CUSTOMER: tables[HISTORY][PARENT]}))
    every = ibis.union(*ids, distinct=True) if len(ids) > 1 else ids[0].distinct()
    every = every.filter(every[CUSTOMER].notnull()).rename(name=CUSTOMER)
    number = (ibis.row_number().over(ibis.window(order_by="name")) + 1).cast("int64")
    return every.mutate(**{CUSTOMER: number})


def coded(tables: Mapping[str, ir.Table], names: ir.Table, whose: ir.Table) -> dict[str, ir.Table]:
    """The tables with a number in place of every customer_id.

    Args:
        tables: tables by name.
        names: the numbers of all customers; see `numbered`.
        whose: those of `names` whose rows are kept. Master records and their history are all kept, for a group counts its members.
    """
    found = {
        # a payment belongs to its document's customer; its own is read only where it names none
        name: _coded(table, whose, CUSTOMER, how="left" if name == "payments" else "inner")
        if CUSTOMER in table.columns
        else table
        for name, table in tables.items()
    }
    for name in ("customers", HISTORY):
        if name in found:
            every = _coded(tables[name], names, CUSTOMER)
            found[name] = _coded(every, names, PARENT, how="left")
    return found


def _coded(table: ir.Table, names: ir.Table, column: str, how: str = "inner") -> ir.Table:
    codes = names.select(its_name="name", its_number=CUSTOMER)
    both = table.join(codes, table[column] == codes.its_name, how=how)
    return both.mutate(**{column: both.its_number}).select(*table.columns)
