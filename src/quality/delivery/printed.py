"""Values as pages, messages and the quarantine show them."""

from __future__ import annotations

from decimal import Decimal

import ibis.expr.types as ir

_LAST_NOUGHT = r"([.][0-9][0-9])0$"


def printed(value: ir.Value) -> ir.StringValue:
    """The value as text. Of money without a third place two decimals are shown: 12.000 could be read as twelve thousand."""
    text = value.cast("string")
    return text.re_replace(_LAST_NOUGHT, r"\1") if value.type().is_decimal() else text


def printed_money(amount: Decimal) -> str:
    """The same of an amount at hand.

    >>> printed_money(Decimal("12.000")), printed_money(Decimal("12.345"))
    ('12.00', '12.345')
    """
    return (
        str(amount).removesuffix("0")
        if amount.as_tuple().exponent == -3 and str(amount).endswith("0")
        else str(amount)
    )
