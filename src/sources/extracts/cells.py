"""Cells of an Excel sheet that a reader of values passes over: errors, and formulas whose value was never stored."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from contracts.errors import SourceError

ZIPPED = (".xlsx", ".xlsm")
"""Formats whose sheets are text; of the others only values can be read."""

_P = rb"(?:\w+:)?"
_ERROR = re.compile(
    rb"<" + _P + rb'c\b([^>]*\bt="e"[^>]*)>.*?(?:<' + _P + rb"v>([^<]*)</|</" + _P + rb"c>)",
    re.DOTALL,
)
_FORMULA = re.compile(
    rb"<" + _P + rb"c\b([^>]*)>\s*<" + _P + rb"f\b(?:[^>]*/>|[^>]*>[^<]*</" + _P + rb"f>)\s*"
    rb"(<" + _P + rb"v\s*/>|<" + _P + rb"v>\s*</" + _P + rb"v>)?\s*</" + _P + rb"c>"
)
_PLACE = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Odd:
    """A cell without a value of its own: where it is (empty if the file does not say), and what it shows."""

    place: str
    shows: str


def odd_cells(path: Path, sheet: str) -> Iterator[Odd]:
    """Cells of a sheet that hold an error (`#N/A`, `#REF!` ...), and formulas without a stored value (shown as `=`)."""
    with zipfile.ZipFile(path) as book:
        part = _part(book, sheet)
        content = b"" if part is None else book.read(part)
    for found in _ERROR.finditer(content):
        yield Odd(_place(found[1]), (found[2] or b"#").decode("utf-8", "replace").strip())
    for found in _FORMULA.finditer(content):
        if not (found[2] and b't="str"' in found[1]):  # a formula may give an empty text
            yield Odd(_place(found[1]), "=")


def _place(attributes: bytes) -> str:
    found = _PLACE.search(attributes)
    return found[1].decode() if found else ""


def _part(book: zipfile.ZipFile, sheet: str) -> str | None:
    """The file of a sheet within the book; None where the book does not name it."""
    names = set(book.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    sheets = ET.fromstring(book.read("xl/workbook.xml")).iter()  # noqa: S314 - expat refuses entities that multiply
    key = next((one.get(_RELATION) for one in sheets if one.get("name") == sheet and one.get(_RELATION)), None)  # fmt: skip
    relations = ET.fromstring(book.read("xl/_rels/workbook.xml.rels")).iter()  # noqa: S314 - as above
    target = next((one.get("Target", "") for one in relations if one.get("Id") == key), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in names else None


def refuse_odd_cells(path: Path, sheet: str, null_values: Sequence[str], where: str) -> None:
    """Raises SourceError where a cell holds an error that `null_values` does not name, or a formula without its value."""
    odd = [one for one in odd_cells(path, sheet) if one.shows not in null_values]
    if not odd:
        return
    shown = ", ".join(f"{one.place or 'a cell'} {one.shows}" for one in odd[:5])
    is_formula = all(one.shows == "=" for one in odd)
    raise SourceError(
        f"{len(odd)} formulas of the sheet are stored without their values."
        if is_formula
        else f"{len(odd)} cells of the sheet hold an error, or a formula without its value.",
        where=f"{where}, sheet {sheet}",
        value=shown + (" ..." if len(odd) > 5 else ""),
        next_step="Open the file in a spreadsheet program and save it: that stores the values."
        if is_formula
        else "Correct them in the file; where an error stands for `none`, name it: "
        f'`null_values: ["{next(one.shows for one in odd if one.shows != "=")}"]`.',
    )
