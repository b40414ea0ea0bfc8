"""The one visual system of all reports: two languages, numbers, escaping, the frame around a page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from reports.frame import palette
from reports.locale import words

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
EMPTY = "\N{EN DASH}"


def render_page(template: str, context: Mapping[str, Any]) -> str:
    """A whole HTML page that opens from disk without network.

    Args:
        template: file name in `src/reports/templates`.
        context: plain values; every text in it is escaped, for a customer's name is input.

    Raises:
        jinja2.UndefinedError: the template asks for a key that the context does not have.
    """
    return _environment().get_template(template).render(context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": number,
        "money": money,
        "percent": percent,
        "day": day,
        "signed": signed,
        "sentence": sentence,
    }
    environment.globals |= {"t": both, "say": say, "style": _style(), "none_shown": EMPTY}
    return environment


@cache
def _style() -> Markup:
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return Markup(style.replace("{{ grade_rules }}", palette.grade_rules()))  # noqa: S704 - our own file, no input in it


def both(english: object, chinese: object) -> Markup:
    """A text in both languages; the reader's switch shows one of them.

    >>> both("Grade", "等级")
    Markup('<span lang="en">Grade</span><span lang="zh-Hans">等级</span>')
    >>> both("<b>", "<b>")
    Markup('<span lang="en">&lt;b&gt;</span><span lang="zh-Hans">&lt;b&gt;</span>')
    """
    return Markup('<span lang="en">{}</span><span lang="zh-Hans">{}</span>').format(
        english, chinese
    )


def sentence(text: str) -> str:
    """The text with a capital first letter, for a heading.

    >>> sentence("days late"), sentence("EBITDA"), sentence("")
    ('Days late', 'EBITDA', '')
    """
    return text[:1].upper() + text[1:]


def say(group: str, code: object) -> Markup:
    """A code of ours in the reader's words, from `words.WORDS`; an unknown one is shown as it is, as data.

    >>> say("action", "keep")
    Markup('<span lang="en">Carry on</span><span lang="zh-Hans">维持现状</span>')
    """
    pair = words.WORDS[group].get(str(code))
    return Markup('<span class="data">{}</span>').format(code) if pair is None else both(*pair)


def _missing(value: float | Decimal) -> bool:
    return isinstance(value, float | Decimal) and not math.isfinite(value)


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """A number with thousands separators; an en dash where it is missing.

    >>> number(1234567.891, 1), number(None), number(float("nan"))
    ('1,234,567.9', '–', '–')
    """
    if value is None or _missing(value):
        return EMPTY
    # through Decimal, so that 0.5 rounds the same way on a float and on a money value
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    return f"{exact + 0:,.{digits}f}"


def money(value: float | Decimal | None) -> str:
    """Money in whole units of its currency; the currency's code stands in the heading.

    >>> money(Decimal("48250.49"))
    '48,250'
    """
    return number(value)


def percent(value: float | None, digits: int = 1) -> str:
    r"""A share as per cent.

    >>> percent(0.0123), percent(0.00042, 2)   # the space does not break
    ('1.2\xa0%', '0.04\xa0%')
    """
    if value is None or _missing(value):
        return EMPTY
    return f"{number(float(value) * 100, digits)}\N{NO-BREAK SPACE}%"


def signed(value: float | Decimal | None, digits: int = 0) -> str:
    """A change, with its sign.

    >>> signed(12.4), signed(-3)
    ('+12', '−3')
    """
    if value is None or _missing(value):
        return EMPTY
    shown = number(value if value >= 0 else -value, digits)
    if shown.strip("0.,") == "":
        return shown
    sign = "+" if value > 0 else "\N{MINUS SIGN}"
    return f"{sign}{shown}"


def day(value: object) -> str:
    """A day as YYYY-MM-DD, the one form both languages read the same way.

    >>> from datetime import date
    >>> day(date(2025, 12, 31))
    '2025-12-31'
    """
    return EMPTY if value is None else str(value)[:10]
