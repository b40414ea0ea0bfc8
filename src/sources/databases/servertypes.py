"""PostgreSQL's types as Arrow's: exact decimals, real days, and text for what has no exact counterpart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from contracts.duck import quoted
from contracts.errors import SourceError

# Types the driver hands over as they are. char(n) is not among them: its padding is no part of the value.
_NATIVE = frozenset(
    {"bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "name"}
    | {"date", "timestamp", "timestamptz", "time", "bytea"}
)
_AS_INTEGER = "oid"
_AS_NUMERIC = "money"
FREE_DECIMAL = pa.decimal128(38, 10)
"""NUMERIC without a precision of its own: ten decimal places; a value with more is an error, never rounded."""

_DAYS = (-719_162, 2_932_896)  # 0001-01-01 and 9999-12-31, counted from 1970-01-01
_MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """How one column is asked for and what it becomes.

    Attributes:
        name: its name.
        select: the server's SQL that delivers it.
        type: the Arrow type it has afterwards.
    """

    name: str
    select: str
    type: pa.DataType


def plan(field: pa.Field) -> ColumnPlan:
    """The plan for a column as the driver describes it.

    Enumerations, uuid, json, arrays, ranges, intervals and whatever else has no exact counterpart come as the
    server's text; a timestamp with time zone as an instant in UTC.
    """
    metadata = field.metadata or {}
    kind = metadata.get(b"POSTGRESQL:type", b"").decode()
    name = quoted(field.name)
    if kind in _NATIVE:
        return ColumnPlan(field.name, name, field.type)
    if kind == _AS_INTEGER:
        return ColumnPlan(field.name, f"{name}::int8 AS {name}", pa.int64())
    if kind == _AS_NUMERIC:
        return ColumnPlan(field.name, f"{name}::numeric AS {name}", FREE_DECIMAL)
    if kind == "numeric":
        return ColumnPlan(field.name, name, numeric_type(int(metadata[b"POSTGRESQL:typmod"])))
    return ColumnPlan(field.name, f"{name}::text AS {name}", pa.string())


def numeric_type(typmod: int) -> pa.DataType:
    """Arrow's type of a NUMERIC by the server's type modifier.

    >>> numeric_type(((18 << 16) | 2) + 4)
    Decimal128Type(decimal128(18, 2))
    >>> numeric_type(-1)
    Decimal128Type(decimal128(38, 10))
    """
    if typmod < 0:
        return FREE_DECIMAL
    precision, scale = (typmod - 4) >> 16 & 0xFFFF, ((typmod - 4 & 0x7FF) ^ 1024) - 1024
    precision, scale = max(precision, scale) - min(scale, 0), max(scale, 0)
    return pa.decimal128(precision, scale) if precision <= 38 else pa.string()


def converted(batch: pa.RecordBatch, columns: Sequence[ColumnPlan], where: str) -> pa.RecordBatch:
    """A batch in the planned types.

    Raises:
        SourceError: a number is NaN or infinite or has more places than its type, a day is outside the years 1..9999.
    """
    arrays = [_column(array, one, where) for array, one in zip(batch.columns, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=[one.name for one in columns])


def _column(array: pa.Array, one: ColumnPlan, where: str) -> pa.Array:
    plain = array.storage if isinstance(array, pa.ExtensionArray) else array
    if pa.types.is_temporal(one.type) and not pa.types.is_time(one.type):
        _check_days(plain, one, where)
    if plain.type == one.type:
        return plain
    try:
        return plain.cast(one.type)
    except pa.ArrowInvalid as error:
        raise _no_decimal(plain, one, where) from error


def _no_decimal(values: pa.Array, one: ColumnPlan, where: str) -> SourceError:
    for value in values.drop_null().to_pylist():
        try:
            pa.array([value]).cast(one.type)
        except pa.ArrowInvalid:
            break
    name = quoted(one.name)
    odd = value.strip("-")[0].isalpha()  # NaN, Infinity
    return SourceError(
        f"The number {value} does not fit {one.type}.",
        where=f"{where}, column {one.name}",
        next_step=f"Read the relation by a query with NULLIF({name}, '{value}')."
        if odd
        else f"Read the relation by a query with {name}::numeric(18,2), or {name}::text to keep every digit.",
    )


def _check_days(values: pa.Array, one: ColumnPlan, where: str) -> None:
    unit = 1 if pa.types.is_date(one.type) else _MICROSECONDS_A_DAY
    whole = values.cast(pa.int32() if unit == 1 else pa.int64())
    bounds = pc.min_max(whole).as_py()
    if bounds["min"] is None:
        return
    if bounds["min"] < _DAYS[0] * unit or bounds["max"] >= (_DAYS[1] + 1) * unit:
        name = quoted(one.name)
        raise SourceError(
            "A date is infinite, or outside the years 1 to 9999.",
            where=f"{where}, column {one.name}",
            next_step=f"Read the relation by a query with NULLIF({name}, 'infinity') "
            f"or LEAST({name}, '9999-12-31').",
        )
