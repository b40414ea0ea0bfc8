"""A sheet of an Excel file as a table: one type a column, text where a column mixes types."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from contracts.config.source import SourceFile
from contracts.errors import SourceError
from sources.extracts.cells import ZIPPED, refuse_odd_cells
from sources.names import check_names, near

_EXACT = 2**53
"""Excel's numbers are floating point: whole ones are exact up to here."""


def write_sheet(path: Path, file: SourceFile, copy: Path, where: str) -> None:
    """Rewrites one sheet as Parquet; the sheet is held in memory (Excel ends at 1,048,576 rows).

    A column of whole numbers becomes integers, other numbers DOUBLE, dates days (timestamps where one has a time
    of day); a column that mixes types becomes text, and so does what Excel stores as text, such as 00123.

    Raises:
        SourceError: the file is cut, protected or no Excel file, there is no such sheet, a name is repeated, a cell holds an
            error or a formula without its value, or a column of days holds a nought.
    """
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            sheet = _sheet(book, file, where)
            rows = sheet.to_python(skip_empty_area=False)
        if path.suffix.lower() in ZIPPED:
            refuse_odd_cells(path, sheet.name, file.null_values, where)
    except (CalamineError, zipfile.BadZipFile, OSError) as error:
        raise SourceError(
            "The Excel file cannot be read.",
            where=where,
            value=str(error),
            next_step="Deliver it again, whole, without a password, saved as .xlsx.",
        ) from error
    names, body = _table(rows, file.header_row, where)
    columns = list(zip(*body, strict=True)) or [()] * len(names)
    none = frozenset({"", *file.null_values})
    cells = [[None if _is_none(one, none) else one for one in values] for values in columns]
    for name, values in zip(names, cells, strict=True):
        _refuse_day_nought(name, values, where)
    arrays = [_array(values) for values in cells]
    pq.write_table(pa.table(arrays, names=names), copy)


def _is_none(value: Any, none: frozenset[str]) -> bool:
    if value is None or (isinstance(value, str) and value in none):
        return True
    return "0" in none and value == dt.time()


def _refuse_day_nought(name: str, values: Iterable[Any], where: str) -> None:
    """Raises SourceError where a column of days has a nought among them, which Excel shows as 1900-01-00."""
    kinds = {type(one) for one in values}
    if dt.time in kinds and kinds & {dt.date, dt.datetime} and dt.time() in values:
        raise SourceError(
            f"The column {name} has days, and a nought formatted as one.",
            where=where,
            value="0, which Excel shows as 00.01.1900",
            next_step='Empty the cell, or say that it means none: `null_values: ["0"]` of the file.',
        )


def _sheet(book: CalamineWorkbook, file: SourceFile, where: str) -> CalamineSheet:
    names = list(book.sheet_names)
    wanted: str | int = 1 if file.sheet is None else file.sheet
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        wanted = names[wanted - 1]
    if wanted in names:
        return book.get_sheet_by_name(str(wanted))
    raise SourceError(
        f"The Excel file has no sheet {wanted!r}.",
        where=f"{where} > sheet",
        next_step=near(str(wanted), names, "Sheets")
        + " Give a name, or a position counted from 1.",
    )


def _table(rows: list[list[Any]], header_row: int, where: str) -> tuple[list[str], list[list[Any]]]:
    """Names and values below the header, without rows and columns that are empty throughout."""
    header = rows[header_row - 1] if len(rows) >= header_row else []
    names = [str(_plain(one)).strip() for one in header]
    if not any(names):
        raise SourceError(
            f"Row {header_row} of the sheet holds no column names.",
            where=where,
            next_step="Set `header_row` to the row that does, counted from 1.",
        )
    body = rows[header_row:]
    # As the engine calls a nameless column of a CSV: by its place, counted from 0.
    named = [
        name
        or (f"column{position}" if any(row[position] not in {"", None} for row in body) else "")
        for position, name in enumerate(names)
    ]
    used = [position for position, name in enumerate(named) if name]
    names = [named[position] for position in used]
    check_names(names, where)
    kept = [[row[position] for position in used] for row in body]
    return names, [row for row in kept if any(one not in {"", None} for one in row)]


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _array(values: Iterable[Any]) -> pa.Array:
    cells = list(values)
    kinds = {type(one) for one in cells if one is not None}
    if not kinds:
        return pa.array(cells, pa.string())
    if kinds <= {int, float}:
        whole = all(one is None or (float(one).is_integer() and abs(one) < _EXACT) for one in cells)
        return pa.array([_plain(one) for one in cells], pa.int64()) if whole else pa.array(
            [None if one is None else float(one) for one in cells], pa.float64()
        )  # fmt: skip
    if kinds <= {dt.date, dt.datetime}:
        return _days(cells)
    if kinds in ({bool}, {str}):
        return pa.array(cells)
    return pa.array([None if one is None else _text(one) for one in cells], pa.string())


def _days(cells: list[Any]) -> pa.Array:
    moments = [
        one
        if one is None or isinstance(one, dt.datetime)
        else dt.datetime(one.year, one.month, one.day)  # noqa: DTZ001 - Excel knows no time zone
        for one in cells
    ]
    if all(one is None or one.time() == dt.time() for one in moments):
        return pa.array([None if one is None else one.date() for one in moments], pa.date32())
    return pa.array(moments, pa.timestamp("us"))


def _text(value: Any) -> str:
    """As a person would write it: 123 for 123.0, 2024-01-31 for a day."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(_plain(value))
