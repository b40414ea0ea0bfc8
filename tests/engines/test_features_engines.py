"""One text for every engine: it compiles for Spark, and on DuckDB neither memory nor threads show in the result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import ibis
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.errors import ContractError
from features.catalog import STATES
from features.context import prepare
from features.engine.backend import connect, load
from features.engine.scratch import Scratch
from features.labels.default import issue_rates, spells
from features.matrix.matrix import build
from features.time.asof import ByWindows, Calendar
from tests.features_books import Tables, engine, portfolio, write
from tests.features_random import month_ends, random_book, seeded


def _asked(tables: Tables) -> ibis.Table:
    pairs = [(row["customer_id"], day) for row in tables["customers"] for day in month_ends()]
    names, days = zip(*pairs, strict=True)
    schema = {"customer_id": "string", "as_of": "date"}
    return ibis.memtable({"customer_id": list(names), "as_of": list(days)}, schema=schema)


@pytest.mark.long
def test_every_state_and_the_default_compile_for_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    # the option exists only where pyspark is installed; compiling needs nothing else of it
    spark = SimpleNamespace(treat_nan_as_null=False)
    monkeypatch.setattr(type(ibis.options), "pyspark", spark, raising=False)
    tables = random_book(seeded(1), 3)
    config = portfolio()
    with engine(tables, config) as (con, loaded):
        context = prepare(Scratch(con), loaded, _asked(tables), config, (90, 365))
        context = replace(context, forward=ByWindows(Calendar.of([19_000])))  # as on Spark
        for name, state in STATES.items():
            sql = ibis.to_sql(state.build(context), dialect="pyspark")
            assert "SELECT" in sql, name
        rates = issue_rates(loaded, "EUR", [0], ["EUR", "USD"])
        for preset in ("irb_90dpd", "dollars_late"):
            chosen = config.default.model_copy(update={"preset": preset})
            assert "SELECT" in ibis.to_sql(
                spells(loaded, chosen, rates, config.settlement), dialect="pyspark"
            )


def test_memory_and_threads_do_not_show(tmp_path: Path) -> None:
    tables, config = random_book(seeded(2), 40), portfolio()
    write(tmp_path, tables, config)
    choice = FeaturesConfig(families=("billing",))
    found = []
    for threads, memory in ((1, "2GB"), (2, "150MB")):
        con = connect(EngineConfig(threads=threads, memory_limit=memory), tmp_path / "spill")
        found.append(build(con, load(con, tmp_path, config), _asked(tables), config, choice)[0])
        con.disconnect()
    assert found[0].num_rows == 40 * len(month_ends())
    assert found[0].equals(found[1])


def test_a_folder_without_customers_or_with_another_contract_is_named(tmp_path: Path) -> None:
    con = connect(EngineConfig(threads=1), tmp_path / "spill")
    config = portfolio()
    with pytest.raises(ContractError, match="no table of customers"):
        load(con, tmp_path, config)
    write(tmp_path, random_book(seeded(3), 2), config)
    (tmp_path / "customers.parquet").write_bytes((tmp_path / "invoices.parquet").read_bytes())
    with pytest.raises(ContractError, match="'country': 'absent, not string'"):
        load(con, tmp_path, config)
