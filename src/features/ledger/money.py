"""Exact money: sums of decimals, and exchange rates as whole numbers."""

from __future__ import annotations

import ibis.expr.types as ir

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
