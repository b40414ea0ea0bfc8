"""A portfolio may bring thousands of columns of its own: what is asked of each other's scale is asked of a block of them at a time."""

from __future__ import annotations

from datetime import date

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.backends.duckdb import Backend

from contracts.config.attributes import AttributeConfig
from contracts.tables.raw import portfolio_tables
from contracts.tables.spec import Table
from quality.delivery.computed import rescaled_rows
from quality.rules.rule import ROW
from tests.sources_books import PORTFOLIO

NAMES = [f"bureau_{number:02}" for number in range(45)]
STRUCK = ("bureau_03", "bureau_25", "bureau_44")
"""One in each block of twenty."""
SINCE = pd.Timestamp(2024, 9, 1)


def wide() -> tuple[pd.DataFrame, Table]:
    """Forty customers told of each month of two years; three of 45 numbers are ten times as large from September on."""
    draw = np.random.default_rng(3)
    months = pd.to_datetime([date(2023 + n // 12, n % 12 + 1, 5) for n in range(24)])
    rows = pd.MultiIndex.from_product([months, [f"K{n:02}" for n in range(40)]], names=["known_on", "customer_id"]).to_frame(index=False)  # fmt: skip
    for name in NAMES:
        level = rows["customer_id"].map(dict(zip(sorted(set(rows["customer_id"])), draw.uniform(20, 95, 40), strict=True)))  # fmt: skip
        times = 10.0 if name in STRUCK else 1.0
        rows[name] = (level + draw.normal(0, 2, len(rows))) * np.where(rows["known_on"] >= SINCE, times, 1.0)  # fmt: skip
    rows[ROW] = np.arange(len(rows))
    attributes = tuple(AttributeConfig(name=name, dtype="number", pillar="credit_record", unit="count") for name in NAMES)  # type: ignore[call-arg]  # fmt: skip
    return rows, portfolio_tables(PORTFOLIO.model_copy(update={"attributes": attributes}))["attributes"]  # fmt: skip


def laid(frame: pd.DataFrame) -> tuple[Backend, ir.Table]:
    """The rows in an engine."""
    connection = duckdb.connect()
    connection.register("frame", frame)
    connection.execute("CREATE TABLE own AS SELECT * REPLACE (known_on::DATE AS known_on) FROM frame")  # fmt: skip
    backend = ibis.duckdb.from_connection(connection)
    return backend, backend.table("own")


def test_columns_beyond_the_first_block_are_asked_as_those_in_it() -> None:
    frame, contract = wide()
    backend, own = laid(frame)
    found = rescaled_rows(backend, own, contract)
    assert found is not None
    assert sorted(found) == sorted(STRUCK)
    after = set(frame.index[frame["known_on"] >= SINCE])
    for name in STRUCK:
        assert set(found[name].to_pyarrow().to_pylist()) == after
