"""The one visual system of all reports: two languages, numbers, escaping, the frame around a page."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from contracts.levels import country, in_chinese
from contracts.numbers import EMPTY, local
from reports.frame import palette
from reports.frame.compiled import Compiled
from reports.frame.files import FOLDER, customer_file
from reports.locale.catalogue import LANGUAGES, catalogue
from reports.locale.catalogue import say as say_in

__all__ = [
    "EMPTY",
    "TEMPLATES",
    "both",
    "day",
    "money",
    "number",
    "percent",
    "render_page",
    "say",
    "sentence",
    "signed",
]

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
_DAY = re.compile(r"(?<![\w-])\d{4}-\d{2}(?:-\d{2})?(?![\w-])")


def render_page(template: str, context: Mapping[str, Any]) -> str:
    """A whole HTML page that opens from disk without network.

    Args:
        template: file name in `src/reports/templates`.
        context: plain values; every text in it is escaped, for a customer's name is input.

    Raises:
        jinja2.UndefinedError: the template asks for a key that the context does not have.
    """
    return _scoped(_environment().get_template(template).render(context))


def _scoped(html: str) -> str:
    """The page with a scope on every heading of a table: that of its column, unless the template says otherwise.

    >>> _scoped('<th>Grade</th><th class="n">PD</th><th scope="row">1</th><thead>')
    '<th scope="col">Grade</th><th scope="col" class="n">PD</th><th scope="row">1</th><thead>'
    """
    return re.sub(r"<th(?=[\s>])(?![^>]*\bscope=)", '<th scope="col"', html)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=Compiled(TEMPLATES / "__pycache__"),
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
    environment.globals |= {
        "t": both,
        "say": say,
        "level": leveled,
        "country": placed,
        "style": _style(),
        "script": _script(),
        "script_hash": _script_hash(_script()),
        "list_script": _script("list.js"),
        "list_script_hash": _script_hash(_script("list.js")),
        "customer_file": customer_file,
        "customers_folder": FOLDER,
        "none_shown": EMPTY,
    }
    return environment


@cache
def _style() -> Markup:
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return Markup(style.replace("{{ grade_rules }}", palette.grade_rules()))  # noqa: S704 - our own file, no input in it


@cache
def _script(file: str = "page.js") -> Markup:
    """A script of ours. That of every page: the language of the page follows the switch, wide tables take the focus. Without any all else works."""
    return Markup((TEMPLATES / file).read_text(encoding="utf-8"))  # noqa: S704 - our own file, no input in it


def _script_hash(script: str) -> str:
    """What the page's own policy lets a browser run: this script and no other, whatever stands in the data."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def both(entry: object, chinese: object = None, /, **values: Any) -> Markup:
    """A text in both languages; the reader's switch shows one of them.

    Args:
        entry: a code, or a page's English, with an entry in the catalogue; with `chinese`, the English itself.
        chinese: of a text that is data and has no entry (the wording of a portfolio's own feature).
        values: fill the fields of the entry (see `reports.locale.catalogue.say`).

    >>> both("Grade")
    Markup('<span lang="en">Grade</span><span lang="zh-Hans">等级</span>')
    >>> both("<b>", "<b>")
    Markup('<span lang="en">&lt;b&gt;</span><span lang="zh-Hans">&lt;b&gt;</span>')
    >>> both("until 2025-12-31", "至 2025-12-31")
    Markup('<span lang="en">until <time>2025-12-31</time></span><span lang="zh-Hans">至 <time>2025-12-31</time></span>')
    """
    english = entry
    if chinese is None:
        english, chinese = (say_in(language, str(entry), values) for language in LANGUAGES)
    shown = f'<span lang="en">{_kept(english)}</span><span lang="zh-Hans">{_kept(chinese)}</span>'
    return Markup(shown)  # noqa: S704 - both are escaped


def _kept(text: object) -> Markup:
    """The text, escaped, with each day and month in one piece: a browser breaks lines after any hyphen."""
    return Markup(_DAY.sub(r"<time>\g<0></time>", str(escape(text))))  # noqa: S704 - escaped here


def sentence(text: str) -> str:
    """The text with a capital first letter, for a heading.

    >>> sentence("days late"), sentence("EBITDA"), sentence("")
    ('Days late', 'EBITDA', '')
    """
    return text[:1].upper() + text[1:]


def say(group: str, code: object) -> Markup:
    """A code of ours in the reader's words, from the entry `group.code`; an unknown one is shown as it is, as data.

    >>> say("action", "keep")
    Markup('<span lang="en">Nothing to do</span><span lang="zh-Hans">无需处理</span>')
    >>> say("action", "unheard_of")
    Markup('<span class="data">unheard_of</span>')
    """
    entry = f"{group}.{code}"
    if entry in catalogue("en").texts:
        return both(entry)
    return Markup('<span class="data">{}</span>').format(code)


def leveled(delivered: str) -> Markup:
    """A category that is data (an industry, a legal form) in the reader's words; as data where there are none.

    >>> leveled("retail")
    Markup('<span lang="en">retail</span><span lang="zh-Hans">零售业</span>')
    >>> leveled("NACE 4711")
    Markup('<span class="data">NACE 4711</span>')
    """
    chinese = in_chinese(delivered)
    if chinese == delivered:
        return Markup('<span class="data">{}</span>').format(delivered)
    return both(delivered, chinese)


def placed(code: str) -> Markup:
    """A country's code in the reader's words; as data where it names no country.

    >>> placed("DE")
    Markup('<span lang="en">Germany</span><span lang="zh-Hans">德国</span>')
    """
    english, chinese = country(code)
    if chinese == code:
        return Markup('<span class="data">{}</span>').format(code)
    return both(english, chinese)


def number(value: float | Decimal | None, digits: int = 0) -> str:
    """A number with thousands separators; see `contracts.numbers.local`.

    >>> number(1234567.891, 1), number(None)
    ('1,234,567.9', '–')
    """
    return local(value, f",.{digits}f")


def money(value: float | Decimal | None) -> str:
    """Money in whole units of its currency; the currency's code stands in the heading.

    >>> money(Decimal("48250.49"))
    '48,250'
    """
    return local(value, ",.0f")


def percent(value: float | None, digits: int = 1) -> str:
    """A share as per cent.

    >>> percent(0.0123), percent(0.00042, 2)
    ('1.2%', '0.04%')
    """
    return local(value, f".{digits}%")


def signed(value: float | Decimal | None, digits: int = 0) -> str:
    """A change, with its sign.

    >>> signed(12.4), signed(-3)
    ('+12', '−3')
    """
    return local(value, f"+.{digits}f")


def day(value: object) -> str:
    """A day as YYYY-MM-DD, the one form both languages read the same way.

    >>> from datetime import date
    >>> day(date(2025, 12, 31))
    '2025-12-31'
    """
    return EMPTY if value is None else str(value)[:10]
