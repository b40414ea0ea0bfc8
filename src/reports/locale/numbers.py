"""Numbers as people write them, the same in both languages; a missing one is an en dash."""

from __future__ import annotations

import math
import re
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal, format_percent

EMPTY = "\N{EN DASH}"
_FORM = re.compile(r"(?P<sign>\+?),?(\.(?P<digits>\d+))?(?P<kind>[fd%])")


def local(value: Any, form: str) -> str:
    """A value in one form: `,d` a count, `,.2f` a number with so many decimals, `.1%` a share, a `+` in front shows the sign.

    Texts and days are shown as they are; a missing number is an en dash. Halves go to the even digit.

    >>> local(1234.5, ",.0f"), local(0.0234, ".1%"), local(12.4, "+.0f"), local(-3, "+,d"), local(None, ".3f")
    ('1,234', '2.3%', '+12', '−3', '–')
    """
    if value is None or (isinstance(value, float | Decimal) and not math.isfinite(value)):
        return EMPTY
    if isinstance(value, str | date) or not form:
        return str(value)
    found = _FORM.fullmatch(form)
    if found is None:
        return format(value, form)
    digits = int(found["digits"] or 0)
    zeros = "#,##0" + ("." + "0" * digits if digits else "")
    exact = Decimal(str(value))  # so that 0.5 rounds the same way on a float and on a money value
    is_share = found["kind"] == "%"
    write = format_percent if is_share else format_decimal
    text = str(write(exact, format=zeros + ("%" if is_share else ""), locale="en"))
    if set(text) <= set("-0.,%"):
        return text.lstrip("-")
    text = text.replace("-", "\N{MINUS SIGN}")
    return f"+{text}" if found["sign"] and value > 0 else text
