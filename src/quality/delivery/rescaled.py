"""Rows of the portfolio's own columns that are of another scale, looked for some columns at a time."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from contracts.tables.kept import keep_rows
from contracts.tables.spec import Table
from quality.rules.rule import ROW
from quality.rules.scales import numbers, rescaled, values_of_another_scale

_AT_ONCE = 20
"""Columns: a row is laid out once for each, so all of a wide table would be as many tables in memory."""


def rescaled_rows(
    backend: Backend, own: ir.Table, contract: Table
) -> Mapping[str, ir.Column] | None:
    """By column, `.row` of what is of another scale, often nothing; None of a table that the rule is not asked of.

    Args:
        backend: the engine the rows lie in.
        own: the rows after repairs, with `.row`.
        contract: of the table.
    """
    names = numbers(contract)
    if contract.name not in values_of_another_scale.tables or not names:
        return None
    blocks = [names[first : first + _AT_ONCE] for first in range(0, len(names), _AT_ONCE)]
    parts = [
        keep_rows(backend, f"rescaled {number}", rescaled(own, block))
        for number, block in enumerate(blocks)
    ]
    found = parts[0] if len(parts) == 1 else ibis.union(*parts)
    struck = found.select("column").distinct().order_by("column").to_pyarrow()["column"].to_pylist()
    return {name: found.filter(found["column"] == name)[ROW] for name in struck}
