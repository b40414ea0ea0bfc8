"""Dated drops: a row delivered again replaces its earlier version; the whole equals one full delivery of the end."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.config.base import parse
from contracts.config.engine import EngineConfig
from contracts.config.source import FilesSource
from contracts.duck import connect
from contracts.errors import BonitasError, ConfigError, SourceError
from sources.extracts.files import describe_files, notes, open_files

UNTIL = date(2025, 3, 31)
JANUARY = "no,client,amount\n1,A,1.50\n2,B,2.00\n"
FEBRUARY = "no,client,amount,region\n2,B,2.75,north\n3,A,4.00,south\n"


class Extract:
    """A folder of drops that a test fills."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def drop(self, day: str, **files: str) -> None:
        (self.folder / "extract" / day).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (self.folder / "extract" / day / f"{name}.csv").write_text(text, encoding="utf-8")

    def source(self, **options: Any) -> FilesSource:
        files = {
            "invoices": {"path": "invoices*.csv", "key": ["no"], **options.pop("invoices", {})}
        }
        if options.pop("customers", False):
            files["customers"] = {"path": "customers.csv"}
        values = {
            "kind": "files",
            "folder": str(self.folder / "extract"),
            "drops": True,
            "files": files,
            **options,
        }
        return FilesSource.model_validate(values)

    def rows(
        self, table: str = "invoices", columns: str = "*", *, until: date = UNTIL, **options: Any
    ) -> list[Any]:
        scratch = self.folder / f"scratch{len(list(self.folder.iterdir()))}"
        scratch.mkdir()
        with connect(EngineConfig(threads=1)) as connection:
            open_files(connection, self.source(**options), until, scratch)
            return connection.table(table).project(columns).order("ALL").fetchall()

    def fails(self, kind: type[BonitasError] = SourceError, **options: Any) -> str:
        with pytest.raises(kind) as error:
            self.rows(**options)
        return str(error.value)


@pytest.fixture
def extract(tmp_path: Path) -> Extract:
    one = Extract(tmp_path)
    one.drop("2025-01-31", invoices=JANUARY, customers="id,name\nA,Ada\nB,Bo\n")
    one.drop("2025-02-28", invoices=FEBRUARY)
    return one


def test_the_latest_version_of_a_row_wins_and_says_when_it_came(extract: Extract) -> None:
    columns = "no, amount, region, first_delivered_on, delivered_on"
    january, february = date(2025, 1, 31), date(2025, 2, 28)
    assert extract.rows(columns=columns) == [
        (1, 1.5, None, january, january),
        (2, 2.75, "north", january, february),
        (3, 4.0, "south", february, february),
    ]


def test_drops_equal_one_full_delivery_of_the_final_state(extract: Extract, tmp_path: Path) -> None:
    other = Extract(tmp_path / "other")
    other.drop(
        "2025-02-28",
        invoices="no,client,amount,region\n3,A,4.00,south\n1,A,1.50,\n2,B,2.75,north\n",
    )
    (tmp_path / "other").mkdir(exist_ok=True)
    columns = "no, client, amount, region"
    assert extract.rows(columns=columns) == other.rows(columns=columns)


def test_without_a_key_the_latest_delivery_replaces_the_whole(extract: Extract) -> None:
    assert extract.rows("customers", customers=True) == [
        ("A", "Ada", date(2025, 1, 31), date(2025, 1, 31)),
        ("B", "Bo", date(2025, 1, 31), date(2025, 1, 31)),
    ]  # the drop of February has no customers
    extract.drop("2025-03-31", customers="id,name\nB,Bo SE\n")
    assert extract.rows("customers", "id, name", customers=True) == [("B", "Bo SE")]


def test_a_key_repeated_in_one_drop_and_a_missing_key_are_kept(extract: Extract) -> None:
    extract.drop("2025-03-31", invoices="no,client,amount\n3,X,1.00\n3,Y,2.00\n,Z,9.00\n")
    extract.drop("2025-03-30", invoices="no,client,amount\n,Z,8.00\n")
    assert extract.rows(columns="no, client, amount, first_delivered_on") == [
        (1, "A", 1.5, date(2025, 1, 31)),
        (2, "B", 2.75, date(2025, 1, 31)),
        (3, "X", 1.0, date(2025, 2, 28)),
        (3, "Y", 2.0, date(2025, 2, 28)),
        (None, "Z", 8.0, date(2025, 3, 30)),
        (None, "Z", 9.0, date(2025, 3, 31)),
    ]


def test_a_drop_after_complete_until_waits_and_is_named(extract: Extract) -> None:
    until = date(2025, 2, 1)
    assert [row[0] for row in extract.rows(columns="no", until=until)] == [1, 2]
    assert notes(extract.source(), until) == [
        "drops after complete_until 2025-02-01 are not read: 2025-02-28"
    ]
    assert [one["path"] for one in describe_files(extract.source(), until)["files"]] == [
        "2025-01-31/invoices.csv"
    ]
    message = extract.fails(until=date(2025, 1, 1))
    assert "There is no drop up to complete_until, 2025-01-01." in message
    assert "2025-01-31, 2025-02-28" in message


def test_a_folder_that_is_no_day_is_named(extract: Extract) -> None:
    (extract.folder / "extract/_archive").mkdir()
    assert len(extract.rows()) == 3
    (extract.folder / "extract/2025-02-30").mkdir()
    message = extract.fails()
    assert "is not named by a day: 2025-02-30." in message
    assert "underscore" in message


def test_several_files_of_one_table_in_one_drop(extract: Extract) -> None:
    extract.drop(
        "2025-03-31",
        invoices_1="no,client,amount\n7,A,7\n",
        invoices_2="no,client,amount\n8,B,8.5\n",
    )
    assert [row[0] for row in extract.rows(columns="no")] == [1, 2, 3, 7, 8]


def test_a_column_whose_type_changes_is_named_with_both_drops(extract: Extract) -> None:
    extract.drop("2025-03-31", invoices="no,client,amount\n4,A,a lot\n")
    message = extract.fails()
    assert "The column amount has another type in one file than in another." in message
    assert "DECIMAL(3,2) in 2025-01-31/invoices.csv, VARCHAR in 2025-03-31/invoices.csv" in message
    assert "all_text: true" in message
    assert extract.rows(columns="amount", invoices={"all_text": True})[-1] == ("a lot",)


@pytest.mark.parametrize(
    ("empty", "filled"), [("2025-01-01", "2025-03-31"), ("2025-03-31", "2025-01-01")]
)
def test_a_column_that_is_empty_in_one_drop_takes_the_type_of_the_others(
    extract: Extract, empty: str, filled: str
) -> None:
    extract.drop(empty, invoices="no,client,amount,paid\n10,A,1,\n")
    extract.drop(filled, invoices="no,client,amount,paid\n11,A,1,2025-01-05\n")
    assert extract.rows(columns="no, paid")[-2:] == [(10, None), (11, date(2025, 1, 5))]


def test_a_key_that_is_no_column_is_named(extract: Extract) -> None:
    assert "The key column nr is in no file." in extract.fails(invoices={"key": ["nr"]})


def test_a_column_called_as_the_drops_own_is_named(extract: Extract) -> None:
    extract.drop("2025-03-31", invoices="no,client,amount,Delivered_On\n4,A,1,2\n")
    assert "called delivered_on, which drops add themselves" in extract.fails()


def test_a_table_in_no_drop_is_named(extract: Extract) -> None:
    message = extract.fails(invoices={"path": "bills.csv"})
    assert "A file of the extract is absent: bills.csv." in message
    assert "in none of the drops" in message


def test_a_key_goes_with_drops_only() -> None:
    values = {"kind": "files", "folder": "x", "files": {"a": {"path": "a.csv", "key": ["no"]}}}
    with pytest.raises(ConfigError, match="key goes with drops: true"):
        parse(FilesSource, values, where="x.yaml")


def test_every_version_of_a_master_record_is_kept_where_the_day_of_the_drop_is_in_the_key(
    tmp_path: Path,
) -> None:
    extract = Extract(tmp_path)
    extract.drop("2025-01-31", clients="no,form\nA,ltd\nB,plc\n")
    extract.drop("2025-02-28", clients="no,form\nA,in liquidation\nB,plc\n")
    extract.drop("2025-03-31", clients="no,form\nA,ltd\n")
    files = {
        "clients": {"path": "clients.csv"},
        "clients_then": {"path": "clients.csv", "key": ["no", "delivered_on"]},
    }
    columns = "no, form, delivered_on"
    assert extract.rows("clients", columns, files=files) == [("A", "ltd", date(2025, 3, 31))]
    assert extract.rows("clients_then", columns, files=files) == [
        ("A", "in liquidation", date(2025, 2, 28)),
        ("A", "ltd", date(2025, 1, 31)),
        ("A", "ltd", date(2025, 3, 31)),
        ("B", "plc", date(2025, 1, 31)),
        ("B", "plc", date(2025, 2, 28)),
    ]
