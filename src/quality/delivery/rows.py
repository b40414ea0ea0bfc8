"""The rows of a raw table as rules see them: each beside the row it belongs to, with the money it is about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from contracts.tables.currencies import places_of
from contracts.tables.engine import AMOUNT
from contracts.tables.references import REFERENCES
from contracts.tables.spec import MONEY_PLACES, Table
from quality.rules.rule import ROW

MONEY = ".money"
"""The amount a row is about, in reporting currency. No contract column has a dot."""

# DuckDB takes DECIMAL(18,3) x DECIMAL(18,8) as DECIMAL(18,11), which overflows at a ten million.
_WIDE = "decimal(28, 8)"

_MONEY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "invoices": ("amount", "currency"),
        "payments": ("amount", "invoice.currency"),
        "disputes": ("invoice.amount", "invoice.currency"),
        "events": ("amount", "customer.currency"),
    }
)
"""By table: the amount a finding touches, and the currency it is in."""


def beside_parent(rows: ir.Table, contract: Table, valid: Mapping[str, ir.Table]) -> ir.Table:
    """Each row with the columns of the valid row it belongs to, named `<prefix>.<column>`; missing where there is none.

    Valid rows have unique keys, so the number of rows stays.
    """
    reference = REFERENCES.get(contract.name)
    if reference is None:
        return rows
    parent = valid[reference.table]
    parent = parent.select(
        **{f"{reference.prefix}.{name}": parent[name] for name in parent.columns if name != ROW}
    )
    key = f"{reference.prefix}.{reference.column}"
    return rows.left_join(parent, rows[reference.column] == parent[key])


def with_money(
    rows: ir.Table, contract: Table, rates: Mapping[str, Decimal], reporting: str
) -> ir.Table:
    """The rows with `.money`: in reporting currency at the latest rate, at face value where no rate is known."""
    return rows.mutate(**{MONEY: _money(rows, contract, rates, reporting)})


def latest_rates(fx: ir.Table) -> dict[str, Decimal]:
    """The latest rate of each currency."""
    latest = fx.group_by("currency").aggregate(rate=fx.rate.argmax(fx.rate_on))
    return {row["currency"]: row["rate"] for row in latest.to_pyarrow().to_pylist()}


def holds_money(contract: Table) -> bool:
    """Whether the rows of this table are about an amount.

    >>> from contracts.tables.raw import CUSTOMERS, PAYMENTS
    >>> holds_money(PAYMENTS), holds_money(CUSTOMERS)
    (True, False)
    """
    return contract.name in _MONEY


def _money(
    rows: ir.Table, contract: Table, rates: Mapping[str, Decimal], reporting: str
) -> ir.Value:
    if not holds_money(contract):
        return ibis.null(AMOUNT)
    amount, currency = (rows[name] for name in _MONEY[contract.name])
    return in_reporting_currency(amount, currency, rates, reporting)


def in_reporting_currency(
    amount: ir.Value, currency: ir.Value, rates: Mapping[str, Decimal], reporting: str
) -> ir.DecimalValue:
    """The amount at the rate of its currency, at face value where none is known, in the smallest amounts of the reporting one."""
    factors = [(currency == code, _decimal(rate)) for code, rate in sorted(rates.items())]
    exact = amount.cast(_WIDE) * ibis.cases(*factors, else_=_decimal(Decimal(1)))
    return exact.round(min(places_of(reporting), MONEY_PLACES)).cast(AMOUNT)


def in_smallest_amounts(money: float | Decimal, reporting: str) -> float:
    """A sum as a number, without what a float adds to it.

    >>> in_smallest_amounts(0.1 + 0.2, "EUR"), in_smallest_amounts(Decimal("12.3456"), "KWD"), in_smallest_amounts(1.5, "JPY")
    (0.3, 12.346, 2.0)
    """
    return round(float(money), min(places_of(reporting), MONEY_PLACES))


def _decimal(value: Decimal) -> ir.Value:
    return ibis.literal(str(value)).cast(_WIDE)
