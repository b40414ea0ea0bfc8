"""SQLite and DuckDB files as sources; landing a database as dated drops; sources that change while they are read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from contracts.config.engine import EngineConfig
from contracts.config.source import DatabaseSource, FilesSource
from contracts.duck import connect
from contracts.errors import ConfigError, SourceError
from pipelines.errands import land as stage
from pipelines.errands.look import look_at_source
from pipelines.ingest import ingest
from pipelines.settings import load
from sources.databases.landing import land
from sources.databases.relations import copy_relations
from sources.extracts.files import open_files
from tests.sources_sme import Sme

URL = "SME_DATABASE_URL"


def sqlite_file(path: Path, *statements: str) -> str:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    return f"sqlite:///{path}"


def duckdb_file(path: Path, *statements: str) -> str:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return f"duckdb:///{path}"


MAKE: dict[str, Callable[..., str]] = {"sqlite": sqlite_file, "duckdb": duckdb_file}


def source(**relations: Any) -> DatabaseSource:
    return DatabaseSource.model_validate(
        {"kind": "database", "url_variable": URL, "land_in": "drops", "relations": relations}
    )


def copied(url: str, folder: Path, **relations: Any) -> dict[str, pa.Table]:
    folder.mkdir(exist_ok=True)
    copy_relations(source(**relations), SecretStr(url), folder, {})
    return {key: pq.read_table(folder / f"{key}.parquet") for key in relations}


def fails(url: str, folder: Path, **relations: Any) -> str:
    with pytest.raises(SourceError) as error:
        copied(url, folder, **relations)
    return str(error.value)


ERP = (
    "CREATE TABLE clients (no TEXT, name TEXT, since TEXT)",
    "INSERT INTO clients VALUES ('K1','Ada GmbH','2020-01-01'), ('K2','Bo AG','2021-01-01')",
    "CREATE TABLE items (doc TEXT, client TEXT, issued TEXT, due TEXT, amount NUMERIC(15,2), paid TEXT)",
    """INSERT INTO items VALUES ('R1','K1','2024-01-10','2024-02-09',100.50,'2024-02-01'),
       ('R2','K1','2024-02-10','2024-03-11',200,'2024-03-20'), ('R3','K2','2024-03-10','2024-04-09',300.25,'2024-04-01')""",
)
RELATIONS = """source:
  kind: database
  url_variable: SME_DATABASE_URL
  relations:
    clients: {table: clients}
    open_items: {query: "SELECT doc, client, issued, due, amount, paid FROM items"}
default:"""


def use_database(sme: Sme) -> None:
    """SQLite has no dates: the SELECTs convert its text."""
    text = (sme.folder / "configs/portfolios/sme.yaml").read_text(encoding="utf-8")
    start, end = text.index("source:"), text.index("default:")
    sme.write(
        "configs/portfolios/sme.yaml", text[:start] + RELATIONS + text[end + len("default:") :]
    )
    for table, names in (("invoices", ("issued", "due")), ("payments", ("paid",))):
        for name in names:
            text = (sme.mapping / f"{table}.sql").read_text(encoding="utf-8")
            (sme.mapping / f"{table}.sql").write_text(
                text.replace(f"{name} AS", f"CAST({name} AS DATE) AS"), encoding="utf-8"
            )


@pytest.mark.parametrize("kind", MAKE)
def test_a_database_file_gives_the_rows_files_give(
    sme: Sme, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(load())
    from_files = {path.name: pq.read_table(path) for path in Path("data/raw").glob("*.parquet")}
    use_database(sme)
    monkeypatch.setenv(URL, MAKE[kind](Path("erp.db"), *ERP))  # relative to the project's folder
    assert look_at_source(load()) == "source changed"
    assert ingest(load()) == "2 customers, 3 invoices, 3 payments"
    assert {
        path.name: pq.read_table(path) for path in Path("data/raw").glob("*.parquet")
    } == from_files
    text = Path("data/raw/manifest.json").read_text(encoding="utf-8")
    assert json.loads(text)["source"] == json.loads(
        Path("data/outside/source.json").read_text(encoding="utf-8")
    )
    assert "erp.db" not in text
    MAKE[kind](Path("erp.db"), "UPDATE items SET amount = 1 WHERE doc = 'R1'")
    assert look_at_source(load()) == "source changed"


def test_a_sqlite_column_is_typed_by_all_its_values(tmp_path: Path) -> None:
    url = sqlite_file(
        tmp_path / "erp.db",
        "CREATE TABLE t (id, n INTEGER, x REAL, amount NUMERIC, mixed, flag BOOLEAN, none, bytes BLOB)",
        "INSERT INTO t VALUES ('007', 1, 0.5, 12.50, 7, 1, NULL, x'01'), ('008', NULL, 0.1, 12, 'A-7', 0, NULL, NULL)",
        "INSERT INTO t VALUES ('009', 3, 2, 0.3, 0.1, 1, NULL, NULL)",
    )
    table = copied(url, tmp_path / "out", t={"table": "t"})["t"]
    assert {one.name: str(one.type) for one in table.schema} == {
        "id": "string", "n": "int64", "x": "double", "amount": "double", "mixed": "string", "flag": "int64",
        "none": "string", "bytes": "binary",
    }  # fmt: skip
    assert table["mixed"].to_pylist() == ["7", "A-7", "0.1"]
    assert table["amount"].to_pylist() == [12.5, 12.0, 0.3]
    sqlite_file(
        tmp_path / "erp.db",
        "INSERT INTO t (bytes) VALUES ('text')",
        "INSERT INTO t (x) VALUES (9007199254740993)",
    )
    assert "A column mixes bytes with other values." in fails(
        url, tmp_path / "out", t={"table": "t"}
    )
    found = fails(
        url, tmp_path / "out", t={"query": "SELECT 9007199254740993 AS x UNION ALL SELECT 0.5"}
    )
    assert "whole numbers too large" in found


def test_a_sqlite_column_declared_string_that_holds_numbers_is_named(tmp_path: Path) -> None:
    """SQLite's STRING is a number: the zeros of 00123 are gone in the file itself."""
    url = sqlite_file(
        tmp_path / "erp.db",
        "CREATE TABLE t (id STRING, name TEXT)",
        "INSERT INTO t VALUES ('00123', 'x'), ('A7', 'y')",
    )
    for one in ({"table": "t"}, {"query": "SELECT id, name FROM t WHERE name = 'x'"}):
        found = fails(url, tmp_path / "out", t=one)
        assert "The column id is declared STRING, which SQLite takes for a number" in found
        assert "such as 123" in found
    query = "SELECT CAST(id AS TEXT) AS id, name FROM t"
    assert copied(url, tmp_path / "out", t={"query": query})["t"]["id"].to_pylist() == ["123", "A7"]


def test_types_of_a_duckdb_file_are_its_own(tmp_path: Path) -> None:
    url = duckdb_file(
        tmp_path / "erp.db",
        "CREATE SCHEMA erp",
        "CREATE TABLE erp.erp.t AS SELECT 1.25::DECIMAL(18,2) AS m, DATE '2024-01-31' AS d, 'a'::ENUM('a','b') AS e",
    )
    table = copied(url, tmp_path / "out", t={"table": "erp.t"})["t"]
    assert [str(one.type) for one in table.schema][:2] == ["decimal128(18, 2)", "date32[day]"]
    assert table.to_pylist()[0]["e"] == "a"


@pytest.mark.parametrize("kind", MAKE)
def test_what_cannot_be_read_is_named(tmp_path: Path, kind: str) -> None:
    url = MAKE[kind](tmp_path / "erp.db", *ERP)
    found = fails(url, tmp_path / "out", i={"table": "item"})
    assert "The table is absent." in found
    assert "Did you mean 'items'?" in found
    for query in (
        "DELETE FROM items",
        "SELECT 1; DROP TABLE items",
        "SELECT nix FROM items",
        "ATTACH 'x.db' AS x",
    ):
        message = fails(url, tmp_path / "out", i={"query": query})
        assert "source > relations > i (query)" in message
        assert "one SELECT" in message
    absent = f"{kind}:///{tmp_path}/nix.db"
    assert "The database file is absent." in fails(absent, tmp_path / "out", i={"table": "items"})
    whole = (tmp_path / "erp.db").read_bytes()
    (tmp_path / "erp.db").write_bytes(whole[: len(whole) // 2])
    assert "whole" in fails(url, tmp_path / "out", i={"table": "items"})
    (tmp_path / "erp.db").write_bytes(b"not a database, but long enough to be one" * 100)
    assert "cannot be" in fails(url, tmp_path / "out", i={"table": "items"})


def test_a_duckdb_query_reaches_no_other_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    url = duckdb_file(tmp_path / "erp.db", *ERP)
    assert "Permission" in fails(url, tmp_path / "out", i={"query": f"FROM '{secret}'"})


def drops(folder: Path) -> list[tuple[Any, ...]]:
    """The merged invoices, as a portfolio on the drops sees them."""
    files = FilesSource.model_validate(
        {
            "kind": "files",
            "folder": str(folder),
            "drops": True,
            "files": {"invoices": {"path": "invoices.parquet", "key": ["no"]}},
        }
    )
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    with connect(EngineConfig(threads=1)) as connection:
        open_files(connection, files, date(2025, 12, 31), scratch)
        return connection.sql("SELECT no, amount, changed_at FROM invoices ORDER BY ALL").fetchall()


@pytest.mark.parametrize("kind", MAKE)
def test_landed_drops_together_are_the_table_as_it_is(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row changed on the last drop's own day, after it had landed, is not lost; nor one without a time of change."""
    monkeypatch.chdir(tmp_path)
    url = MAKE[kind](
        Path("erp.db"),
        "CREATE TABLE invoices (no TEXT, amount INTEGER, changed_at TEXT)",
        "INSERT INTO invoices VALUES ('1', 10, '2025-01-02'), ('2', 20, '2025-01-31'), ('3', 30, NULL)",
        "CREATE TABLE banks (a INTEGER)",
    )
    relations = source(
        invoices={"table": "invoices", "since": "changed_at"}, banks={"table": "banks"}
    )

    def landed(day: str) -> list[tuple[str, int, str | None]]:
        return [
            (one.key, one.rows, one.since)
            for one in land(relations, SecretStr(url), date.fromisoformat(day))
        ]

    assert landed("2025-01-31") == [("invoices", 3, None), ("banks", 0, None)]
    MAKE[kind](Path("erp.db"), "INSERT INTO invoices VALUES ('4', 40, '2025-01-31 23:59')",
               "UPDATE invoices SET amount = 11, changed_at = '2025-02-10' WHERE no = '1'",
               "UPDATE invoices SET amount = 31 WHERE no = '3'")  # fmt: skip
    assert landed("2025-02-28")[0] == ("invoices", 4, "2025-01-31")
    assert landed("2025-02-28")[0] == ("invoices", 4, "2025-01-31")  # again: replaced
    assert drops(Path("drops")) == [
        ("1", 11, "2025-02-10"), ("2", 20, "2025-01-31"), ("3", 31, None), ("4", 40, "2025-01-31 23:59"),
    ]  # fmt: skip
    with pytest.raises(SourceError, match="A later drop has landed already: 2025-02-28"):
        landed("2025-02-01")
    before = sorted(path.name for path in Path("drops").rglob("*"))
    MAKE[kind](Path("erp.db"), "DROP TABLE banks")
    with pytest.raises(SourceError, match="The table is absent"):
        landed("2025-03-31")
    assert sorted(path.name for path in Path("drops").rglob("*")) == before


def test_landing_by_the_command(sme: Sme, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="Only a portfolio on a database can land"):
        stage.land(load())
    use_database(sme)
    sme.change("configs/portfolios/sme.yaml", "  relations:", "  land_in: drops\n  relations:")
    monkeypatch.setenv(URL, sqlite_file(Path("erp.db"), *ERP))
    done = sme.call("land", "--date=2024-11-30", "--portfolio=sme")
    assert done.stdout.startswith("land: drops/2024-11-30: 2 clients, 3 open_items"), done.stderr
    assert stage.land(load()).startswith("drops/2024-12-31:")  # the portfolio's complete_until
    for day in ("2999-01-01", "31.12.2024"):
        with pytest.raises(ConfigError, match="no day up to today"):
            stage.land(load(), "sme", day)


def test_land_needs_a_folder() -> None:
    relations = source(a={"table": "a"}).model_copy(update={"land_in": None})
    with pytest.raises(ConfigError, match="names no folder to land in"):
        land(relations, SecretStr("sqlite:///x"), date(2025, 1, 31))
