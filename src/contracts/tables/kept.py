"""A relation asked of DuckDB, or kept in it between two steps, for the price of running it."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend
from ibis.backends.duckdb.converter import DuckDBPyArrowData
from sqlglot import to_identifier


@dataclass(frozen=True, slots=True)
class Written:
    """A relation as text.

    Attributes:
        query: the SELECT.
        types: Ibis' type of each column, as text.
        columns: their definitions in SQL.
    """

    query: str
    types: dict[str, str]
    columns: str

    @property
    def schema(self) -> ibis.Schema:
        """The types."""
        return ibis.schema(self.types)


def written(con: Backend, rows: ir.Table) -> Written:
    """The relation as text; rows of this process that it reads are handed to the engine."""
    con._run_pre_execute_hooks(rows)  # noqa: SLF001 - Ibis registers rows of this process nowhere else
    return like(con, rows, con.compile(rows))


def like(con: Backend, rows: ir.Table, query: str) -> Written:
    """A SELECT of ours that gives the columns of a relation, in its order."""
    schema = rows.schema()
    columns = ", ".join(one.sql(con.name) for one in schema.to_sqlglot_column_defs(con.dialect))
    return Written(query, {name: str(kind) for name, kind in schema.items()}, columns)


def fetched(con: Backend, made: Written) -> pa.Table:
    """The rows, each column of the type that Ibis gives it: what `to_pyarrow` hands over."""
    rows: pa.Table = DuckDBPyArrowData.convert_table(
        con.con.sql(made.query).to_arrow_table(), made.schema
    )
    return rows


def kept_as(con: Backend, name: str, made: Written) -> ir.Table:
    """Computes a relation into a temporary table, each column of the type that Ibis gives it.

    What Ibis has for this, `create_table`, copies the whole tree of the query to put an INSERT in front of its text,
    and then asks the engine which columns it has made.

    Args:
        con: the engine.
        name: of the table; no other of the connection has it.
        made: what is kept.
    """
    named = to_identifier(name, quoted=True).sql(con.name)
    con.raw_sql(f"CREATE TEMPORARY TABLE {named} ({made.columns})")
    added(con, name, made)
    return _table(con, name, made)


def added(con: Backend, name: str, made: Written) -> None:
    """Computes a relation into a table of the same columns that is kept already."""
    con.raw_sql(f"INSERT INTO {to_identifier(name, quoted=True).sql(con.name)} {made.query}")


def replaced(con: Backend, name: str, made: Written) -> None:
    """`added`, in place of the rows that the table holds."""
    con.raw_sql(f"TRUNCATE {to_identifier(name, quoted=True).sql(con.name)}")
    added(con, name, made)


def _table(con: Backend, name: str, made: Written) -> ir.Table:
    place = ops.Namespace(catalog="temp", database="main")
    return ops.DatabaseTable(name, schema=made.schema, source=con, namespace=place).to_expr()


def shown_as(con: Backend, name: str, rows: ir.Table) -> ir.Table:
    """The relation under another name, in place of what had this name before; nothing is computed."""
    made = written(con, rows)
    named = to_identifier(name, quoted=True).sql(con.name)
    con.raw_sql(f"CREATE OR REPLACE TEMPORARY VIEW {named} AS {made.query}")
    return _table(con, name, made)


def keep_rows(con: Backend, name: str, rows: ir.Table) -> ir.Table:
    """`kept_as` of a relation that is not written yet."""
    return kept_as(con, name, written(con, rows))
