"""CSV, JSON lines and Parquet that are cut, ragged, or not what the yaml says: one precise error, never other rows."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.config.engine import EngineConfig
from contracts.duck import connect, readable
from contracts.errors import BonitasError, SourceError
from sources.extracts.files import describe_files, notes, open_files
from tests.unit.sources.extracts.test_files import UNTIL, read, source

HEAD = "doc;client;issued;amount\n"
ROWS = "".join(f"R{n};K{n % 7};2024-01-{n % 28 + 1:02d};{n}.50\n" for n in range(2000))
WHOLE = (HEAD + ROWS).encode()


def message(folder: Path, content: bytes, name: str = "a.csv", **options: Any) -> str:
    (folder / name).write_bytes(content)
    with pytest.raises(SourceError) as error:
        read(folder, name, **options)
    text = str(error.value)
    assert name in text
    assert "source > files > extract" in text
    return text


def test_a_csv_is_read_whole_whatever_the_engine_would_guess(tmp_path: Path) -> None:
    """A stray quote within a field is text; a quoted field may hold a line break, a delimiter and a quote."""
    (tmp_path / "a.csv").write_bytes(WHOLE + b'"R;\n""9";K1;2024-01-01;1.00\n')
    rows = read(tmp_path, "a.csv")
    assert len(rows) == 2001
    assert rows[-1][0] == 'R;\n"9'


@pytest.mark.parametrize("position", [20_013, len(WHOLE) - 12])
def test_a_csv_cut_within_a_row_names_the_line(tmp_path: Path, position: int) -> None:
    text = message(tmp_path, WHOLE[:position])
    line = len(WHOLE[:position].splitlines())
    assert f"Line: {line}" in text
    assert "A row that is cut" in text


def test_a_row_far_down_is_named_with_its_file(tmp_path: Path) -> None:
    """So far down that an engine that looks at a sample has told the types without it."""
    for row, step in (
        ("R9;K1;2024-01-", "A row that is cut"),
        ("R9;K1\n", "A row that is cut"),
    ):
        text = message(tmp_path, (HEAD + ROWS * 20 + row).encode("cp1252"))
        assert f"where: {tmp_path}/a.csv (source > files > extract)" in text
        assert "Line: 40002" in text
        assert "olutions" not in text
        assert step in text


def test_another_encoding_far_down_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes((HEAD + ROWS * 20 + "R9;Ä;2024-01-01;1.50\n").encode("cp1252"))
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, source(tmp_path, "a.csv"), UNTIL, tmp_path)
        with pytest.raises(duckdb.Error) as error:
            connection.sql("SELECT * FROM extract").fetchall()
    text = str(readable(error.value, where="invoices"))
    assert f"where: {tmp_path}/a.csv, read by invoices" in text
    assert "Correct `encoding:`" in text


def test_a_decimal_comma_far_down_makes_the_column_text(tmp_path: Path) -> None:
    """Which no SELECT takes for money: it says what to write."""
    (tmp_path / "a.csv").write_text(HEAD + ROWS * 20 + "R9;K1;2024-01-01;1,50\n", encoding="utf-8")
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, source(tmp_path, "a.csv"), UNTIL, tmp_path)
        assert connection.table("extract").types[2:] == ["DATE", "VARCHAR"]
        with pytest.raises(duckdb.Error) as error:
            connection.sql("SELECT CAST(amount AS DECIMAL(18,2)) FROM extract").fetchall()
    text = str(readable(error.value, where="invoices"))
    assert "It reads like a decimal comma" in text
    assert "money(amount, ',')" in text


def test_a_csv_cut_in_its_last_field_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(WHOLE[:-2])
    assert notes(source(tmp_path, "a.csv"), UNTIL) == ["a.csv ends within a line: it may be cut"]
    (tmp_path / "a.csv").write_bytes(WHOLE)
    assert notes(source(tmp_path, "a.csv"), UNTIL) == []


@pytest.mark.parametrize("where", ["first", "last"])
@pytest.mark.parametrize("row", ["R9;K1;2024-01-01;1;x;y\n", "R9;K1\n"])
def test_a_ragged_row_names_the_line(tmp_path: Path, row: str, where: str) -> None:
    text = message(tmp_path, (HEAD + (row + ROWS if where == "first" else ROWS + row)).encode())
    assert f"Line: {2 if where == 'first' else 2002}" in text
    assert "Expected Number of Columns: 4" in text


def test_a_quote_that_never_ends_is_an_error(tmp_path: Path) -> None:
    assert "quote" in message(tmp_path, WHOLE + b'"R9;K1;2024-01-01;1.00\n').lower()


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_told_from_the_header(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "a.csv").write_text(f"doc{delimiter}name\nR1{delimiter}x\n", encoding="utf-8")
    assert read(tmp_path, "a.csv") == [("R1", "x")]


def test_a_wrong_delimiter_says_which(tmp_path: Path) -> None:
    text = message(tmp_path, WHOLE, delimiter=",")
    assert "The file has a single column when split at ','." in text
    assert "header: doc;client;issued;amount" in text
    assert 'Set `delimiter: ";"`' in text


def test_a_repeated_name_in_the_header(tmp_path: Path) -> None:
    assert "Two columns are called Betrag." in message(tmp_path, b"id;Betrag; betrag\n1;2;3\n")


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + WHOLE)
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, source(tmp_path, "a.csv"), UNTIL, tmp_path)
        assert connection.table("extract").columns == ["doc", "client", "issued", "amount"]


def test_a_header_below_a_title(tmp_path: Path) -> None:
    titled = b"Open items on 31.01.2024\n\n" + WHOLE
    text = message(tmp_path, titled)
    assert "Line 1 of the file is no header" in text
    assert "value: Open items on 31.01.2024" in text
    (tmp_path / "a.csv").write_bytes(titled)
    assert len(read(tmp_path, "a.csv", header_row=3)) == 2000


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_empty_file_is_named(tmp_path: Path, content: bytes) -> None:
    assert "The file is empty." in message(tmp_path, content)


def test_a_gzip_cut_in_its_header_or_body(tmp_path: Path) -> None:
    packed = gzip.compress(WHOLE)
    for size in (15, len(packed) // 2, len(packed) - 4):
        assert "eliver it again" in message(tmp_path, packed[:size], "a.csv.gz")


def test_json_lines_cut_in_a_line(tmp_path: Path) -> None:
    text = message(tmp_path, b'{"a": 1, "b": "x"}\n{"a": 2, "b": "y', "a.jsonl")
    assert "unexpected end of data" in text


def test_a_parquet_cut_anywhere(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": list(range(10_000))}), tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    for size in (0, 3, len(whole) // 2, len(whole) - 1):
        message(tmp_path, whole[:size], "a.parquet")


def test_files_by_a_pattern_are_one_table(tmp_path: Path) -> None:
    for n in (1, 2, 3):
        (tmp_path / f"items_{n}.csv").write_text(
            f"doc,amount{',region' if n == 3 else ''}\nR{n},{n}.5{',x' if n == 3 else ''}\n",
            encoding="utf-8",
        )
    rows = read(tmp_path, "items_*.csv")
    assert rows == [("R1", 1.5, None), ("R2", 2.5, None), ("R3", 3.5, "x")]
    names = [one["path"] for one in describe_files(source(tmp_path, "items_*.csv"), UNTIL)["files"]]
    assert names == ["items_1.csv", "items_2.csv", "items_3.csv"]


def test_a_path_outside_the_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BonitasError, match="not within the source's folder"):
        read(tmp_path, str(tmp_path / "a.csv"))
