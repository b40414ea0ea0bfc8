"""A SELECT says the same of the same source in every run, and comes to an end: for every kind of source that runs SQL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from contracts.config.source import DatabaseSource
from contracts.errors import BonitasError, SourceError
from pipelines.ingest import ingest
from pipelines.settings import load
from sources.databases.relations import copy_relations, describe_database
from sources.steady import refuse_unsteady
from tests.ingest_servers import Server
from tests.sources_sme import Sme

ENDLESS = (
    "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT 1 - x FROM a) SELECT max(x) AS m FROM a"
)
MOMENT = 0.01  # minutes

STEADY = [
    "SELECT a, b FROM t WHERE d < DATE '2024-01-01'",
    "SELECT t.current_date, user FROM t",
    "SELECT 'now()' AS a /* random() */ -- today()",
    "SELECT age(a, b), money(c, ','), day(d, '%d.%m.%Y'), id(e), error('x'), histogram(f) FROM t",
    "SELECT * FROM t WHERE md5_number_lower(customer_id) % 100 < 5",
    "WITH a AS (FROM t SELECT x) SELECT *, row_number() OVER (ORDER BY x) FROM a WHERE x IN (SELECT y FROM b)",
]
UNSTEADY = {
    "SELECT random() AS a": "random",
    "SELECT a FROM t WHERE d < NOW()": "now",
    "SELECT a FROM t\nWHERE d <\n current_date": "current_date (line 3)",
    "SELECT current_timestamp": "current_timestamp",
    "SELECT get_current_timestamp()": "get_current_timestamp",
    "SELECT today()": "today",
    "SELECT age(d) FROM t": "age",
    "SELECT ago(INTERVAL 1 DAY)": "ago",
    "SELECT localtimestamp": "localtimestamp",
    "SELECT uuid() AS id": "uuid",
    "SELECT gen_random_uuid()": "gen_random_uuid",
    "SELECT setseed(0.5)": "setseed",
    "SELECT * FROM t USING SAMPLE 5": "sample",
    "SELECT * FROM t TABLESAMPLE 10%": "sample",
    "SELECT * FROM (SELECT * FROM t TABLESAMPLE bernoulli(5%) REPEATABLE (3))": "sample",
    "SELECT a FROM t ORDER BY random()": "random",
    "SELECT list_transform([1], lambda x: random())": "random",
    "SELECT a FROM t WHERE EXISTS (SELECT uuid())": "uuid",
    "SELECT * FROM duckdb_settings()": "duckdb_settings",
    "SELECT * FROM query('SELECT 1')": "query",
    "SELECT getvariable('a')": "getvariable",
    "SELECT max(a) FILTER (random() > 0.5), reservoir_quantile(a, 0.5) FROM t": "reservoir_quantile",
}


@pytest.mark.parametrize("sql", STEADY)
def test_what_only_reads_the_source_passes(sql: str) -> None:
    refuse_unsteady(sql, where="a.sql", day="2024-12-31")


@pytest.mark.parametrize("sql", UNSTEADY)
def test_what_asks_for_more_than_the_source_is_refused(sql: str) -> None:
    with pytest.raises(SourceError, match="the same source would give other data") as caught:
        refuse_unsteady(sql, where="a.sql", day="2024-12-31")
    assert UNSTEADY[sql] in str(caught.value.value)


def test_everything_the_engine_calls_volatile_is_refused() -> None:
    """Also what a later version brings: the engine's own catalogue is asked."""
    with duckdb.connect() as engine:
        rows = engine.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT' AND internal"
        ).fetchall()
    names = {str(row[0]) for row in rows} - {"error"}
    assert len(names) > 20
    for name in names:
        with pytest.raises(SourceError):
            refuse_unsteady(f'SELECT "{name}"(1)', where="a.sql", day="2024-12-31")


def stopped(sme: Sme) -> str:
    before = sme.digests()
    with pytest.raises(BonitasError) as caught:
        ingest(load())
    assert sme.digests() == before
    return str(caught.value)


def test_files_a_select_that_asks_the_clock_or_never_ends(sme: Sme) -> None:
    ingest(load())
    sql = "configs/portfolios/sme/invoices.sql"
    sme.change(sql, "FROM open_items", "FROM open_items WHERE issued < current_date")
    assert "DATE '2024-12-31'" in stopped(sme)
    sme.change(sql, "issued < current_date", f"1 <= ({ENDLESS})")
    sme.change("configs/portfolios/sme.yaml", "kind: files", f"kind: files\n  select_minutes: {MOMENT}")  # fmt: skip
    started = time.monotonic()
    found = stopped(sme)
    assert time.monotonic() - started < 10
    assert "ended: it ran for longer than 0.01 minutes" in found
    assert "invoices.sql" in found
    assert "select_minutes" in found


def refused(url: str, folder: Path, *, minutes: float = 60, **relation: Any) -> str:
    source = DatabaseSource.model_validate(
        {"kind": "database", "url_variable": "U", "relations": {"r": relation}, "select_minutes": minutes}
    )  # fmt: skip
    with pytest.raises(SourceError) as caught:
        copy_relations(source, SecretStr(url), folder, {})
    return str(caught.value)


def is_read(url: str, folder: Path, **relation: Any) -> int:
    source = DatabaseSource.model_validate(
        {"kind": "database", "url_variable": "U", "relations": {"r": relation}}
    )
    return copy_relations(source, SecretStr(url), folder, {}).rows["r"]


def sqlite_book(path: Path) -> str:
    with closing(sqlite3.connect(path)) as book:
        book.execute("CREATE TABLE t (id INTEGER, d TEXT, y TEXT AS (strftime('%Y', d)))")
        book.execute("CREATE INDEX i ON t (date(d))")
        book.executemany("INSERT INTO t (id, d) VALUES (?, ?)", [(n, f"2024-01-{n:02d}") for n in range(1, 29)])  # fmt: skip
        book.execute("CREATE VIEW asks AS SELECT id, date('now') AS today FROM t")
        book.execute("CREATE VIEW steady AS SELECT id, date(d, '+1 month') AS later FROM t")
        book.commit()
    return f"sqlite:///{path}"


def duckdb_book(path: Path) -> str:
    with closing(duckdb.connect(str(path))) as book:
        book.execute("CREATE TABLE t AS SELECT range AS id, DATE '2024-01-01' AS d FROM range(28)")
        book.execute('CREATE VIEW asks AS SELECT id, d AS "AS x", now() AS today FROM t')
        book.execute("CREATE VIEW steady AS SELECT id, d + INTERVAL 1 MONTH AS later FROM t")
        book.execute("CREATE VIEW over AS SELECT * FROM asks")
        book.execute("CREATE MACRO dice(sides) AS floor(random() * sides)")
    return f"duckdb:///{path}"


@pytest.mark.parametrize(("book", "ending"), [(sqlite_book, "db"), (duckdb_book, "duckdb")])
def test_database_files_without_clock_and_dice(
    tmp_path: Path, book: Callable[[Path], str], ending: str
) -> None:
    url = book(tmp_path / f"book.{ending}")
    out = tmp_path / "out"
    out.mkdir()
    assert is_read(url, out, table="t") == is_read(url, out, table="steady") == 28
    assert is_read(url, out, query="SELECT id, d FROM t WHERE d < '2024-12-31'") == 28
    assert "asks for the clock" in refused(url, out, table="asks")
    for query, said in (
        ("SELECT random() AS r FROM t", "chance"),
        ("SELECT id FROM t WHERE d < current_date", "the clock"),
        ("SELECT id FROM t ORDER BY random() LIMIT 5", "chance"),
        ("SELECT id, today FROM asks", "the clock"),
    ):
        assert f"asks for {said}" in refused(url, out, query=query), query
    own = (
        [("SELECT dice(6) AS a FROM t", "chance"), ("SELECT id, today FROM over", "the clock")]
        if ending == "duckdb"
        else [("SELECT strftime('%Y') AS y", "the clock"), ("SELECT changes() AS c", "the state")]
    )
    for query, said in own:
        assert f"asks for {said}" in refused(url, out, query=query), query
    started = time.monotonic()
    assert "ran for longer than 0.01 minutes" in refused(url, out, query=ENDLESS, minutes=MOMENT)
    assert time.monotonic() - started < 10


def test_postgresql_without_clock_and_dice(server: Server, database: str, tmp_path: Path) -> None:
    server.run(
        "CREATE TABLE t AS SELECT n AS id, DATE '2024-01-01' AS d, 'now()' AS \"now (old)\" FROM generate_series(1, 28) n",
        "CREATE VIEW asks AS SELECT id, now() AS today FROM t",
        "CREATE VIEW steady AS SELECT id, (d + INTERVAL '1 month')::date AS later, to_char(d, 'YYYY') AS y FROM t",
        database=database,
    )
    url = server.url(database)
    assert is_read(url, tmp_path, table="t") == is_read(url, tmp_path, table="steady") == 28
    assert is_read(url, tmp_path, query="SELECT id FROM t WHERE hashtext(id::text) % 100 < 101") == 28  # fmt: skip
    assert "asks for the clock" in refused(url, tmp_path, table="asks")
    for query, said in (
        ("SELECT random() AS r FROM t", "chance"),
        ("SELECT gen_random_uuid() AS r FROM t", "chance"),
        ("SELECT id FROM t WHERE d < CURRENT_DATE", "the clock"),
        ("SELECT id, age(d) AS a FROM t", "the clock"),
        ("SELECT id FROM t TABLESAMPLE SYSTEM (50)", "chance"),
        ("SELECT id FROM t WHERE d < 'today'::date", "the clock"),
        ("SELECT pg_backend_pid() AS p", "the state"),
        ("SELECT x.today FROM (SELECT today FROM asks) AS x", "the clock"),
    ):
        assert f"asks for {said}" in refused(url, tmp_path, query=query), query
    endless = "SELECT count(*) AS n FROM generate_series(1, 10000000000) AS a"
    started = time.monotonic()
    assert "ran for longer than 0.01 minutes" in refused(url, tmp_path, query=endless, minutes=MOMENT)  # fmt: skip
    assert time.monotonic() - started < 10
    source = DatabaseSource.model_validate(
        {"kind": "database", "url_variable": "U", "relations": {"r": {"query": endless}}, "select_minutes": MOMENT}
    )  # fmt: skip
    with pytest.raises(SourceError, match="ran for longer"):  # what `make look` asks
        describe_database(source, SecretStr(url))
    server.run(f"ALTER DATABASE {database} SET statement_timeout = '300ms'")
    assert "The server cancelled the read." in refused(url, tmp_path, query=endless)
