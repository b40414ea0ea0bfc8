"""What rules ask beside the rows, computed once: the ledger, as long as its tables are the same, and rows of another scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from contracts.tables.kept import added, keep_rows, kept_as, replaced, written
from contracts.tables.spec import Table
from quality.rules.ledger import ledger
from quality.rules.rule import ROW
from quality.rules.scales import numbers, rescaled, steps, values_of_another_scale

_TABLES = ("invoices", "payments", "disputes")
_NAME = "ledger"
_AT_ONCE = 20
"""Columns: a row is laid out once for each, so all of a wide table would be as many tables in memory."""


class Ledgers:
    """One ledger at a time: that of the tables asked for last. What was computed of another one must be kept by then.

    Args:
        backend: the engine the tables lie in.
        behind: what a table was before it had its name: two of one content are the same.
    """

    def __init__(self, backend: Backend, behind: Callable[[ir.Table], ir.Table]) -> None:
        self._backend, self._behind = backend, behind
        self._of: tuple[ir.Table | None, ...] = ()
        self._kept: ir.Table | None = None

    def of(self, tables: Mapping[str, ir.Table]) -> ir.Table | None:
        """The ledger of these tables (see `quality.rules.ledger`); None where there are no invoices or no payments."""
        invoices, payments, disputes = asked = tuple(tables.get(name) for name in _TABLES)
        if invoices is None or payments is None:
            return None
        same = tuple(None if one is None else self._behind(one) for one in asked)
        if self._kept is None or not _are_same(same, self._of):
            if self._kept is not None:
                self._backend.raw_sql(f"DROP TABLE {_NAME}")
            rows = ledger(invoices, payments, disputes)
            self._kept, self._of = keep_rows(self._backend, _NAME, rows), same
        return self._kept


def _are_same(some: tuple[ir.Table | None, ...], others: tuple[ir.Table | None, ...]) -> bool:
    return all(
        one is other if one is None or other is None else one.equals(other)
        for one, other in zip(some, others, strict=True)
    )


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
    told = keep_rows(backend, "told", steps(own, blocks[0]))
    asked = written(backend, rescaled(told))  # of the same table each time, so compiled once
    found = kept_as(backend, "rescaled", asked)
    for block in blocks[1:]:
        replaced(backend, "told", written(backend, steps(own, block)))
        added(backend, "rescaled", asked)
    backend.raw_sql("DROP TABLE told")
    struck = found.select("column").distinct().order_by("column").to_pyarrow()["column"].to_pylist()
    return {name: found.filter(found["column"] == name)[ROW] for name in struck}
