"""Relations under names that are the same in every delivery, whatever of it was mended or set aside."""

from __future__ import annotations

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from contracts.tables.kept import shown_as


class Shown:
    """Views, so that what is asked of one delivery is asked of the next in the same words, and its SELECT is known.

    A view that was asked for keeps its rows: no name is shown twice in a delivery.

    Args:
        backend: the engine the rows lie in.

    >>> import ibis
    >>> con = ibis.duckdb.connect()
    >>> _ = con.raw_sql("CREATE TABLE raw AS SELECT * FROM (VALUES (7), (-1)) AS rows (amount)")
    >>> rows = con.table("raw")
    >>> shown = Shown(con)
    >>> clean, mended = shown.show("clean", rows), shown.show("mended", rows.filter(rows.amount > 0))
    >>> mended.count().to_pyarrow().as_py(), shown.behind(clean).equals(rows), shown.behind(mended).equals(rows)
    (1, True, False)
    >>> print(con.compile(mended.select("amount")))
    SELECT * FROM "temp"."main"."mended" AS "t0"
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._behind: dict[ops.Node, ir.Table] = {}

    def show(self, name: str, rows: ir.Table) -> ir.Table:
        """The relation under this name; nothing is computed."""
        made = shown_as(self._backend, name, rows)
        self._behind[made.op()] = self.behind(rows)
        return made

    def behind(self, rows: ir.Table) -> ir.Table:
        """What a relation was before it was shown: two that were the same still are."""
        return self._behind.get(rows.op(), rows)
