"""PostgreSQL as a source, against a real server: every way it can fail, without a secret in what is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from adbc_driver_postgresql import dbapi

from contracts.errors import ConfigError
from pipelines import ROOT
from pipelines.ingest import ingest
from pipelines.settings import load
from tests.ingest_erp import URL, fails, load_sme, use_database
from tests.ingest_servers import ENCODED, PASSWORD, Server
from tests.sources_sme import Sme


def test_a_refused_connection_says_what_to_do(server: Server, tmp_path: Path) -> None:
    one = {"table": "t"}
    found = fails(None, tmp_path, t=one)
    assert f"The environment variable {URL} is not set." in found
    found = fails(server.url(secret="wr%40ng"), tmp_path, t=one)  # noqa: S106 - a wrong one
    assert "refuses the user or the password" in found
    assert f"Correct user and password in {URL}" in found
    assert "wr@ng" not in found
    found = fails(server.url("postgers"), tmp_path, t=one)
    assert "The database is absent." in found
    assert "Did you mean 'postgres'?" in found
    found = fails(server.url().replace(str(server.port), "1"), tmp_path, t=one)
    assert "cannot be reached" in found
    assert "127.0.0.1:1/postgres" in found
    found = fails(server.url().replace("127.0.0.1", "nowhere.invalid"), tmp_path, t=one)
    assert "cannot be reached" in found


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://ann:{ENCODED}@db/erp",
        f"ann:{PASSWORD}@db",
        f"postgresql://ann:{PASSWORD}@db/erp",
        "postgresql://ann:p@ss@db/erp",
        "postgresql://ann:x#p@ss@db/erp",
        "",
    ],
)
def test_an_odd_url_is_never_shown(tmp_path: Path, url: str) -> None:
    assert f"{URL}" in fails(url, tmp_path, t={"table": "t"})


def test_a_relation_that_cannot_be_read_says_what_to_do(
    server: Server, database: str, tmp_path: Path
) -> None:
    server.run('CREATE TABLE "Invoices" (a int)', "CREATE SCHEMA erp", "CREATE TABLE erp.payments (a int)",
               "CREATE TABLE secret (a int)", "DROP ROLE IF EXISTS reader", "CREATE ROLE reader LOGIN PASSWORD 'r'",
               database=database)  # fmt: skip
    url = server.url(database)
    found = fails(url, tmp_path, i={"table": "invoices"})
    assert "The table is absent." in found
    assert "Did you mean 'Invoices'? Tables: Invoices, erp.payments, secret." in found
    assert "Did you mean 'erp.payments'?" in fails(url, tmp_path, i={"table": "payment"})
    reader = server.url(database, user="reader", secret="r")  # noqa: S106 - lives as long as the test
    found = fails(reader, tmp_path, s={"table": "secret"})
    assert "The database denies access." in found
    assert "GRANT SELECT" in found
    assert "The query is not one SELECT" in fails(
        url, tmp_path, s={"query": "SELECT 1; DROP TABLE secret"}
    )
    assert "The query is not one SELECT" in fails(
        url, tmp_path, s={"query": "DELETE FROM secret RETURNING a"}
    )
    assert "Two columns are called a." in fails(
        url, tmp_path, s={"query": "SELECT a, a FROM secret"}
    )
    assert "A column of the query is absent." in fails(
        url, tmp_path, s={"query": "SELECT b FROM secret"}
    )
    found = fails(url, tmp_path, s={"query": "SELECT 1 / a AS x FROM (VALUES (0)) AS v (a)"})
    assert "division by zero" in found


def big(server: Server, database: str) -> None:
    server.run("CREATE TABLE erp.big AS SELECT i, repeat(md5(i::text), 8) AS x FROM generate_series(1, 100000) i",
               database=database)  # fmt: skip


@pytest.mark.parametrize("victim", ["backend", "cluster"])
def test_a_server_that_dies_within_a_table_leaves_raw_as_it_was(
    sme: Sme, database: str, server: Server, victim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend is killed by signal 9 while rows arrive; the cluster is stopped as if the power went."""
    load_sme(server, database)
    big(server, database)
    use_database(sme)
    monkeypatch.setenv(URL, server.url(database))
    ingest(load())
    before = sme.digests()
    # the last relation read is slow: a row each so often
    sme.change("configs/portfolios/sme.yaml", "default:",
               "    slow: {query: 'SELECT b.*, pg_sleep(0.0002) IS NULL AS s FROM erp.big AS b'}\ndefault:")  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "pipelines", "ingest"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        pid = _backend(server, database)
        if victim == "backend":
            os.kill(pid, signal.SIGKILL)
        else:
            server.stop()
        _, said = process.communicate(timeout=60)
    if victim == "cluster":
        server.start()
    _wait_until_up(server)
    assert process.returncode == 2, said
    assert said.startswith("ingest: The connection to the database broke while a table was read.")
    assert "source > relations > slow (query)" in said
    assert "Nothing was kept. Run again" in said
    assert "Traceback" not in said
    assert PASSWORD not in said
    assert ENCODED not in said
    assert sme.digests() == before
    assert not [path.name for path in Path("data").iterdir() if path.name.startswith(".")]


def _backend(server: Server, database: str) -> int:
    """The process that serves the slow query, once it does."""
    sql = f"SELECT pid FROM pg_stat_activity WHERE datname = '{database}' AND query LIKE 'COPY%pg_sleep%'"  # noqa: S608 - the test's own names
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        rows = _rows(server, sql)
        if rows:
            time.sleep(0.3)  # some rows are on their way
            return int(rows[0][0])
        time.sleep(0.05)
    pytest.fail("the slow query was never asked")


def _rows(server: Server, sql: str) -> list[Any]:
    with dbapi.connect(server.url()) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _wait_until_up(server: Server) -> None:
    """After a backend was killed the whole cluster restarts."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            _rows(server, "SELECT 1")
        except Exception:  # noqa: BLE001 - whatever the driver says, it is not up
            time.sleep(0.1)
        else:
            return
    pytest.fail("the server did not come back")


def test_the_url_is_asked_for_where_it_is_needed_only(
    sme: Sme, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_database(sme)
    monkeypatch.delenv(URL, raising=False)
    assert load().database_url is None  # other stages run without it
    done = sme.call("ingest")
    assert done.returncode == 2
    assert done.stderr.startswith(f"ingest: The environment variable {URL} is not set.")
    monkeypatch.setenv(URL, f"postgresql://ann:{ENCODED}@127.0.0.1:1/erp")
    assert ENCODED not in repr(load())
    said = sme.call("ingest", "--debug").stderr  # a traceback, for a bug report
    assert "SourceError" in said
    for secret in (ENCODED, PASSWORD, "p@ss"):
        assert secret not in said


def test_a_url_in_the_yaml_is_refused_and_not_shown(sme: Sme) -> None:
    use_database(sme)
    sme.change(
        "configs/portfolios/sme.yaml",
        "url_variable: SME_DATABASE_URL",
        f'url_variable: "postgresql://a:{ENCODED}@db/erp"',
    )
    with pytest.raises(ConfigError, match="holds an address with a password") as error:
        load()
    assert ENCODED not in str(error.value)
