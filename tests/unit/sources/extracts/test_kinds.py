"""Types are those of all rows: nothing is rounded, no date is guessed, no leading zero is lost, however far down."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.config.engine import EngineConfig
from contracts.duck import connect
from contracts.errors import ConfigError
from sources.extracts.files import open_files
from sources.extracts.kinds import decided
from tests.unit.sources.extracts.test_files import UNTIL, read, source

FAR = 21_000
"""More rows than the engine looks at before it decides by itself."""


def types(folder: Path, name: str, **options: Any) -> dict[str, str]:
    (folder / "scratch").mkdir(exist_ok=True)
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, source(folder, name, **options), UNTIL, folder / "scratch")
        table = connection.table("extract")
        return dict(zip(table.columns, map(str, table.types), strict=True))


def column(folder: Path, *values: str, **options: Any) -> tuple[str, list[Any]]:
    """Type and values of one CSV column."""
    (folder / "a.csv").write_text("x;y\n" + "".join(f"{one};\n" for one in values), "utf-8")
    rows = read(folder, "a.csv", delimiter=";", **options)
    return types(folder, "a.csv", delimiter=";", **options)["x"], [row[0] for row in rows]


def test_a_fraction_after_many_whole_numbers_is_not_rounded(tmp_path: Path) -> None:
    type_, values = column(tmp_path, *["1"] * FAR, "0.9", "99.49")
    assert type_ == "DECIMAL(4,2)"
    assert values[-3:] == [Decimal(1), Decimal("0.9"), Decimal("99.49")]
    assert sum(values) == FAR + Decimal("100.39")


def test_json_lines_are_read_as_exactly_as_csv(tmp_path: Path) -> None:
    """2.5 was 2 here and 3 there; a key that came late was left out altogether."""
    lines = [{"x": 1}] * FAR + [{"x": 2.5, "late": "A"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)), "utf-8")
    rows = read(tmp_path, "a.jsonl")
    assert rows[-1] == (Decimal("2.5"), "A")
    assert types(tmp_path, "a.jsonl") == {"x": "DECIMAL(2,1)", "late": "VARCHAR"}


def test_a_leading_zero_far_down_keeps_the_column_text(tmp_path: Path) -> None:
    type_, values = column(tmp_path, *["123"] * FAR, "00123")
    assert type_ == "VARCHAR"
    assert set(values) == {"123", "00123"}
    assert len(values) == FAR + 1


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        (("1", "-20"), "BIGINT"),
        (("1", "+2"), "VARCHAR"),
        (("1", "-"), "VARCHAR"),  # a value that is no number, not one that is missing
        (("1.5", "20"), "DECIMAL(3,1)"),
        ((" 1.5", "20 "), "DECIMAL(3,1)"),
        (("0.123456789", "1"), "DOUBLE"),
        (("1e5", "2"), "DOUBLE"),
        (
            ("12345678901234567890", "1"),
            "VARCHAR",
        ),  # a number of a document, longer than any amount
        (("2024-01-31", "2024-02-29"), "DATE"),
        (("2024-02-30", "2024-02-29"), "VARCHAR"),
        (("28.02.24", "29.02.24"), "VARCHAR"),  # not 2028
        (("02/01/2024", "03/01/2024"), "VARCHAR"),
        (("24-01-05", "24-01-06"), "VARCHAR"),  # a number of a document
        (("2024/01/05", "2024/01/06"), "VARCHAR"),
        (("2024-01-05 10:00", "2024-01-05T10:00:01"), "TIMESTAMP"),
        (("2024-01-05T10:00:00Z", "2024-01-05T10:00:00+02:00"), "TIMESTAMP WITH TIME ZONE"),
        (("true", "FALSE"), "BOOLEAN"),
        (("T", "F"), "VARCHAR"),
        (("nan", "1"), "VARCHAR"),
    ],
)
def test_a_column_is_what_each_of_its_values_is(
    tmp_path: Path, values: tuple[str, ...], type_: str
) -> None:
    (tmp_path / "a.csv").write_text("x;y\n" + "".join(f"{one};\n" for one in values), "utf-8")
    assert types(tmp_path, "a.csv", delimiter=";")["x"] == type_
    assert types(tmp_path, "a.csv", delimiter=";", all_text=True)["x"] == "VARCHAR"


def test_a_decimal_comma_is_exact_as_well(tmp_path: Path) -> None:
    type_, values = column(tmp_path, "1,5", "2,25", decimal_separator=",")
    assert (type_, values) == ("DECIMAL(3,2)", [Decimal("1.5"), Decimal("2.25")])
    assert column(tmp_path, "1.234,5", decimal_separator=",")[0] == "VARCHAR"


def test_null_values_are_missing_and_say_nothing_of_the_type(tmp_path: Path) -> None:
    assert column(tmp_path, "1", "NA", "-")[0] == "VARCHAR"
    assert column(tmp_path, "1", "NA", "-", null_values=["NA", "-"]) == ("BIGINT", [1, None, None])
    (tmp_path / "a.jsonl").write_text('{"d": "2024-01-31"}\n{"d": "n/a"}\n', "utf-8")
    assert read(tmp_path, "a.jsonl", null_values=["n/a"]) == [(date(2024, 1, 31),), (None,)]
    (tmp_path / "a.parquet").touch()
    with pytest.raises(ConfigError, match="null_values` goes with"):
        read(tmp_path, "a.parquet", null_values=["NA"])


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",doc\n0,R1\n1,R2\n", "utf-8")
    assert types(tmp_path, "a.csv") == {"column0": "BIGINT", "doc": "VARCHAR"}


def test_json_that_mixes_text_and_numbers_is_text_as_written(tmp_path: Path) -> None:
    lines = [
        '{"id": "00123", "n": 1, "d": "2024-01-31", "deep": {"a": 1}, "q": "12"}',
        '{"id": 123, "n": 2.50, "d": "2024-02-01", "deep": {"a": 2.5}, "q": "13"}',
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), "utf-8")
    assert read(tmp_path, "a.jsonl") == [
        ("00123", Decimal(1), date(2024, 1, 31), {"a": 1.0}, "12"),
        ("123", Decimal("2.5"), date(2024, 2, 1), {"a": 2.5}, "13"),
    ]
    assert read(tmp_path, "a.jsonl", all_text=True)[1][:3] == ("123", "2.5", "2024-02-01")


@pytest.mark.parametrize(
    ("last", "found"),
    [(" 2024-02-29 ", "DATE"), ("2024/02/29", "VARCHAR"), ("2023-02-29", "VARCHAR")],
)
def test_one_day_among_many_that_is_written_otherwise(
    tmp_path: Path, last: str, found: str
) -> None:
    """Days are looked at once each: also the one that comes once, behind all others."""
    assert column(tmp_path, *["2024-01-31", "2024-02-01"] * FAR, last)[0] == found


def test_a_column_that_begins_with_days_and_goes_on_with_anything_fits_into_memory() -> None:
    """Different values are held while days are looked at: 300,000 texts of 60 letters do not fit into 20 MB."""
    texts = (
        "(SELECT if(n < 5000, '2024-01-31', repeat('x', 54) || n) AS a FROM range(300000) AS r(n))"
    )
    with duckdb.connect(config={"threads": 1, "memory_limit": "20MB"}) as engine:
        with pytest.raises(duckdb.OutOfMemoryException):
            engine.execute(f"SELECT list(DISTINCT a) FROM {texts}").fetchall()  # noqa: S608 - ours
        assert decided(engine, texts, ["a"]) == {"a": "VARCHAR"}
