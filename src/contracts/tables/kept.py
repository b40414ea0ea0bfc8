"""A relation kept in DuckDB between two steps, for the price of running it."""

from __future__ import annotations

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend
from sqlglot import to_identifier


def keep_rows(con: Backend, name: str, rows: ir.Table) -> ir.Table:
    """Computes a relation into a temporary table, each column of the type that Ibis gives it.

    What Ibis has for this, `create_table`, copies the whole tree of the query to put an INSERT in front of its text,
    and then asks the engine which columns it has made.

    Args:
        con: the engine.
        name: of the table; no other of the connection has it.
        rows: what is kept.
    """
    schema, named = rows.schema(), to_identifier(name, quoted=True).sql(con.name)
    con._run_pre_execute_hooks(rows)  # noqa: SLF001 - Ibis registers rows of this process nowhere else
    query = con.compile(rows)
    columns = ", ".join(one.sql(con.name) for one in schema.to_sqlglot_column_defs(con.dialect))
    con.raw_sql(f"CREATE TEMPORARY TABLE {named} ({columns})")
    con.raw_sql(f"INSERT INTO {named} {query}")
    place = ops.Namespace(catalog="temp", database="main")
    return ops.DatabaseTable(name, schema=schema, source=con, namespace=place).to_expr()
