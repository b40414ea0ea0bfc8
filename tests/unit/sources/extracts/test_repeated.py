"""A file that lies twice in a delivery is found before a SELECT sums it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.source import FilesSource
from contracts.duck import connect
from contracts.errors import SourceError
from sources.extracts.files import open_files
from tests.unit.sources.extracts.test_files import UNTIL, read

LINES = "number,amount\nR1,70.00\nR1,30.00\n"


def told(folder: Path, path: str, **options: Any) -> str:
    with pytest.raises(SourceError) as caught:
        read(folder, path, **options)
    return str(caught.value)


def test_a_copy_of_a_file_stops_and_both_are_named(tmp_path: Path) -> None:
    """R1 is 70 + 30 = 100, by two lines; with the copy a SELECT that sums them would say 200, each line by a key of its own."""
    (tmp_path / "lines.csv").write_text(LINES)
    assert sum(amount for _, amount in read(tmp_path, "lines*.csv")) == Decimal(100)
    (tmp_path / "lines (1).csv").write_text(LINES)
    message = told(tmp_path, "lines*.csv")
    assert "lines (1).csv and lines.csv" in message
    assert "source > files > extract" in message
    assert len(read(tmp_path, "lines.csv")) == 2  # what the message advises


def test_files_of_one_size_that_differ_are_read(tmp_path: Path) -> None:
    (tmp_path / "lines_1.csv").write_text(LINES)
    (tmp_path / "lines_2.csv").write_text(LINES.replace("R1", "R2"))
    assert len(read(tmp_path, "lines*.csv")) == 4


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("number,amount\n", {}),
        ("open items of\nnumber,amount\n", {"header_row": 2}),
    ],
)
def test_months_without_a_row_may_be_alike(
    tmp_path: Path, text: str, options: dict[str, Any]
) -> None:
    for month in range(3):
        (tmp_path / f"lines_{month}.csv").write_text(text)
    (tmp_path / "lines_9.csv").write_text(text.splitlines()[0] + "\nnumber,amount\nR1,1\n" if options else text.splitlines()[0] + "\nR1,1\n")  # fmt: skip
    assert len(read(tmp_path, "lines*.csv", all_text=True, **options)) == 1


@pytest.mark.parametrize("rows", [0, 1])
def test_parquet_counts_its_rows(tmp_path: Path, rows: int) -> None:
    for name in "ab":
        pq.write_table(pa.table({"amount": pa.array([1] * rows, pa.int64())}), tmp_path / f"{name}.parquet")  # fmt: skip
    if rows:
        assert "a.parquet and b.parquet" in told(tmp_path, "*.parquet")
    else:
        assert read(tmp_path, "*.parquet") == []


def test_a_later_drop_may_say_the_same_as_an_earlier_one(tmp_path: Path) -> None:
    """A master file that did not change within a month is the same file; twice within one drop it is a copy."""
    for day in ("2024-01-31", "2024-02-29"):
        (tmp_path / day).mkdir()
        (tmp_path / day / "lines_1.csv").write_text(LINES)
    dropped = FilesSource.model_validate(
        {
            "kind": "files",
            "folder": str(tmp_path),
            "drops": True,
            "files": {"extract": {"path": "lines*.csv", "key": ["number", "amount"]}},
        }
    )
    scratch = tmp_path / "_scratch"
    scratch.mkdir()
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, dropped, UNTIL, scratch)
        assert len(connection.sql("SELECT * FROM extract").fetchall()) == 2
    (tmp_path / "2024-02-29" / "lines_2.csv").write_text(LINES)
    with connect(EngineConfig(threads=1)) as connection, pytest.raises(SourceError, match="byte by byte"):  # fmt: skip
        open_files(connection, dropped, UNTIL, scratch)


def test_copies_that_cannot_be_read_are_refused_as_copies(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.parquet").write_bytes(b"PAR1 cut")
    assert "a.parquet and b.parquet" in told(tmp_path, "*.parquet")
