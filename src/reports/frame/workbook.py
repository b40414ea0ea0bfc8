"""Tables as an Excel file: one sheet per table, numbers as numbers, texts as texts, so that no name can be run as a formula."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from reports.frame.grid import DRAWN, Column, Kind, Pair, Table, kind_of

MADE = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Creation date of every file, so that the same document gives the same bytes; Excel knows no time zone."""
LONGEST_CELL = 32_767
NARROWEST, WIDEST = 10, 60
FIGURES = frozenset({"figure", "figure_share"})
ENDS = ("value", "low", "high")
NUMBER_FORMATS: Mapping[str, str] = {
    "share": "0.00%",
    "figure_share": "0.00%",
    "count": "#,##0",
    "grade": "0",
    "number": "0.0000",
    "p_value": "0.0000",
    "figure": "0.0000",
    "plain": "General",
}
Headings = Callable[[Pair, str], Pair]
"""The heading of a figure's column and one of `ENDS` to the heading of that end."""


@dataclass(frozen=True, slots=True)
class _Formats:
    """How headings, notes, texts and numbers look."""

    head: Any
    note: Any
    text: Any
    numbers: Mapping[str, Any]


def one_heading(title: Pair, end: str) -> Pair:
    """For tables without figures, or whose ends need no words of their own."""
    return title if end == "value" else (f"{title[0]} ({end})", f"{title[1]} ({end})")


def workbook(tables: Sequence[Table], title: str, headings: Headings = one_heading) -> bytes:
    """The file. Equal tables give equal bytes.

    Args:
        tables: one sheet each.
        title: of the file.
        headings: of the ends of figures.
    """
    buffer = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"created": MADE, "author": "", "title": title})
        formats = _Formats(
            head=book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}),
            note=book.add_format({"bold": True}),
            text=book.add_format({"text_wrap": True, "valign": "top"}),
            numbers={
                kind: book.add_format({"num_format": given, "valign": "top"})
                for kind, given in NUMBER_FORMATS.items()
            },
        )
        for table in tables:
            _write(book.add_worksheet(table.name[0]), table, formats, headings)
    return buffer.getvalue()


def _write(sheet: Any, table: Table, formats: _Formats, headings: Headings) -> None:
    """What is to be known first, a frozen row of headings, then the rows; where there are none, the reason."""
    cells = list(_cells(table, headings))
    for line, told in enumerate(table.notes):
        sheet.write_string(line, 0, told, formats.note)
    top = len(table.notes)
    for place, (title, _) in enumerate(cells):
        sheet.write_string(top, place, title, formats.head)
        sheet.set_column(place, place, _width(title, [value for value, _ in cells[place][1]]))
    sheet.freeze_panes(top + 1, 0)
    if not table.rows:
        sheet.write_string(top + 1, 0, " ".join(table.absent), formats.text)
        return
    for place, (_, column) in enumerate(cells):
        for line, (value, kind) in enumerate(column, start=top + 1):
            if isinstance(value, str):
                sheet.write_string(line, place, value[:LONGEST_CELL], formats.text)
            elif value is not None:
                sheet.write_number(line, place, value, formats.numbers[kind])
    sheet.autofilter(top, 0, top + len(table.rows), len(cells) - 1)


Cells = tuple[str, list[tuple[float | str | None, Kind]]]


def _cells(table: Table, headings: Headings) -> Iterator[Cells]:
    """The sheet's columns: heading, and value and kind of each cell. A pair of texts takes two columns, a figure three."""
    for column in table.columns:
        if column.kind in DRAWN:
            continue
        if column.kind in FIGURES:
            yield from (_figures(table, column, end, headings) for end in ENDS)
        elif column.kind in {"words", "named", "badge"}:
            yield from (_texts(table, column, side) for side in (0, 1))
        else:
            kinds = [kind_of(column, row)[0] for row in table.rows]
            values = [_plain(row.get(column.key), column.kind) for row in table.rows]
            yield "\n".join(column.title), list(zip(values, kinds, strict=True))


def _plain(value: Any, kind: Kind) -> float | str | None:
    if value is None:
        return None
    return str(value) if kind in {"data", "code", "day"} else _finite(value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _figures(table: Table, column: Column, end: str, headings: Headings) -> Cells:
    """One of value, low and high; a plain number has no ends."""
    cells: list[tuple[float | str | None, Kind]] = []
    for row in table.rows:
        kind = kind_of(column, row)[0]
        value = row.get(column.key)
        if not isinstance(value, Mapping):
            value = {"value": value}
        cells.append((value.get(end), kind))
    return "\n".join(headings(column.title, end)), cells


def _texts(table: Table, column: Column, side: int) -> Cells:
    """The English or the Chinese text; a name of the user's is the same in both."""
    cells: list[tuple[float | str | None, Kind]] = []
    for row in table.rows:
        value = row.get(column.key)
        if column.kind == "badge" and value is not None:
            value = value[1]
        cells.append((value if value is None or isinstance(value, str) else value[side], "words"))
    return column.title[side], cells


def _width(title: str, values: list[float | str | None]) -> int:
    """Characters the widest text needs, within limits; Chinese signs are two wide.

    >>> _width("Customers", ["x" * 200]), _width("n", [1.0])
    (60, 10)
    """
    texts = [*title.split("\n"), *(value for value in values if isinstance(value, str))]
    widest = max(sum(2 if ord(sign) > 0x2E80 else 1 for sign in text) for text in texts)
    return min(max(widest + 2, NARROWEST), WIDEST)
