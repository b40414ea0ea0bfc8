"""The ledger that rules ask, kept as long as its tables are the same."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from contracts.tables.kept import keep_rows
from quality.rules.ledger import ledger

_TABLES = ("invoices", "payments", "disputes")
_NAME = "ledger"


class Ledgers:
    """One ledger at a time: that of the tables asked for last. What was computed of another one must be kept by then.

    Args:
        backend: the engine the tables lie in.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._of: tuple[ir.Table | None, ...] = ()
        self._kept: ir.Table | None = None

    def of(self, tables: Mapping[str, ir.Table]) -> ir.Table | None:
        """The ledger of these tables (see `quality.rules.ledger`); None where there are no invoices or no payments."""
        invoices, payments, disputes = asked = tuple(tables.get(name) for name in _TABLES)
        if invoices is None or payments is None:
            return None
        if self._kept is None or not _are_same(asked, self._of):
            if self._kept is not None:
                self._backend.raw_sql(f"DROP TABLE {_NAME}")
            rows = ledger(invoices, payments, disputes)
            self._kept, self._of = keep_rows(self._backend, _NAME, rows), asked
        return self._kept


def _are_same(some: tuple[ir.Table | None, ...], others: tuple[ir.Table | None, ...]) -> bool:
    return all(
        one is other if one is None or other is None else one.equals(other)
        for one, other in zip(some, others, strict=True)
    )
