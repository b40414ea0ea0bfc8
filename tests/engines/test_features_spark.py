"""The same features, outcomes and errors on Spark as on DuckDB."""

from __future__ import annotations

import shutil
import sys
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.backends import BaseBackend

from contracts.config.base import parse
from contracts.config.engine import EngineConfig, SparkConfig
from contracts.config.features import FeaturesConfig
from contracts.config.params import Params
from contracts.config.settlement import SettlementConfig
from contracts.errors import BonitasError, ConfigError, ContractError
from contracts.tables.derived import KEY
from features.catalog import STATES, select
from features.engine.backend import connect, connected, load
from features.engine.scratch import Scratch
from features.labels.cohort import observe
from features.labels.default import issue_rates, spells
from features.matrix.books import position_and_trading
from features.matrix.matrix import build, relation
from features.matrix.position import position
from features.matrix.trading import trading
from tests.features_books import Tables, event, invoice, on, portfolio, statement, write
from tests.features_random import month_ends, random_book, seeded

# Every feature once; the second window asks Spark the same questions with another number of days, for as long again.
WINDOWS = [
    pytest.param((365,), marks=pytest.mark.long),
    pytest.param((90, 365), marks=pytest.mark.slow),
]
QUICK_FAMILIES = ("limits", "events", "statements", "customers")
"""Of the ledger, of records with a clock, and of the master; the other families cost Spark minutes."""
ON_DUCKDB = EngineConfig(threads=2, memory_limit="1GB")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Tables]:
    """A folder of tables in which every odd case occurs, and its rows."""
    folder = tmp_path_factory.mktemp("book")
    tables = random_book(seeded(11), 30)
    # days as texts that engines read differently, and a text that sorts by code point, not by language
    for number, text in enumerate(
        ("2022-9", "2022/09/30", " 2022-09-30 ", "2022-9-3", "30.09.2022", "")
    ):
        name = f"C{number:03}"
        tables["events"].append(event(f"X{number}", name, "payment_plan", 200, detail=text))
    # every customer's record is known from the first day; that of the first is never corrected
    told = [row for row in tables["master_history"] if row["customer_id"] != "C000"]
    tables["master_history"] = told + [
        {"customer_id": row["customer_id"], "known_on": on(-500), "country": "DE", "industry": "Ä" if row["customer_id"] == "C000" else "C",
         "legal_form": "ltd", "parent_id": None, "is_natural_person": None}
        for row in tables["customers"]
    ]  # fmt: skip
    # money beyond what a float holds, and shares that end in a half of the last digit kept
    tables["invoices"].append(invoice("HUGE", "C001", 120, "587654321098765.43", currency="USD"))
    for year, income in enumerate(("615", "1245", "1255"), start=2010):
        lines = {"net_income": income, "total_assets": 10_000_000}
        tables["financials"].append(
            statement("C001", date(year, 12, 31), date(year + 1, 6, 1), **lines)
        )
    write(folder, tables, portfolio())
    return folder, tables


def _asked(tables: Tables) -> ibis.Table:
    pairs = [(row["customer_id"], day) for row in tables["customers"] for day in month_ends()]
    names, days = zip(*pairs, strict=True)
    schema = {"customer_id": "string", "as_of": "date"}
    return ibis.memtable({"customer_id": list(names), "as_of": list(days)}, schema=schema)


def _apart(left: pa.ChunkedArray, right: pa.ChunkedArray) -> float:
    """Largest relative difference of two columns of numbers; infinite where one is missing and the other is not."""
    if left.is_null().to_pylist() != right.is_null().to_pylist():
        return float("inf")
    one, other = (column.drop_null().to_numpy() for column in (left, right))
    scale = np.maximum(np.maximum(np.abs(one), np.abs(other)), np.finfo(float).tiny)
    return float(np.max(np.abs(one - other) / scale, initial=0.0))


@pytest.mark.parametrize("windows", WINDOWS, ids=str)
def test_every_feature_is_equal_on_both_engines(
    windows: tuple[int, ...], spark: BaseBackend, book: tuple[Path, Tables], tmp_path: Path
) -> None:
    choice = FeaturesConfig(windows_days=windows)
    expected, found = _on_both(spark, book, choice, tmp_path)
    features = select(choice, book[1], portfolio().attributes)
    assert {state for one in features for state in one.states} == set(STATES)
    assert found.column_names[2:] == [one.name for one in features]
    _assert_equal(expected, found)


@pytest.mark.long
def test_features_of_some_families_are_equal_on_both_engines(
    spark: BaseBackend, book: tuple[Path, Tables], tmp_path: Path
) -> None:
    choice = FeaturesConfig(families=QUICK_FAMILIES, windows_days=(365,))
    expected, found = _on_both(spark, book, choice, tmp_path)
    assert len(found.column_names) > 60
    _assert_equal(expected, found)


def _on_both(
    spark: BaseBackend, book: tuple[Path, Tables], choice: FeaturesConfig, tmp_path: Path
) -> tuple[pa.Table, pa.Table]:
    """The matrix of DuckDB, and that of Spark as docs/scale.md writes it."""
    folder, tables = book
    config = portfolio()
    with connected(ON_DUCKDB, folder / "spill") as con:
        expected, _ = build(con, load(con, folder, config), _asked(tables), config, choice)
    matrix, _ = relation(spark, load(spark, folder, config), _asked(tables), config, choice)
    spark.to_parquet_dir(matrix.order_by(KEY), tmp_path / "parts")
    return expected, pq.read_table(tmp_path / "parts").cast(expected.schema)


def _assert_equal(expected: pa.Table, found: pa.Table) -> None:
    """To the last bit; of averages none may differ beyond rounding."""
    assert found.schema.equals(expected.schema)
    names = found.column_names[2:]
    filled = [one for one in names if expected[one].null_count < expected.num_rows]
    assert len(filled) > 0.97 * len(names)  # a book of missing values would be equal to anything
    exact = [name for name in found.column_names if found[name].equals(expected[name])]
    assert {"customer_id", "as_of"} <= set(exact)  # the order of rows as well
    apart = {
        name: _apart(found[name], expected[name]) for name in set(found.column_names) - set(exact)
    }
    assert {name: by for name, by in apart.items() if by > 1e-9} == {}
    assert len(exact) >= len(names), apart


@pytest.mark.long
def test_cohort_and_outcomes_are_equal_on_both_engines(
    spark: BaseBackend, book: tuple[Path, Tables]
) -> None:
    folder, _ = book
    config = portfolio()
    with connected(ON_DUCKDB, folder / "spill") as con:
        loaded = load(con, folder, config)
        expected = observe(con, loaded, config)
        wanted = _spells(con, loaded)
    loaded = load(spark, folder, config)
    found = observe(spark, loaded, config)
    assert found.equals(expected)
    assert found.dtypes.equals(expected.dtypes)
    assert 0 < found["defaulted"].sum() < found["defaulted"].count() < len(found)
    assert _spells(spark, loaded) == wanted
    assert {preset for preset, *_ in wanted} == {"dollars_late", "days_beyond_terms", "events_only"}


@pytest.mark.long
def test_position_and_trading_record_are_equal_on_both_engines(
    spark: BaseBackend, book: tuple[Path, Tables]
) -> None:
    folder, _ = book
    config, days = portfolio(), month_ends()[5:7]
    with connected(ON_DUCKDB, folder / "spill") as con:
        loaded = load(con, folder, config)
        wanted = [made(con, loaded, config, days) for made in (position, trading)]
    loaded = load(spark, folder, config)
    found = position_and_trading(spark, loaded, config, days)
    assert [one.num_rows > 20 for one in wanted] == [True, True]
    assert found[0].equals(wanted[0])
    assert found[1].equals(wanted[1])
    assert wanted[1]["days_late"].null_count < wanted[1].num_rows


def _spells(con: BaseBackend, loaded: dict[str, ibis.Table]) -> list[tuple[str, str, int, int]]:
    """Spells in default by the presets that the cohort above does not use."""
    config, days = portfolio().default, list(range(18_993, 19_600))  # 2022-01-01 = day 18,993
    rates = issue_rates(loaded, "EUR", days, ["EUR", "USD"])
    parts, keep = [], Scratch(con).keep
    for preset in ("dollars_late", "days_beyond_terms", "events_only"):
        found = spells(
            loaded, config.model_copy(update={"preset": preset}), rates, SettlementConfig(), keep
        )
        parts.append(found.mutate(preset=ibis.literal(preset)))
    rows = con.to_pyarrow(ibis.union(*parts)).select(["preset", "customer_id", "start", "until"])
    return sorted(tuple(row.values()) for row in rows.to_pylist())


@pytest.mark.long
def test_a_table_of_another_contract_is_named(spark: BaseBackend, tmp_path: Path) -> None:
    write(tmp_path, random_book(seeded(3), 2), portfolio())
    (tmp_path / "customers.parquet").write_bytes((tmp_path / "invoices.parquet").read_bytes())
    with pytest.raises(ContractError, match="'country': 'absent, not string'"):
        load(spark, tmp_path, portfolio())


@pytest.mark.long
def test_what_is_kept_is_released_and_the_session_of_another_is_left_alone(
    spark: BaseBackend, tmp_path: Path
) -> None:
    """As in a notebook of a cluster: the session is there before us and stays after us."""
    engine = EngineConfig(engine="spark", spark=SparkConfig(scratch=str(tmp_path / "scratch")))
    with connected(engine, tmp_path) as con:
        row = con.keep("one", ibis.memtable({"a": [1, None]}, schema={"a": "int64"}))
        assert len(list(tmp_path.glob("scratch/kept-*/*_one_*/*.parquet"))) > 0
        assert con.to_pyarrow(row.a.sum()).as_py() == 1
    assert not list(tmp_path.glob("scratch/kept-*"))
    assert spark.to_pyarrow(ibis.literal(2)).as_py() == 2


@pytest.mark.long
def test_arithmetic_that_overflows_is_an_error_not_a_missing_value(spark: BaseBackend) -> None:
    huge = ibis.memtable({"a": [2**62]}, schema={"a": "int64"})
    with pytest.raises(Exception, match="ARITHMETIC_OVERFLOW"):
        spark.to_pyarrow(huge.mutate(b=huge.a * 4))


def test_without_java_or_pyspark_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = EngineConfig(engine="spark")
    spark_module = pytest.importorskip("features.engine.spark")
    monkeypatch.setattr(spark_module.SparkSession, "getActiveSession", lambda: None)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(BonitasError, match="there is none") as caught:
        connect(engine, tmp_path)
    assert "openjdk-17-jre-headless" in caught.value.next_step

    monkeypatch.delitem(sys.modules, "features.engine.spark")
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.delitem(sys.modules, "ibis.backends.pyspark", raising=False)
    with pytest.raises(BonitasError, match="pyspark is not installed") as caught:
        connect(engine, tmp_path)
    assert "pip install" in caught.value.next_step


def test_a_config_that_cannot_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def params(**engine: object) -> Params:
        return parse(Params, {"engine": engine}, where="params.yaml")

    with pytest.raises(ConfigError, match="duckdb"):
        params(engine="spork")
    with pytest.raises(ConfigError, match=r"results depend on: spark\.sql\.ansi\.enabled"):
        params(spark={"conf": {"spark.sql.ansi.enabled": False}})
    with pytest.raises(ConfigError, match="not: executor"):
        params(spark={"conf": {"executor": 1}})
    with pytest.raises(ConfigError, match="master"):
        params(spark={"master": "cluster"})
    spark_module = pytest.importorskip("features.engine.spark")
    monkeypatch.setattr(spark_module.SparkSession, "getActiveSession", lambda: None)
    with pytest.raises(ConfigError, match="all of its workers"):
        connect(params(engine="spark", spark={"master": "yarn"}).engine, tmp_path)
