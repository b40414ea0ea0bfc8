"""Excel files: types of columns, sheets and header rows, and files that are cut or odd."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.config.source import SourceFile
from contracts.errors import SourceError
from sources.extracts.sheets import write_sheet
from tests.ingest_sheets import write_xlsx

DAY = dt.date(2024, 1, 31)
NOON = dt.datetime.fromisoformat("2024-01-31T12:30")
MIDNIGHT = dt.datetime.fromisoformat("2024-02-01")
ROWS: list[list[Any]] = [
    ["id", "no", "amount", "paid", "booked", "mixed", "open", "empty", "remark"],
    ["00123", 7, 100.1, DAY, NOON, 7, True, None, "x"],
    ["00124", 8, 200, DAY, MIDNIGHT, "A-8", False, None, None],
    [None, None, None, None, None, None, None, None, None],
    ["00125", None, 0.3, None, None, DAY, None, None, ""],
]


def read(folder: Path, rows: dict[str, Any] | None = None, **options: Any) -> pa.Table:
    write_xlsx(folder / "a.xlsx", rows or {"Items": ROWS})
    file = SourceFile.model_validate({"path": "a.xlsx", **options})
    write_sheet(folder / "a.xlsx", file, folder / "a.parquet", "a.xlsx (source > files > items)")
    return pq.read_table(folder / "a.parquet")


def fails(folder: Path, rows: dict[str, Any] | None = None, **options: Any) -> str:
    with pytest.raises(SourceError) as error:
        read(folder, rows, **options)
    return str(error.value)


def test_a_column_has_the_type_of_all_its_cells(tmp_path: Path) -> None:
    table = read(tmp_path)
    assert {one.name: str(one.type) for one in table.schema} == {
        "id": "string", "no": "int64", "amount": "double", "paid": "date32[day]", "booked": "timestamp[us]",
        "mixed": "string", "open": "bool", "empty": "string", "remark": "string",
    }  # fmt: skip
    assert table.num_rows == 3  # the empty row is none
    assert table["id"].to_pylist() == ["00123", "00124", "00125"]
    assert table["mixed"].to_pylist() == ["7", "A-8", "2024-01-31"]
    assert table["paid"].to_pylist() == [DAY, DAY, None]
    assert table["booked"].to_pylist()[0] == NOON
    assert table["amount"].to_pylist() == [100.1, 200.0, 0.3]


def test_a_sheet_is_chosen_by_name_or_position(tmp_path: Path) -> None:
    book = {"Info": [["about"], ["x"]], "Items 2024": ROWS}
    assert read(tmp_path, book).column_names == ["about"]
    for sheet in (2, "Items 2024"):
        assert read(tmp_path, book, sheet=sheet).column_names == ROWS[0]
    message = fails(tmp_path, book, sheet="Items 2042")
    assert "The Excel file has no sheet 'Items 2042'." in message
    assert "Did you mean 'Items 2024'? Sheets: Info, Items 2024." in message
    assert "no sheet 3" in fails(tmp_path, book, sheet=3)
    assert "no sheet 0" in fails(tmp_path, book, sheet=0)


def test_the_header_may_stand_below_a_title(tmp_path: Path) -> None:
    rows = [["Open items on 31.01.2024"], [None], *ROWS]
    assert read(tmp_path, {"a": rows}, header_row=3).to_pylist() == read(tmp_path).to_pylist()
    assert "Two columns are called" not in fails(tmp_path, {"a": rows}, header_row=2)
    assert "Row 9 of the sheet holds no column names." in fails(tmp_path, {"a": rows}, header_row=9)


def test_columns_without_or_with_the_same_name(tmp_path: Path) -> None:
    assert "Two columns are called a." in fails(tmp_path, {"a": [["a", "A"], [1, 2]]})
    assert read(tmp_path, {"a": [[None, "a"], [1, 2]]}).to_pylist() == [{"column0": 1, "a": 2}]
    assert read(tmp_path, {"a": [["a", None, "b"], [1, None, 2]]}).to_pylist() == [{"a": 1, "b": 2}]


def test_a_sheet_without_rows_has_its_columns(tmp_path: Path) -> None:
    assert read(tmp_path, {"a": [["a", "b"]]}).column_names == ["a", "b"]


@pytest.mark.parametrize("content", [0.5, 0.9, b"not excel", b""])
def test_a_cut_or_odd_file_is_an_error(tmp_path: Path, content: float | bytes) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"Items": ROWS})
    whole = (tmp_path / "a.xlsx").read_bytes()
    cut = content if isinstance(content, bytes) else whole[: int(len(whole) * content)]
    (tmp_path / "a.xlsx").write_bytes(cut)
    with pytest.raises(SourceError) as error:
        write_sheet(tmp_path / "a.xlsx", SourceFile(path="a.xlsx"), tmp_path / "x", "a.xlsx")
    assert "The Excel file cannot be read." in str(error.value)
    assert "Deliver it again" in str(error.value)


def tampered(folder: Path, *changes: tuple[str, str]) -> Path:
    """A sheet of amounts and days in which some cells are as Excel, or a report generator, stores them."""
    path = folder / "a.xlsx"
    write_xlsx(path, {"Info": [["x"]], "Items": [["amount", "paid"], [17, DAY], [18, MIDNIGHT]]})
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    for old, new in changes:
        assert old in parts["xl/worksheets/sheet2.xml"]
        parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet2.xml"].replace(old, new)
    with zipfile.ZipFile(path, "w") as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return path


def written(folder: Path, **options: Any) -> list[dict[str, Any]]:
    file = SourceFile.model_validate({"path": "a.xlsx", "sheet": "Items", **options})
    write_sheet(folder / "a.xlsx", file, folder / "a.parquet", "a.xlsx (source > files > items)")
    return pq.read_table(folder / "a.parquet").to_pylist()


def test_an_error_cell_is_named_or_declared_missing(tmp_path: Path) -> None:
    tampered(tmp_path, ("<c><v>17</v></c>", '<c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'))
    with pytest.raises(SourceError) as error:
        written(tmp_path)
    assert "1 cells of the sheet hold an error" in str(error.value)
    assert "value: A2 #DIV/0!" in str(error.value)
    assert 'null_values: ["#DIV/0!"]' in str(error.value)
    assert written(tmp_path, null_values=["#DIV/0!"])[0]["amount"] is None


def test_a_formula_without_its_value_is_named(tmp_path: Path) -> None:
    """It would be read as nought or as missing: nobody has computed it yet."""
    tampered(tmp_path, ("<c><v>17</v></c>", '<c r="A2"><f>SUM(B1:B2)</f></c>'))
    with pytest.raises(SourceError) as error:
        written(tmp_path)
    assert "formulas of the sheet are stored without their values" in str(error.value)
    assert "value: A2 =" in str(error.value)
    tampered(tmp_path, ("<c><v>17</v></c>", '<c r="A2"><f>16+1</f><v>17</v></c>'),
             ("<c><v>18</v></c>", '<c r="A3" t="str"><f>""</f><v></v></c>'))  # fmt: skip
    assert [one["amount"] for one in written(tmp_path)] == [17, None]


def test_a_nought_among_days_is_named_or_declared_missing(tmp_path: Path) -> None:
    serial = (MIDNIGHT - dt.datetime(1899, 12, 30)) / dt.timedelta(days=1)  # noqa: DTZ001 - as Excel counts
    tampered(tmp_path, (f"<v>{serial!r}</v>", "<v>0</v>"))
    with pytest.raises(SourceError) as error:
        written(tmp_path)
    assert "The column paid has days, and a nought formatted as one." in str(error.value)
    assert [one["paid"] for one in written(tmp_path, null_values=["0"])] == [DAY, None]


def test_null_values_of_a_sheet_are_missing(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "a.xlsx", {"Items": [["amount"], [1.5], ["n/a"]]})
    assert [one["amount"] for one in written(tmp_path)] == ["1.5", "n/a"]
    assert [one["amount"] for one in written(tmp_path, null_values=["n/a"])] == [1.5, None]
