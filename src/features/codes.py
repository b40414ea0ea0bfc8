"""Customers as numbers while the features are computed: grouping and joining by text costs twice as much."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from features.engine import keep

KEY, PARENT = "customer_id", "parent_id"


def coded(
    con: BaseBackend, tables: Mapping[str, ir.Table], cohort: ir.Table
) -> tuple[dict[str, ir.Table], ir.Table, ir.Table]:
    """The tables and the cohort with a number in place of every customer_id, and what the numbers stand for.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name.
        cohort: customer_id and more.

    Returns:
        The tables, the cohort, and `names`: customer_id (number), name. Rows of customers that are neither in
        the cohort nor in `customers` are left out.
    """
    ids = [cohort.select(KEY)]
    if "customers" in tables:
        masters = tables["customers"]
        ids += [masters.select(KEY), masters.select(**{KEY: masters[PARENT]})]
    every = ibis.union(*ids, distinct=True) if len(ids) > 1 else ids[0].distinct()
    every = every.filter(every[KEY].notnull()).rename(name=KEY)
    number = (ibis.row_number().over(ibis.window(order_by="name")) + 1).cast("int64")
    names = keep(con, "names", every.mutate(**{KEY: number}))
    found = {
        name: _numbered(table, names, KEY) if KEY in table.columns else table
        for name, table in tables.items()
    }
    if "customers" in found:
        found["customers"] = _numbered(found["customers"], names, PARENT, how="left")
    return found, _numbered(cohort, names, KEY), names


def _numbered(table: ir.Table, names: ir.Table, column: str, how: str = "inner") -> ir.Table:
    codes = names.select(its_name="name", its_number=KEY)
    both = table.join(codes, table[column] == codes.its_name, how=how)
    return both.mutate(**{column: both.its_number}).select(*table.columns)
