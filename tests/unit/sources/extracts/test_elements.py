"""XML documents as tables: a row per element, a column per path, and nothing a document declares is believed."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.source import FilesSource
from contracts.duck import connect
from contracts.errors import BonitasError, ConfigError, SourceError
from sources.extracts.elements import without_values
from sources.extracts.files import open_files

UNTIL = date(2024, 12, 31)
BOOK = """<?xml version="1.0"?>
<b:book xmlns:b="urn:book:1" xmlns="urn:rows:2">
  <b:id>B1</b:id>
  <row kind="in"><amount ccy="EUR">1234.50</amount><day>2024-01-31</day><number>007</number></row>
  <row><amount ccy="USD"> 2 </amount><note>a</note><note>b &amp; c</note></row>
  <other><row><amount>9.125</amount><day/></row></other>
</b:book>
"""
COLUMNS = {"amount": "amount", "day": "day", "number": "number"}


def opened(connection: duckdb.DuckDBPyConnection, folder: Path, **options: Any) -> FilesSource:
    values = {"path": "*.xml", "rows": "row", "columns": COLUMNS, **options}
    source = FilesSource.model_validate(
        {"kind": "files", "folder": str(folder), "files": {"extract": values}}
    )
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    open_files(connection, source, UNTIL, scratch)
    return source


def read(folder: Path, **options: Any) -> list[tuple[Any, ...]]:
    with connect(EngineConfig(threads=1)) as connection:
        opened(connection, folder, **options)
        return connection.sql("SELECT * FROM extract").fetchall()


def error(folder: Path, **options: Any) -> BonitasError:
    with pytest.raises(BonitasError) as caught:
        read(folder, **options)
    return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.xml").write_text(BOOK, encoding="utf-8")
    return tmp_path


def test_types_are_decided_on_all_rows_and_text_stays_text(folder: Path) -> None:
    assert read(folder) == [
        (Decimal("1234.500"), date(2024, 1, 31), "007"),
        (Decimal("2.000"), None, None),
        (Decimal("9.125"), None, None),
    ]
    assert read(folder, all_text=True)[1] == ("2", None, None)


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("@kind", ["in", None, None]),
        ("./amount/@ccy", ["EUR", "USD", None]),
        ("../id", ["B1", "B1", None]),  # the third row's parent is another
        ("../../id", [None, None, "B1"]),
        ("../../../../id", [None, None, None]),
        ("position()", [1, 2, 1]),
        ("../name()", ["book", "book", "other"]),
        ("file()", ["a.xml", "a.xml", "a.xml"]),
        ("day | number | ../id", ["2024-01-31", "B1", None]),
        ("note[]", [None, ["a", "b & c"], None]),
        ("nowhere | note[]", [None, ["a", "b & c"], None]),
    ],
)
def test_where_a_path_leads(folder: Path, path: str, values: list[Any]) -> None:
    assert [row[0] for row in read(folder, columns={"x": path})] == values


def test_rows_are_told_by_the_end_of_their_path(folder: Path) -> None:
    assert len(read(folder, rows="other/row")) == 1
    assert len(read(folder, rows="book/row")) == 2
    assert len(read(folder, rows="book/row | other")) == 3
    assert len(read(folder, rows="b/row | other")) == 1


def test_several_documents_are_one_table(folder: Path) -> None:
    (folder / "a.xml.gz").write_bytes(gzip.compress(BOOK.encode("utf-16")))
    (folder / "b.xml.gz").write_bytes(gzip.compress(BOOK.replace("1234.50", "abc").encode()))
    rows = read(folder, path="*.xml.gz", columns={"file": "file()", "amount": "amount"})
    assert [row[0] for row in rows] == ["a.xml.gz"] * 3 + ["b.xml.gz"] * 3
    # one text makes the column text, in every document
    assert (rows[0][1], rows[3][1]) == ("1234.50", "abc")


def test_many_documents_are_written_in_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.extracts.elements._BATCH", 4)
    for number in range(5):
        (folder / f"b{number}.xml").write_text(f"{BOOK}<!-- {number} -->", encoding="utf-8")
    assert len(read(folder)) == 18


def test_a_text_that_repeats_stops_with_both(folder: Path) -> None:
    found = error(folder, columns={"note": "note"})
    assert isinstance(found, SourceError)
    assert "a.xml" in found.where and "row 2" in found.where  # noqa: PT018
    assert "a, b & c" in str(found.value)
    assert "note[]" in found.next_step


def test_null_values_mean_none(folder: Path) -> None:
    assert read(folder, null_values=["007"], columns={"x": "number"}) == [(None,)] * 3


def test_a_path_that_finds_nothing_is_said(folder: Path) -> None:
    with connect(EngineConfig(threads=1)) as connection:
        source = opened(connection, folder, columns={"amount": "amount", "day": "dya"})
        assert without_values(connection, source.files) == ["extract: nothing found at dya (day)"]


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY x "9"><!ENTITY y "&x;&x;&x;">]><a><row><amount>&y;</amount></row></a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]><a><row><amount>&x;</amount></row></a>',
        '<!DOCTYPE a SYSTEM "{secret}"><a><row><amount>1</amount></row></a>',
        "<!DOCTYPE a><a><row><amount>1</amount></row></a>",
    ],
)
def test_a_document_that_declares_something_is_refused(tmp_path: Path, text: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("42")
    (tmp_path / "a.xml").write_text(text.replace("{secret}", secret.as_uri()), encoding="utf-8")
    found = error(tmp_path)
    assert "DOCTYPE" in found.what
    assert "42" not in str(found)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (BOOK[:-20].encode(), "no whole XML document"),
        (b"", "no whole XML document"),
        (b"<a><row><amount>&nbsp;</amount></row></a>", "no whole XML document"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "no whole XML document"),
        (b"<a>\xff</a>", "no whole XML document"),
        (b"<a/>", "No document has an element row"),
    ],
)
def test_what_is_no_document_is_named(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.xml").write_bytes(content)
    found = error(tmp_path)
    assert what in found.what
    assert str(tmp_path) in found.where or "rows" in found.where


def test_encodings_are_those_the_document_states(tmp_path: Path) -> None:
    for name, encoding in (("a", "cp1252"), ("b", "iso-8859-15"), ("c", "utf-8")):
        text = (
            f'<?xml version="1.0" encoding="{encoding}"?><a><row><amount>Müller</amount></row></a>'
        )
        (tmp_path / f"{name}.xml").write_bytes(text.encode(encoding))
    assert {row[0] for row in read(tmp_path)} == {"Müller"}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"rows": None}, "needs `rows`"),
        ({"columns": {}}, "needs `columns`"),
        ({"encoding": "cp1252"}, "`encoding` goes with CSV and JSON lines, not with XML"),
        ({"delimiter": ";"}, "`delimiter` goes with CSV, not with XML"),
        ({"decimal_separator": ","}, "`decimal_separator` goes with CSV, not with XML"),
        ({"header_row": 2}, "`header_row` goes with CSV and Excel, not with XML"),
        ({"path": "a.csv"}, "goes with XML, not with CSV"),
        ({"path": "a.csv", "rows": None}, "`columns` goes with XML, not with CSV"),
    ],
)
def test_keys_that_do_not_go_together(folder: Path, options: dict[str, Any], what: str) -> None:
    found = error(folder, **options)
    assert isinstance(found, ConfigError)
    assert what in found.what


def test_drops_of_documents(tmp_path: Path) -> None:
    """A statement delivered again replaces its entries; another adds to them."""
    for day, amount in (("2024-01-31", "1"), ("2024-02-29", "2")):
        (tmp_path / day).mkdir()
        (tmp_path / day / "a.xml").write_text(f"<a><row><amount>{amount}</amount><number>N</number></row></a>")  # fmt: skip
        (tmp_path / day / "b.xml").write_text(f"<a><row><amount>{amount}</amount><number>{day}</number></row></a>")  # fmt: skip
    values = {"path": "*.xml", "rows": "row", "columns": COLUMNS, "key": ["number"]}
    source = FilesSource.model_validate(
        {"kind": "files", "folder": str(tmp_path), "drops": True, "files": {"extract": values}}
    )
    scratch = tmp_path / "_scratch"
    scratch.mkdir()
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, source, UNTIL, scratch)
        rows = connection.sql("SELECT number, amount, delivered_on FROM extract ORDER BY ALL").fetchall()  # fmt: skip
    assert rows == [
        ("2024-01-31", 1, date(2024, 1, 31)),
        ("2024-02-29", 2, date(2024, 2, 29)),
        ("N", 2, date(2024, 2, 29)),
    ]
