"""Spark beside the bookkeeper (`tests/bookkeeper`): features and positions of everyday books, without DuckDB between them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import ibis
import pytest
from ibis.backends import BaseBackend

from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from features.engine.backend import load
from features.matrix.matrix import build
from features.matrix.position import position
from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.compare import feature_differences, position_differences
from tests.bookkeeper.currencies import ledgers
from tests.features_books import Row, Tables, portfolio, write
from tests.features_random import seeded

pytestmark = pytest.mark.slow
LEDGER = ("payments", "ageing", "earlier", "disputes", "limits", "billing", "events")
CUSTOMERS = 1_000
DAYS = (date(2022, 12, 1), date(2023, 6, 1))
Loaded = dict[str, ibis.Table]


def _loaded(spark: BaseBackend, tables: Tables, folder: Path) -> Loaded:
    write(folder, tables, portfolio())
    return load(spark, folder, portfolio())


def test_every_ledger_feature_is_the_bookkeepers(spark: BaseBackend, tmp_path: Path) -> None:
    asked: list[int] = []

    def ask(tables: Tables, pairs: Sequence[tuple[str, date]], choice: FeaturesConfig) -> list[Row]:
        names, days = zip(*pairs, strict=True)
        schema = {"customer_id": "string", "as_of": "date"}
        rows = ibis.memtable({"customer_id": list(names), "as_of": list(days)}, schema=schema)
        matrix, _ = build(spark, _loaded(spark, tables, tmp_path), rows, portfolio(), choice)
        asked.extend(matrix.shape)
        found: list[Row] = matrix.to_pylist()
        return found

    choice = FeaturesConfig(families=LEDGER, windows_days=(90, 365))
    found = feature_differences(everyday_book(seeded(24), CUSTOMERS), DAYS, choice, ask)
    assert not found, found[:5]
    assert asked[0] == CUSTOMERS * len(DAYS)
    assert asked[1] > 50


def test_every_position_is_the_bookkeepers(spark: BaseBackend, tmp_path: Path) -> None:
    def ask(tables: Tables, config: PortfolioConfig, days: Sequence[date]) -> list[Row]:
        rows: list[Row] = position(spark, _loaded(spark, tables, tmp_path), config, list(days)).to_pylist()  # fmt: skip
        assert len(rows) > CUSTOMERS
        return rows

    found = position_differences(everyday_book(seeded(25), CUSTOMERS), DAYS, ask=ask)
    assert not found, found[:5]


def test_every_position_in_yen_euros_and_dinars_is_the_bookkeepers(
    spark: BaseBackend, tmp_path: Path
) -> None:
    def ask(tables: Tables, config: PortfolioConfig, days: Sequence[date]) -> list[Row]:
        rows: list[Row] = position(spark, _loaded(spark, tables, tmp_path), config, list(days)).to_pylist()  # fmt: skip
        return rows

    config = portfolio(reporting_currency="KWD")
    tables = ledgers(34, 100, ("JPY", "EUR", "KWD"), "KWD")
    assert not position_differences(tables, DAYS, config, ask)
