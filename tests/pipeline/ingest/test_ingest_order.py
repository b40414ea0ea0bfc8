"""A SELECT that hangs on the order of rows says the same in every run, on any number of threads."""

from __future__ import annotations

from contextlib import chdir
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from contracts.config.engine import EngineConfig
from contracts.config.source import DatabaseSource
from contracts.files import read_json
from pipelines.ingest import ingest
from pipelines.settings import load
from sources.databases.address import locate_database
from sources.databases.duckdb_file import open_duckdb
from sources.ordered import engine_for, hangs_on_order
from tests.sources_sme import Sme

ROWS, CLIENTS = 400_000, 200
ATTRIBUTES = "SELECT client AS customer_id, DATE '2024-01-01' AS known_on, n FROM ({})"
BY_ORDER = {
    "first of a group": "SELECT client, first(value) AS n FROM ticks GROUP BY client",
    "any of a group": "SELECT client, any_value(value) AS n FROM ticks GROUP BY client",
    "a tie for the largest": "SELECT client, arg_max(value, tie) AS n FROM ticks GROUP BY client",
    "a tie for the commonest": "SELECT client, mode(tie) AS n FROM ticks GROUP BY client",
    "a sum with a binary point": "SELECT client, sum(value / 3) AS n FROM ticks GROUP BY client",
    "a list": "SELECT client, list(value)[1] AS n FROM ticks GROUP BY client",
    "a row number": "SELECT client, value AS n FROM ticks QUALIFY row_number() OVER (PARTITION BY client ORDER BY tie) = 1",
    "distinct on": "SELECT DISTINCT ON (client) client, value AS n FROM ticks",
    "a limit behind a join": "SELECT client, min(value) AS n FROM (SELECT t.* FROM ticks t JOIN ticks u ON t.value = u.value LIMIT 200000) GROUP BY client",
}  # fmt: skip


def small(folder: Path) -> Sme:
    """A firm with 400,000 rows in many row groups, and an attribute made of them."""
    sme = Sme(folder)
    place = np.arange(ROWS)
    table = pa.table({"client": [f"K{n}" for n in place * 7919 % CLIENTS], "value": place.astype(float), "tie": place * 31 % 17})  # fmt: skip
    pq.write_table(table, folder / "extract/ticks.parquet", row_group_size=5_000)
    sme.change("configs/portfolios/sme.yaml", "  files:\n", "  files:\n    ticks: {path: ticks.parquet}\n")  # fmt: skip
    sme.change("configs/portfolios/sme.yaml", "default:", "attributes: [{name: n, dtype: number, pillar: business_context, unit: count, wording_en: N, wording_zh: 数}]\ndefault:")  # fmt: skip
    return sme


@pytest.mark.parametrize("select", BY_ORDER.values(), ids=BY_ORDER)
def test_one_thread_or_four_give_the_same_rows(select: str, tmp_path: Path) -> None:
    sme = small(tmp_path)
    sme.write("configs/portfolios/sme/attributes.sql", ATTRIBUTES.format(select))
    found = []
    with chdir(tmp_path):
        for threads in (1, 4, 4):
            sme.write("configs/params.yaml", f"portfolio: sme\nengine: {{threads: {threads}}}\n")
            ingest(load())
            found.append(read_json(Path("data/raw/manifest.json"))["tables"]["attributes"])
        assert engine_for(EngineConfig(threads=4), sme.mapping).threads == 1
    assert found[0]["rows"] == CLIENTS
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "select",
    [
        "SELECT client, max(value) AS n, count(*), bool_or(tie = 3) FROM ticks GROUP BY client",
        "SELECT client, value FROM ticks ORDER BY value",
        "SELECT DISTINCT client FROM ticks",
        "SELECT first, list FROM ticks",
    ],
)
def test_what_does_not_keeps_its_threads(select: str, tmp_path: Path) -> None:
    (tmp_path / "customers.sql").write_text(select)
    assert engine_for(EngineConfig(threads=4), tmp_path).threads == 4


def test_a_view_of_a_duckdb_file_counts_as_well(tmp_path: Path) -> None:
    path = tmp_path / "erp.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE ticks AS SELECT (i * 7919) % 200 AS client, i AS value FROM range(400000) r(i)")  # fmt: skip
        made.execute("CREATE VIEW firsts AS SELECT client, first(value) AS n FROM ticks GROUP BY client")  # fmt: skip
        made.execute("CREATE VIEW above AS SELECT * FROM firsts")
        assert hangs_on_order("SELECT * FROM above", made)
        assert not hangs_on_order("SELECT * FROM ticks", made)
    source = DatabaseSource.model_validate({"kind": "database", "url_variable": "ERP_URL", "relations": {"a": {"table": "above"}}})  # fmt: skip
    address = locate_database(source, SecretStr(f"duckdb:///{path}"))
    answers = set()
    for number in range(3):
        with open_duckdb(source, address, tmp_path) as write:
            assert write("a", tmp_path / f"{number}.parquet", None) == CLIENTS
        rows = pq.read_table(tmp_path / f"{number}.parquet").sort_by("client").to_pydict()
        answers.add(str(rows))
    assert len(answers) == 1
