"""Arrow columns made from numpy without a Python object per row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrays import Bools, Floats, Ints
from contracts.tables.currencies import USUAL_PLACES
from contracts.tables.spec import ARROW_TYPES, MONEY_PLACES, Kind, Table

_TENTHS_OF_CENTS = 10 ** (MONEY_PLACES - USUAL_PLACES)


def exact(cents: Ints) -> pa.Array:
    """Whole cents as money.

    >>> exact(np.array([12345, -1])).to_pylist()
    [Decimal('123.450'), Decimal('-0.010')]
    """
    return _decimals(cents * _TENTHS_OF_CENTS, ARROW_TYPES[Kind.MONEY])


def _decimals(units: Ints, kind: pa.DataType) -> pa.Array:
    """Whole numbers of the last place as an exact decimal column."""
    whole = np.ascontiguousarray(units, dtype="<i8")
    words = np.empty((len(whole), 2), dtype="<i8")  # 128 bits, little-endian: value, then its sign
    words[:, 0] = whole
    words[:, 1] = whole >> 63
    return pa.Array.from_buffers(kind, len(whole), [None, pa.py_buffer(words.tobytes())])


def money(amounts: Floats) -> pa.Array:
    """Amounts rounded to cents."""
    return exact(cents(amounts))


def cents(amounts: Floats) -> Ints:
    """Amounts in whole cents.

    >>> cents(np.array([1.005, 2.0])).tolist()
    [100, 200]
    """
    return np.rint(np.asarray(amounts) * 100.0).astype(np.int64)


def rates(values: Floats) -> pa.Array:
    """Rates rounded to eight digits.

    >>> rates(np.array([0.9])).to_pylist()
    [Decimal('0.90000000')]
    """
    return _decimals(np.rint(np.asarray(values) * 1e8).astype(np.int64), ARROW_TYPES[Kind.RATE])


def days(values: Ints) -> pa.Array:
    """Days since 1970-01-01 as dates."""
    return pa.array(values.astype(np.int32), type=pa.int32()).cast(pa.date32())


def ids(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Zero-padded identifiers, whose text order is their number's order.

    >>> ids("C", np.array([7]), 3).to_pylist()
    ['C007']
    """
    text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, text, "")


def words(values: tuple[str, ...] | list[str], positions: Ints) -> pa.Array:
    """A text column from a list of words and a position into it per row."""
    return pa.array(list(values), pa.string()).take(pa.array(positions))


def where(known: Bools, values: pa.Array) -> pa.Array:
    """The values, missing where not known."""
    return pc.if_else(pa.array(known), values, pa.scalar(None, values.type))


def table(contract: Table, values: Mapping[str, Any]) -> pa.Table:
    """An Arrow table of the contract: its columns, in order and sorted by its grain.

    Columns beyond the contract are appended where it is open-ended.
    """
    schema = contract.arrow_schema()
    extra = [name for name in values if name not in schema.names] if contract.open_ended else []
    columns = [_array(values[name]) for name in [*schema.names, *extra]]
    own = columns[len(schema) :]
    fields = [*schema, *(pa.field(n, c.type) for n, c in zip(extra, own, strict=True))]
    arrow = pa.table(columns, schema=pa.schema(fields))
    return arrow.sort_by([(name, "ascending") for name in contract.grain])


def _array(values: Any) -> pa.Array:
    return values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
