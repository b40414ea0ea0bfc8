"""Exact money: sums of decimals, and exchange rates as whole numbers."""

from __future__ import annotations

from decimal import Decimal

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from contracts.tables.spec import ARROW_TYPES, Kind

_UNIT = pa.scalar(Decimal("0.00000001"), pa.decimal256(8, 8))
AMOUNT = "decimal(38, 2)"
"""Sums of money: exact, so that neither row order nor threads can show."""
MONEY = "decimal(18, 2)"
"""Money of one row, as the raw contract holds it: eight bytes, of which engines sum twice as many a second."""
RATE_UNITS = 100_000_000
"""Rates are whole numbers of 1e-8, so that money times rate is an exact decimal on every engine."""


def rate_units(fx: ir.Table) -> ir.IntegerValue:
    """The rates of `fx_rates` in units of 1e-8, exactly."""
    return (fx.rate * RATE_UNITS).cast("int64")


def amount(units: ir.DecimalValue) -> ir.FloatingValue:
    """Money in reporting currency, from exact decimals in units of 1e-8 of it."""
    return units.cast("float64") / RATE_UNITS


def in_cents(units: pa.ChunkedArray) -> pa.ChunkedArray:
    """Money of two decimals from exact decimals in units of 1e-8; a half goes away from zero, as in a ledger.

    >>> from decimal import Decimal
    >>> units = pa.chunked_array([pa.array([Decimal("12345678900.00"), Decimal("-500000.00")])])
    >>> in_cents(units).to_pylist()   # 123.456789 and -0.005
    [Decimal('123.46'), Decimal('-0.01')]
    """
    exact = pc.multiply(units.cast(pa.decimal256(60, 2)), _UNIT)
    return as_money(pc.round(exact, ndigits=2, round_mode="half_towards_infinity"))


def as_money(amounts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Amounts in the type that money has in a contract."""
    return amounts.cast(ARROW_TYPES[Kind.MONEY])
