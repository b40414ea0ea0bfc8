"""Exact money: sums of decimals, and exchange rates as whole numbers."""

from __future__ import annotations

from decimal import Decimal

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from contracts.errors import ContractError
from contracts.tables.currencies import places_of
from contracts.tables.spec import ARROW_TYPES, MONEY_PLACES, Kind

_UNIT = pa.scalar(Decimal("0.00000001"), pa.decimal256(8, 8))
RATE_UNITS = 100_000_000
"""Rates are whole numbers of 1e-8, so that money times rate is an exact decimal on every engine."""


def rate_units(fx: ir.Table) -> ir.IntegerValue:
    """The rates of `fx_rates` in units of 1e-8, exactly."""
    return (fx.rate * RATE_UNITS).cast("int64")


def amount(units: ir.DecimalValue) -> ir.FloatingValue:
    """Money in reporting currency, from exact decimals in units of 1e-8 of it."""
    return units.cast("float64") / RATE_UNITS


def in_money(units: pa.ChunkedArray, currency: str) -> pa.ChunkedArray:
    """Money to the currency's own decimals from exact decimals in units of 1e-8; a half goes away from zero, as in a ledger.

    >>> from decimal import Decimal
    >>> units = pa.chunked_array([pa.array([Decimal("12345678900.000"), Decimal("-500000.000")])])
    >>> in_money(units, "EUR").to_pylist()   # 123.456789 and -0.005
    [Decimal('123.460'), Decimal('-0.010')]
    >>> in_money(units, "KWD").to_pylist(), in_money(units, "JPY").to_pylist()
    ([Decimal('123.457'), Decimal('-0.005')], [Decimal('123.000'), Decimal('0.000')])
    """
    exact = pc.multiply(units.cast(pa.decimal256(60, MONEY_PLACES)), _UNIT)
    places = min(places_of(currency), MONEY_PLACES)
    return as_money(pc.round(exact, ndigits=places, round_mode="half_towards_infinity"))


def as_money(amounts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Amounts in the type that money has in a contract.

    Raises:
        ContractError: one is too large for it, as a sum in reporting currency may be where no amount of a document is.
    """
    try:
        return amounts.cast(ARROW_TYPES[Kind.MONEY])
    except pa.ArrowInvalid as error:
        raise ContractError(
            "Sums in reporting currency do not fit: they must stay below 10^15.",
            where="invoices.amount, in reporting currency",
            value=f"{pc.max(pc.abs(amounts)).as_py():,f}",
            next_step="Look for an amount or an exchange rate that is far too large; a portfolio of such sums needs a reporting currency of larger units (`reporting_currency`).",
        ) from error
