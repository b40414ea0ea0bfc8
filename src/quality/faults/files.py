"""Faults of files: what an export, a transfer or a spreadsheet does to the extract."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from contracts.files import whole_file
from contracts.tables.raw import RAW_TABLES
from contracts.tables.spec import Kind, Table
from quality.faults.extract import DELIMITER
from quality.faults.fault import file_fault
from quality.faults.sql import everywhere, money_columns

_UNREADABLE = "SourceError"
_NO_TABLE = "ContractError"
_WITH_MONEY = tuple(name for name, table in RAW_TABLES.items() if money_columns(table))
_WITH_DAYS = tuple(
    name for name, table in RAW_TABLES.items() if any(one.kind is Kind.DAY for one in table.columns)
)
_ENCODING = "cp1252"
_BLOCK = 1 << 20

Cells = list[str]


def _rewrite(
    path: Path,
    change: Callable[[Iterator[Cells]], Iterable[Cells]],
    *,
    delimiter: str = DELIMITER,
    encoding: str = "utf-8",
) -> Path:
    """Rewrites a CSV row by row; `change` sees the header first."""
    with (
        path.open(encoding="utf-8", newline="") as old,
        whole_file(path) as partial,
        partial.open("w", encoding=encoding, newline="", errors="replace") as new,
    ):
        rows = csv.reader(old, delimiter=DELIMITER)
        csv.writer(new, delimiter=delimiter, lineterminator="\n").writerows(change(rows))
    return path


def _with_cells(path: Path, names: Iterable[str], change: Callable[[str], str]) -> Path:
    """Rewrites the filled cells of some columns."""

    def changed(rows: Iterator[Cells]) -> Iterator[Cells]:
        header = next(rows)
        places = [header.index(name) for name in names]
        yield header
        for cells in rows:
            for place in places:
                cells[place] = change(cells[place]) if cells[place] else ""
            yield cells

    return _rewrite(path, changed)


@file_fault(
    everywhere(_UNREADABLE),
    en="A column has another name than last time",
    zh="列名与上次不同",
    note="the last column gets `_new` at its end",
)
def column_renamed(path: Path, _table: Table) -> Path:
    """The ERP was upgraded."""

    def changed(rows: Iterator[Cells]) -> Iterator[Cells]:
        header = next(rows)
        yield [*header[:-1], f"{header[-1]}_new"]
        yield from rows

    return _rewrite(path, changed)


@file_fault(
    everywhere(_UNREADABLE, _WITH_MONEY),
    en="Money is written with a decimal comma",
    zh="金额使用小数逗号",
    note="1.234,56 for 1234.56",
)
def decimal_comma(path: Path, table: Table) -> Path:
    """The export ran under another language."""
    return _with_cells(path, money_columns(table), printed_amount)


def printed_amount(amount: str) -> str:
    """An amount as it is printed in most of Europe.

    >>> printed_amount("-1234567.8")
    '-1.234.567,80'
    """
    return f"{Decimal(amount):,.2f}".translate(str.maketrans(",.", ".,"))


@file_fault(
    everywhere(_UNREADABLE, _WITH_DAYS),
    en="Dates are written day first",
    zh="日期以日在前的格式书写",
    note="31.01.2024 for 2024-01-31",
)
def dates_as_printed(path: Path, table: Table) -> Path:
    """The export ran under another language."""
    names = [column.name for column in table.columns if column.kind is Kind.DAY]
    return _with_cells(path, names, lambda day: f"{date.fromisoformat(day):%d.%m.%Y}")


@file_fault(
    everywhere(_UNREADABLE),
    en="The columns are separated by another sign",
    zh="列分隔符不同",
    note="a comma where the yaml says a semicolon",
)
def wrong_delimiter(path: Path, _table: Table) -> Path:
    """The file was saved again by a spreadsheet."""
    return _rewrite(path, lambda rows: rows, delimiter=",")


@file_fault(
    {"customers": _UNREADABLE},
    en="The file is in another encoding than the yaml says",
    zh="文件编码与配置不符",
    note="Windows-1252 where UTF-8 is expected; where no name has a letter outside ASCII, the first is given one",
)
def wrong_encoding(path: Path, _table: Table) -> Path:
    """The file was saved again by an old program."""

    def changed(rows: Iterator[Cells]) -> Iterator[Cells]:
        header = next(rows)
        yield header
        place = header.index("name")
        for number, cells in enumerate(rows):
            if number == 0:
                cells[place] += " Süd"
            yield cells

    return _rewrite(path, changed, encoding=_ENCODING)


@file_fault(
    everywhere(_UNREADABLE),
    en="The file ends in the middle of a row",
    zh="文件在某行中间被截断",
    note="cut in the middle of the row that the middle of the file is in",
)
def cut_in_half(path: Path, _table: Table) -> Path:
    """The transfer broke off, or the disk was full."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(size // 2)
        file.readline()
        start = file.tell()
        line = file.readline()
    fields = line.split(DELIMITER.encode())
    # Between the first and the last separator: a cut inside the last field could pass for a shorter value.
    kept = start + len(DELIMITER.encode().join(fields[: max(len(fields) // 2, 1)]))
    with path.open("r+b") as file:
        file.truncate(kept)
    return path


@file_fault(
    everywhere(_UNREADABLE),
    en="The compressed file is cut in half",
    zh="压缩文件被截断",
    note="the first half of the bytes of `<table>.csv.gz`",
)
def gzip_cut_in_half(path: Path, _table: Table) -> Path:
    """The transfer broke off."""
    packed = path.with_name(f"{path.name}.gz")
    # No name and no time in the header: the same table gives the same bytes.
    with path.open("rb") as plain, packed.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:  # fmt: skip
        while block := plain.read(_BLOCK):
            file.write(block)
    with packed.open("r+b") as cut:
        cut.truncate(packed.stat().st_size // 2)
    path.unlink()
    return packed


@file_fault(
    everywhere(_UNREADABLE),
    en="The line with the names of the columns is missing",
    zh="缺少表头行",
    note="the first line is gone",
)
def header_missing(path: Path, _table: Table) -> Path:
    """The export was set to data only."""

    def changed(rows: Iterator[Cells]) -> Iterator[Cells]:
        next(rows)
        return rows

    return _rewrite(path, changed)


@file_fault(
    everywhere(_NO_TABLE),
    en="The file has a header and no rows",
    zh="文件只有表头没有数据",
    note="all lines but the first are gone",
)
def rows_missing(path: Path, _table: Table) -> Path:
    """The export was filtered by a date that is not there yet."""
    return _rewrite(path, lambda rows: [next(rows)])


@file_fault(
    everywhere(_UNREADABLE),
    en="The file is empty",
    zh="文件为空",
    note="no byte is left",
)
def empty_file(path: Path, _table: Table) -> Path:
    """The export failed and left its file behind."""
    path.write_bytes(b"")
    return path


@file_fault(
    everywhere(_UNREADABLE),
    en="The file was not delivered",
    zh="文件未交付",
    note="there is no such file",
)
def file_absent(path: Path, _table: Table) -> Path:
    """The export did not run."""
    path.unlink()
    return path
