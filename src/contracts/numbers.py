"""Numbers as people write them, the same in both languages and in every room; a missing one is an en dash.

Below 0 they bear a minus sign, not a hyphen, and none has an exponent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

EMPTY = "\N{EN DASH}"
_REAL, _SHOWN = (float, Decimal), (str, date)
_FORM = re.compile(r"(?P<sign>\+?),?(\.(?P<digits>\d+))?(?P<kind>[fd%])")


def local(value: Any, form: str) -> str:
    """A value in one form: `,d` a count, `,.2f` so many decimals, `.1%` a share, `g` see `plain`, `p` a p-value; a `+` in front shows the sign.

    Texts and days are shown as they are; a missing number is an en dash. Halves go to the even digit.

    >>> local(1234.5, ",.0f"), local(0.0234, ".1%"), local(12.4, "+.0f"), local(-3, "+,d"), local(None, ".3f")
    ('1,234', '2.3%', '+12', '−3', '–')
    """
    if value is None or (isinstance(value, _REAL) and not math.isfinite(value)):
        return EMPTY
    if isinstance(value, _SHOWN) or not form:
        return str(value)
    if form in _NAMED:
        return _NAMED[form](value)
    written = _written(form)
    if written is None:
        return format(value, form)
    sign, exact_form = written
    # a Decimal, so that 0.5 rounds the same way on a float and on a money value
    text = format(Decimal(str(value)), exact_form)
    if not text.strip("-0.,%"):
        return text.lstrip("-")
    text = text.replace("-", "\N{MINUS SIGN}")
    return f"+{text}" if sign and value > 0 else text


@lru_cache(maxsize=256)
def _written(form: str) -> tuple[str, str] | None:
    """The sign that a form shows and how an exact number is written in it; None where it is no form of ours."""
    found = _FORM.fullmatch(form)
    if found is None:
        return None
    kind = "%" if found["kind"] == "%" else "f"
    return found["sign"], f",.{int(found['digits'] or 0)}{kind}"


def p_value(value: float) -> str:
    """A p-value to four decimals; no probability is printed as nought.

    >>> p_value(0.0123), p_value(7e-12), p_value(0.0001)
    ('0.0123', '<0.0001', '0.0001')
    """
    return "<0.0001" if value < 0.0001 else local(value, ".4f")


def plain(value: float | Decimal, digits: int = 6) -> str:
    """A number to so many significant digits, all of those before the point at least, and never with an exponent.

    >>> plain(50_000.0), plain(1_234_567.89), plain(0.0333333333), plain(-0.1), plain(2e-7)
    ('50,000', '1,234,568', '0.0333333', '−0.1', '0.0000002')
    """
    exact = Decimal(str(value))
    if not exact.is_finite() or not exact:
        return local(value, ",d") if exact.is_finite() else EMPTY
    text = local(exact, f",.{max(digits - 1 - exact.adjusted(), 0)}f")
    return text.rstrip("0").rstrip(".") if "." in text else text


_NAMED: Mapping[str, Callable[[Any], str]] = {"g": plain, "p": p_value}
