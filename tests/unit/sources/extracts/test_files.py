"""Files of an extract: formats, encodings, decimal commas, and files that are absent, cut or strange."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.source import FilesSource, SourceFile
from contracts.duck import connect
from contracts.errors import BonitasError, ConfigError, SourceError
from sources.extracts import formats
from sources.extracts.files import fingerprints, locate, open_files
from sources.extracts.formats import format_of

UNTIL = date(2024, 12, 31)


def source(folder: Path, path: str, **options: Any) -> FilesSource:
    return FilesSource.model_validate(
        {
            "kind": "files",
            "folder": str(folder),
            "folder_variable": "BONITAS_REAL_DATA",
            "files": {"extract": {"path": path, **options}},
        }
    )


def read(folder: Path, path: str, **options: Any) -> list[tuple[Any, ...]]:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, source(folder, path, **options), UNTIL, scratch)
        return connection.sql("SELECT * FROM extract").fetchall()


TEXT = 'name;paid\nMüller;"1.234,50"\n'


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252", "utf-16", "gb18030"])
@pytest.mark.parametrize("ending", [".csv", ".csv.gz"])
def test_text_in_any_encoding_reads_the_same(tmp_path: Path, encoding: str, ending: str) -> None:
    content = TEXT.replace("1.234,50", "1234,50").encode(encoding)
    (tmp_path / f"a{ending}").write_bytes(
        gzip.compress(content) if ending.endswith("gz") else content
    )
    rows = read(tmp_path, f"a{ending}", delimiter=";", encoding=encoding, decimal_separator=",")
    assert rows == [("Müller", 1234.5)]


def test_types_are_read_unless_all_is_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,paid\n007,1.50\n")
    assert read(tmp_path, "a.csv") == [("007", 1.5)]  # a leading zero makes it text
    assert read(tmp_path, "a.csv", all_text=True) == [("007", "1.50")]


def test_parquet_and_json_lines(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [Decimal("1.10")]}), tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text('{"a": 1, "b": "x"}\n{"a": 2, "b": null}\n')
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(b'{"a": 1}\n'))
    assert read(tmp_path, "a.parquet") == [(Decimal("1.10"),)]
    assert read(tmp_path, "a.jsonl") == [(1, "x"), (2, None)]
    assert read(tmp_path, "b.ndjson.gz") == [(1,)]


def test_a_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a\n1\n")
    (fact,) = fingerprints(source(tmp_path, "a.csv"), UNTIL)
    assert (fact.key, fact.path, fact.bytes) == ("extract", "a.csv", 4)
    assert fact.sha256 == hashlib.sha256(b"a\n1\n").hexdigest()


def message(kind: type[BonitasError], folder: Path, path: str, **options: Any) -> str:
    with pytest.raises(kind) as error:
        read(folder, path, **options)
    return str(error.value)


def test_an_absent_folder_names_path_and_variable(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as error:
        fingerprints(source(tmp_path / "nowhere", "a.csv"), UNTIL)
    assert "The portfolio's data folder is absent." in str(error.value)
    assert str(tmp_path / "nowhere") in str(error.value)
    assert "set BONITAS_REAL_DATA to the folder" in str(error.value)


def test_an_absent_file_names_path_key_and_variable(tmp_path: Path) -> None:
    found = message(SourceError, tmp_path, "a.csv")
    assert "A file of the extract is absent: a.csv." in found
    assert "source > files > extract" in found
    assert "BONITAS_REAL_DATA" in found


def test_an_unknown_ending_gives_the_legal_ones(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("x")
    assert ".csv, .tsv, .txt, .jsonl" in message(ConfigError, tmp_path, "a.pdf")


def test_an_unknown_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    assert "Unknown encoding 'ebcdic-x'." in message(
        ConfigError, tmp_path, "a.csv", encoding="ebcdic-x"
    )


def test_a_wrong_encoding_is_not_guessed_away(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("name\nMüller\n".encode("latin-1"))
    assert "Correct `encoding:`" in message(SourceError, tmp_path, "a.csv")
    assert "Correct `encoding:`" in message(SourceError, tmp_path, "a.csv", encoding="ascii")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_gzip_cut_in_half_is_an_error(tmp_path: Path, encoding: str) -> None:
    whole = gzip.compress("".join(f"{n},{n * 7919}\n" for n in range(50_000)).encode())
    (tmp_path / "a.csv.gz").write_bytes(whole[: len(whole) // 2])
    found = message(SourceError, tmp_path, "a.csv.gz", encoding=encoding)
    assert "a.csv.gz" in found
    assert "source > files > extract" in found


def test_a_parquet_cut_in_half_is_an_error(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": list(range(10_000))}), tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    (tmp_path / "a.parquet").write_bytes(whole[: len(whole) // 2])
    assert "a.parquet" in message(SourceError, tmp_path, "a.parquet")


def test_a_source_key_with_odd_letters_is_a_relation(tmp_path: Path) -> None:
    (tmp_path / "it's.csv").write_text("a\n1\n")
    files = FilesSource.model_validate(
        {"kind": "files", "folder": str(tmp_path), "files": {'odd "key"': {"path": "it's.csv"}}}
    )
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, files, UNTIL, tmp_path)
        assert connection.sql('SELECT * FROM "odd ""key"""').fetchall() == [(1,)]


IGNORED: dict[str, tuple[str, dict[str, Any]]] = {
    "a delimiter of Parquet": ("a.parquet", {"delimiter": ";"}),
    "a decimal separator of JSON lines": ("a.jsonl", {"decimal_separator": ","}),
    "a decimal separator of Excel": ("a.xlsx", {"decimal_separator": "."}),
    "an encoding of Parquet": ("a.parquet", {"encoding": "utf-8"}),
    "an encoding of Excel": ("a.xlsx", {"encoding": "cp1252"}),
    "text for Excel": ("a.xls", {"all_text": True}),
    "text for Parquet": ("a.parquet", {"all_text": False}),
    "null values of Parquet": ("a.parquet", {"null_values": ["NA"]}),
    "a header row of JSON lines": ("a.ndjson", {"header_row": 2}),
    "a header row of Parquet": ("a.parquet", {"header_row": 1}),
    "a sheet of CSV": ("a.csv.gz", {"sheet": "A"}),
}


@pytest.mark.parametrize("case", IGNORED)
def test_an_option_that_the_format_ignores_is_an_error(case: str) -> None:
    path, options = IGNORED[case]
    with pytest.raises(ConfigError, match="goes with") as caught:
        format_of("a", SourceFile.model_validate({"path": path, **options}))
    assert caught.value.where == f"source > files > a > {next(iter(options))}"


def test_every_option_of_a_file_says_which_formats_heed_it() -> None:
    assert set(SourceFile.model_fields) == {*formats._SAYS_NOTHING, "path", "key"}


@pytest.mark.parametrize("path", ["../a.csv", "b/../../a.csv", "*/../../a.csv", "/etc/a.csv", "./../a.csv", "b/../../*.csv"])  # fmt: skip
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    source = FilesSource.model_validate({"kind": "files", "folder": str(folder), "files": {"a": {"path": path}}})  # fmt: skip
    with pytest.raises(ConfigError, match="not within the source's folder"):
        locate(source, date(2024, 1, 1))
    (folder / "b").mkdir()
    (folder / "a.csv").write_text("a\n1\n", encoding="utf-8")
    within = FilesSource.model_validate({"kind": "files", "folder": str(folder), "files": {"a": {"path": "b/../a.csv"}}})  # fmt: skip
    assert len(locate(within, date(2024, 1, 1))) == 1


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("csv", "d,x,b\n2024-01-05T00:30:00+02:00,0.5,TRUE\n2024-01-06T00:30:00+02:00,1.25,FALSE\n"),
        ("jsonl", '{"d":"2024-01-05T00:30:00+02:00","x":0.5,"b":true}\n{"d":"2024-01-06T00:30:00+02:00","x":1.25,"b":false}\n'),
    ],
)  # fmt: skip
def test_a_cast_gives_what_the_value_says_whatever_else_is_selected(
    tmp_path: Path, form: str, text: str
) -> None:
    """A key that is '0.5' in the SELECT of one table and '0.50' in that of another is two keys; a day by UTC is one by UTC."""
    (tmp_path / f"a.{form}").write_text(text)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, source(tmp_path, f"a.{form}"), UNTIL, scratch)
        alone = connection.sql(
            "SELECT CAST(d AS DATE), CAST(x AS VARCHAR), CAST(b AS VARCHAR) FROM extract"
        ).fetchall()
        held = connection.sql(
            "WITH held AS MATERIALIZED (FROM extract) "
            "SELECT CAST(d AS DATE), CAST(x AS VARCHAR), CAST(b AS VARCHAR) FROM held"
        ).fetchall()
        there = connection.sql(
            "SELECT CAST(d AT TIME ZONE 'Europe/Berlin' AS DATE) FROM extract"  # as docs/your-own-data.md says
        ).fetchall()
    assert there == [
        (date(2024, 1, 4),),
        (date(2024, 1, 5),),
    ]  # +02:00 in winter: 23:30 of the day before
    assert alone == held
    assert alone == [(date(2024, 1, 4), "0.50", "true"), (date(2024, 1, 5), "1.25", "false")]
