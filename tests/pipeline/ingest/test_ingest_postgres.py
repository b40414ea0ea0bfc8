"""PostgreSQL as a source, against a real server: the same raw tables as from files, and every kind of column."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipelines.errands.look import look_at_source
from pipelines.ingest import ingest
from pipelines.settings import load
from sources.databases.relations import copy_relations, describe_database
from tests.ingest_erp import URL, copied, fails, load_sme, source, use_database
from tests.ingest_servers import ENCODED, PASSWORD, Server
from tests.sources_sme import Sme


def test_a_database_gives_the_raw_tables_files_give_bit_for_bit(
    sme: Sme, server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(load())
    from_files = sme.digests()
    load_sme(server, database)
    use_database(sme)
    monkeypatch.setenv(URL, server.url(database))
    done = sme.call("ingest")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.startswith("ingest: 2 customers, 3 invoices, 3 payments")
    from_database = sme.digests()
    manifest = "data/raw/manifest.json"
    assert from_database.keys() == from_files.keys()
    assert {k: v for k, v in from_database.items() if k != manifest} == {
        k: v for k, v in from_files.items() if k != manifest
    }
    text = Path(manifest).read_text(encoding="utf-8")
    facts = json.loads(text)["source"]
    assert (facts["kind"], facts["database"]) == ("database", "postgresql")
    assert [(one["key"], one["rows"]) for one in facts["relations"]] == [
        ("clients", 2),
        ("open_items", 3),
    ]
    for secret in (PASSWORD, ENCODED, "127.0.0.1", str(server.port)):
        assert secret not in text


def test_look_notices_a_changed_row_without_moving_the_table(
    sme: Sme, server: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_sme(server, database)
    use_database(sme)
    monkeypatch.setenv(URL, server.url(database))
    assert look_at_source(load()) == "source changed"
    ingest(load())
    seen = json.loads(Path("data/outside/source.json").read_text(encoding="utf-8"))
    assert seen == json.loads(Path("data/raw/manifest.json").read_text(encoding="utf-8"))["source"]
    # the order of the rows is no change; a cent is
    server.run('CREATE TABLE erp.copy AS SELECT * FROM erp."Open Items" ORDER BY doc DESC', 'DROP TABLE erp."Open Items"',
               'ALTER TABLE erp.copy RENAME TO "Open Items"', database=database)  # fmt: skip
    assert look_at_source(load()) == "source unchanged"
    server.run(
        """UPDATE erp."Open Items" SET amount = amount + 0.01 WHERE doc = 'R2'""", database=database
    )
    assert look_at_source(load()) == "source changed"


TYPES = """CREATE TABLE kinds AS SELECT
  i::int2 AS i2, i::int8 AS i8, i::float8 / 2 AS f8, 'NaN'::float8 AS nan, (i * 1.25)::numeric(12,2) AS money,
  1234567890123456789.123456789::numeric AS free, 12345::numeric(10,-2) AS hundreds, 7::numeric(60,5) AS huge,
  'x'::text AS t, 'c'::char(5) AS padded, date '2024-01-31' AS d, timestamp '2024-01-31 10:00:00.5' AS ts,
  timestamptz '2024-01-31 23:30:00-05' AS tz, i = 1 AS flag, 'b'::mood AS mood,
  '00000000-0000-0000-0000-00000000000a'::uuid AS u, '{"a": 1}'::jsonb AS j, ARRAY[1.5, 2] AS numbers,
  12.50::money AS cash, 4000000000::oid AS o, '\\x01'::bytea AS bytes, '1 day'::interval AS span
FROM generate_series(1, 2) AS i"""


def test_every_kind_of_column_arrives_exactly(
    server: Server, database: str, tmp_path: Path
) -> None:
    server.run("CREATE TYPE mood AS ENUM ('a', 'b')", TYPES,
               "INSERT INTO kinds (i2) VALUES (NULL)", database=database)  # fmt: skip
    table = copied(server.url(database), tmp_path, kinds={"table": "kinds"})["kinds"]
    types = {field.name: str(field.type) for field in table.schema}
    assert types["money"] == "decimal128(12, 2)"
    assert types["free"] == types["cash"] == "decimal128(38, 10)"
    assert types["hundreds"] == "decimal128(12, 0)"
    assert types["tz"] == "timestamp[us, tz=UTC]"
    row = {name: str(value) for name, value in table.to_pylist()[1].items()}
    assert row == {
        "i2": "2", "i8": "2", "f8": "1.0", "nan": "nan", "money": "2.50",
        "free": "1234567890123456789.1234567890", "hundreds": "12300", "huge": "7.00000",
        "t": "x", "padded": "c", "d": "2024-01-31", "ts": "2024-01-31 10:00:00.500000",
        "tz": "2024-02-01 04:30:00+00:00", "flag": "False", "mood": "b",
        "u": "00000000-0000-0000-0000-00000000000a", "j": '{"a": 1}', "numbers": "{1.5,2}",
        "cash": "12.5000000000", "o": "4000000000", "bytes": "b'\\x01'", "span": "1 day",
    }  # fmt: skip
    assert set(table.to_pylist()[2].values()) == {None}


def test_an_empty_table_keeps_its_types(server: Server, database: str, tmp_path: Path) -> None:
    server.run("CREATE TABLE nothing (a numeric(9,3), b date)", database=database)
    table = copied(server.url(database), tmp_path, nothing={"table": "nothing"})["nothing"]
    assert (table.num_rows, [str(one.type) for one in table.schema]) == (
        0,
        ["decimal128(9, 3)", "date32[day]"],
    )


VALUES = {
    "'NaN'::numeric(12,2)": ["The number nan does not fit", "column x", "NULLIF(\"x\", 'nan')"],
    "1.0::numeric / 3": ["The number 0.333", "does not fit decimal128(38, 10)", "::numeric(18,2)"],
    "'infinity'::date": ["A date is infinite", "column x", "LEAST(\"x\", '9999-12-31')"],
    "'-infinity'::timestamp": ["A date is infinite", "column x"],
    "'infinity'::timestamptz": ["A date is infinite", "column x"],
    "date '10000-01-01'": ["outside the years 1 to 9999"],
}


@pytest.mark.parametrize("value", VALUES)
def test_a_value_that_has_no_exact_counterpart_is_an_error(
    server: Server, tmp_path: Path, value: str
) -> None:
    message = fails(server.url(), tmp_path, odd={"query": f"SELECT {value} AS x"})
    for shown in ("source > relations > odd (query)", *VALUES[value]):
        assert shown in message
    assert list(tmp_path.iterdir()) == []


def test_all_relations_are_of_one_moment(server: Server, database: str, tmp_path: Path) -> None:
    """While the first table streams, a row is added to both: neither is seen, nor in the hash."""
    server.run("CREATE TABLE a AS SELECT i, repeat('x', 100) AS x FROM generate_series(1, 300000) i", "CREATE TABLE b (i int)",
               database=database)  # fmt: skip
    writer = threading.Timer(
        0.3,
        lambda: server.run(
            "INSERT INTO b VALUES (1)", "INSERT INTO a VALUES (0)", database=database
        ),
    )
    slow = "SELECT a.* FROM a, (SELECT pg_sleep(1)) AS s"
    writer.start()
    found = copy_relations(
        source(a={"query": slow}, b={"table": "b"}, c={"table": "a"}),
        SecretStr(server.url(database)),
        tmp_path,
        {},
    )
    writer.join()
    assert found.rows == {"a": 300_000, "b": 0, "c": 300_000}
    later = describe_database(source(b={"table": "b"}), SecretStr(server.url(database)))
    assert later["relations"][0]["rows"] == 1
