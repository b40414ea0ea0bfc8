"""A contract in the types of the engines, DuckDB and Spark. Apart from `spec`: stages that run no engine need not load one."""

from __future__ import annotations

import ibis.expr.datatypes as dt
import pandera.ibis as pandera_ibis

from contracts.tables.spec import Kind, Table

IBIS_TYPES: dict[Kind, dt.DataType] = {
    Kind.TEXT: dt.string,
    Kind.DAY: dt.date,
    Kind.MONEY: dt.Decimal(18, 2),
    Kind.RATE: dt.Decimal(18, 8),
    Kind.COUNT: dt.int64,
    Kind.FLAG: dt.boolean,
    Kind.NUMBER: dt.float64,
}


def ibis_schema(table: Table) -> pandera_ibis.DataFrameSchema:
    """The pandera contract, checked by the engine that holds the table."""
    columns = {
        column.name: pandera_ibis.Column(
            IBIS_TYPES[column.kind],
            pandera_ibis.Check.isin(list(column.one_of)) if column.one_of else None,
            nullable=column.nullable,
        )
        for column in table.columns
    }
    return pandera_ibis.DataFrameSchema(
        columns, strict=not table.open_ended, unique=list(table.grain), name=table.name
    )
