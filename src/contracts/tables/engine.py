"""A contract in the types of the engines, DuckDB and Spark. Apart from `spec`: stages that run no engine need not load one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from contracts.tables.currencies import MINOR_UNITS, USUAL_PLACES
from contracts.tables.spec import MONEY_PLACES, Kind, Table

if TYPE_CHECKING:
    import pandera.ibis as pandera_ibis

MONEY = f"decimal(18, {MONEY_PLACES})"
"""Money of one row, as the raw contract holds it: eight bytes, of which engines sum twice as many a second."""
AMOUNT = f"decimal(38, {MONEY_PLACES})"
"""Sums of money: exact, so that neither row order nor threads can show."""

IBIS_TYPES: dict[Kind, dt.DataType] = {
    Kind.TEXT: dt.string,
    Kind.DAY: dt.date,
    Kind.MONEY: dt.Decimal(18, MONEY_PLACES),
    Kind.RATE: dt.Decimal(18, 8),
    Kind.COUNT: dt.int64,
    Kind.FLAG: dt.boolean,
    Kind.NUMBER: dt.float64,
}


def ibis_schema(table: Table) -> pandera_ibis.DataFrameSchema:
    """The pandera contract, checked by the engine that holds the table."""
    import pandera.ibis as pandera_ibis  # noqa: PLC0415 - half a second, for rows that break it

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


def check_rows(rows: ir.Table, table: Table) -> None:
    """Checks rows that an engine holds against their pandera contract.

    Pandera asks about each column by itself. One query asks about all of them, and pandera only where that one finds something
    (which also spares it tables without rows: 0.35 reads none as missing values - until pandera > 0.35).

    Raises:
        pandera.errors.SchemaError: a column is absent, unknown or of a wrong type, a value missing or illegal, a key not unique.
    """
    if not _keep_contract(rows, table):
        ibis_schema(table).validate(rows)


def _keep_contract(rows: ir.Table, table: Table) -> bool:
    types = {column.name: IBIS_TYPES[column.kind] for column in table.columns}
    found = {name: kind.copy(nullable=True) for name, kind in rows.schema().items()}
    if found != types:
        return False
    needed = [rows[column.name].notnull() for column in table.columns if not column.nullable]
    legal = [
        rows[column.name].isin(column.one_of).fill_null(True)
        for column in table.columns
        if column.one_of
    ]
    keys = rows.select(*table.grain).distinct().count().as_scalar()
    asked = rows.aggregate(n=rows.count(), kept=rows.count(where=ibis.and_(*needed, *legal)))
    row = asked.mutate(keys=keys).to_pyarrow().to_pylist()[0]
    return bool(row["n"] == row["kept"] == row["keys"])


def parts_of(currency: ir.StringValue) -> ir.FloatingValue:
    """How many of the smallest amounts a currency has make one: 100 cents, 1 yen, 1,000 fils."""
    cases = [
        (code, 10.0 ** min(places, MONEY_PLACES)) for code, places in sorted(MINOR_UNITS.items())
    ]
    return currency.cases(*cases, else_=10.0**USUAL_PLACES)


def minor_unit(currency: ir.StringValue) -> ir.DecimalValue:
    """The smallest amount a currency has, as money: a cent, a yen, a fils."""
    return (ibis.literal(1.0) / parts_of(currency)).cast(MONEY)
