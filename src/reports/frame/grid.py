"""A table told once: a page shows its first rows, a sheet holds all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup

from contracts.numbers import EMPTY, local
from reports.frame.page import both, day, number, percent, signed

Pair = tuple[str, str]
"""The same text in English and Chinese."""
Kind = Literal[
    "words", "data", "code", "named", "count", "day", "grade", "share", "number", "p_value", "plain", "figure", "figure_share",
    "factor", "whisker", "badge", "bar",
]  # fmt: skip
NUMERIC = frozenset(
    {"count", "share", "number", "p_value", "plain", "figure", "figure_share", "factor"}
)
DRAWN = frozenset({"whisker", "bar"})
LONGEST, LONGEST_SENTENCE = 120, 400
TINY = 1e-6
"""What is nearer to 0 is shown with a power of ten."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: which value of a row, its heading, and how it is shown.

    Attributes:
        key: of the row's mapping.
        title: heading, English and Chinese.
        kind: `plain` a number with three significant digits; `words` a pair of texts; `data` a text of the user's; `code` one that is not broken; `named` a pair, or data where it has no
            wording; `figure` a mapping of value, low, high; `factor` one on the natural logarithm, shown as a factor;
            `badge` a tone and a pair; `whisker` a figure drawn between the first two of `span` with a mark
            at the third; `bar` a share drawn as a bar.
        digits: decimals; of a share, those of its per cent.
        span: of a whisker, in the units of the figure.
        is_once: on the page, empty where the row above says the same.
    """

    key: str
    title: Pair
    kind: Kind
    digits: int = 3
    span: tuple[float, float, float] = (0.0, 1.0, 0.5)
    is_once: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, and what is said where there are none.

    Attributes:
        name: of its sheet, English and Chinese, at most 31 characters.
        columns: from left to right.
        rows: mappings from a column's key to its value. A row may carry `show`, a mapping from key to
            (kind, digits), where one row differs from its column.
        absent: why there are no rows.
        notes: lines above the headings of its sheet.
    """

    name: Pair
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    absent: Pair
    notes: Sequence[str] = ()

    def without(self, *keys: str) -> Table:
        """The table less some columns."""
        kept = [column for column in self.columns if column.key not in keys]
        return Table(self.name, kept, self.rows, self.absent, self.notes)


def kind_of(column: Column, row: Mapping[str, Any]) -> tuple[Kind, int]:
    """How this row's cell is shown: as its column says, unless the row itself says otherwise."""
    kind, digits = row.get("show", {}).get(column.key, (column.kind, column.digits))
    return kind, digits


def shown(table: Table, most: int = 1_000) -> dict[str, Any]:
    """What the page's macro needs: heads and cells as safe text, how many rows there are, and why there are none."""
    rows = table.rows[:most]
    return {
        "heads": [(both(*column.title), _class(column.kind)) for column in table.columns],
        "rows": [
            [
                (
                    Markup()
                    if column.is_once and i and rows[i - 1].get(column.key) == row.get(column.key)
                    else cell(column, row),
                    _class(kind_of(column, row)[0], column.kind),
                )
                for column in table.columns
            ]
            for i, row in enumerate(rows)
        ],
        "n": len(rows),
        "total": len(table.rows),
        "absent": both(*table.absent),
    }


def _class(kind: Kind, column: Kind | None = None) -> str:
    """CSS class of a cell: numbers to the right, drawings wide, days and codes on one line."""
    if (column or kind) in NUMERIC:
        return "n"
    return "barcell" if kind in DRAWN else "whole" if kind in {"day", "code"} else ""


def cell(column: Column, row: Mapping[str, Any]) -> Markup:
    """One cell of the page, escaped.

    >>> cell(Column("a", ("", ""), "figure", 2), {"a": {"value": 0.8123, "low": 0.79, "high": 0.83}})
    Markup('0.81 <span class="ci">0.79 – 0.83</span>')
    """
    value = row.get(column.key)
    kind, digits = kind_of(column, row)
    if value is None:
        return Markup.escape(EMPTY)
    if kind in {"figure", "figure_share", "factor"}:
        return figure(value, kind, digits)
    if kind in DRAWN:
        return whisker(value, column.span) if kind == "whisker" else _bar(float(value))
    return _plain(kind, value, digits)


def _plain(kind: Kind, value: Any, digits: int) -> Markup:
    if kind == "words" or (kind == "named" and not isinstance(value, str)):
        return both(*(cut(one, LONGEST_SENTENCE) for one in value))
    if kind == "badge":
        tone, words = value
        return Markup('<span class="badge {}">{}</span>').format(tone, both(*words))
    if kind == "grade":
        return Markup('<span class="grade g{0}">{0}</span>').format(int(value))
    written = _WRITERS.get(kind)
    if written is not None:
        return Markup.escape(written(value, digits))
    text = day(value) if kind == "day" else cut(str(value))
    return Markup('<span class="data">{}</span>').format(text)


def _count(value: float, _: int) -> str:
    return number(value)


def _significant(value: float, _: int) -> str:
    return significant(value)


def significant(value: float, digits: int = 3) -> str:
    """A number with so many significant digits, no trailing zeros: thresholds lie between millionths and hundreds.

    >>> [significant(x) for x in (0.00001, 0.83149, 10.0, -1234.5, 0)]
    ['0.00001', '0.831', '10', '−1,234', '0']
    >>> significant(8.713e-14)   # written out, no reader counts the zeros
    '8.71e-14'
    """
    if 0 < abs(value) < TINY:
        sign = "\N{MINUS SIGN}" if value < 0 else ""
        return f"{sign}{abs(value):.{digits - 1}e}"
    places = 0 if value == 0 else digits - 1 - math.floor(math.log10(abs(value)))
    shown_ = _with_minus(value, max(places, 0))
    return shown_.rstrip("0").rstrip(".") if "." in shown_ else shown_


def cut(text: str, most: int = LONGEST) -> str:
    """At most so many characters: one long name must not fill a page.

    >>> len(cut("x" * 10_000))
    120
    """
    return text if len(text) <= most else text[: most - 1] + "…"


def factor(figure_: Mapping[str, Any] | None) -> dict[str, float | None]:
    """A figure on the natural logarithm as factors: 0 becomes 1, "as expected".

    >>> factor({"value": 0.0, "low": None, "high": 1.0})["high"]
    2.718281828459045
    """
    given = figure_ or {}
    return {
        key: None if given.get(key) is None else math.exp(given[key])
        for key in ("value", "low", "high")
    }


def texts(value: Mapping[str, Any] | None, kind: Kind = "figure", digits: int = 3) -> list[str]:
    """Value, low and high as the page writes them; a dash for what is not defined.

    >>> texts({"value": -0.25, "low": None, "high": 0.1}, digits=2)
    ['−0.25', '–', '0.10']
    """
    read = factor(value) if kind == "factor" else value or {}
    write = percent if kind == "figure_share" else _with_minus
    return [write(read.get(key), digits) for key in ("value", "low", "high")]


def _with_minus(value: float | None, digits: int) -> str:
    return signed(value, digits) if value is not None and value < 0 else number(value, digits)


def _p_value(value: float | None, _: int) -> str:
    return local(value, "p")


_WRITERS: Mapping[str, Callable[[Any, int], str]] = {
    "share": percent,
    "number": _with_minus,
    "p_value": _p_value,
    "count": _count,
    "plain": _significant,
}


def figure(value: Mapping[str, Any] | None, kind: Kind = "figure", digits: int = 3) -> Markup:
    """A figure and its interval; a dash where it is not defined."""
    middle, low, high = texts(value, kind, digits)
    if EMPTY in {low, high}:
        return Markup.escape(middle)
    return Markup('{} <span class="ci">{} \N{EN DASH} {}</span>').format(middle, low, high)


def whisker(value: Mapping[str, Any], span: tuple[float, float, float]) -> Markup:
    """The figure as a dot on its interval, on a line from span[0] to span[1] with a mark at span[2].

    >>> whisker({"value": None, "low": None, "high": None}, (0, 1, 0.5))
    Markup('–')
    """
    if value.get("value") is None:
        return Markup.escape(EMPTY)
    low, middle, high = (
        _place(value["value"] if value.get(key) is None else value[key], span)
        for key in ("low", "value", "high")
    )
    return Markup(
        '<span class="whisker"><i class="mark" style="left:{:.1f}%"></i>'
        '<i class="range" style="left:{:.1f}%;width:{:.1f}%"></i><i class="dot" style="left:{:.1f}%"></i></span>'
    ).format(_place(span[2], span), low, high - low, middle)


def _place(value: float, span: tuple[float, float, float]) -> float:
    """Where a value lies between the ends, in per cent; what lies outside is drawn at the end.

    >>> _place(0.75, (0.5, 1.0, 0.5)), _place(7.0, (0.5, 1.0, 0.5))
    (50.0, 100.0)
    """
    return min(max((value - span[0]) / (span[1] - span[0]), 0.0), 1.0) * 100.0


def _bar(share: float) -> Markup:
    return Markup('<span class="bar" style="width:{:.1f}%"></span>').format(
        100.0 * min(max(share, 0.0), 1.0)
    )
