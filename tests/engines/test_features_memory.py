"""A book larger than the memory limit spills to disk; where even that is not enough, the message says what to set."""

from __future__ import annotations

from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.resources import EngineError
from features.engine.backend import connect, load
from features.matrix.matrix import build
from tests.features_books import portfolio

CHOICE = FeaturesConfig(families=("billing",))
SELECTS = {
    "customers": """SELECT 'C' || i AS customer_id, 'C' || i AS name, 'DE' AS country, 'C' AS industry,
        NULL::VARCHAR AS legal_form, false AS is_natural_person, NULL::DATE AS founded_on,
        nth_day(-366) AS onboarded_on, NULL::VARCHAR AS parent_id, 'EUR' AS currency FROM range(15000) t(i)""",
    "invoices": """SELECT 'a rather long invoice number ' || i AS invoice_id, 'C' || (i * 7919 % 15000) AS customer_id,
        nth_day(i % 1000) AS issued_on, nth_day(i % 1000 + 30) AS due_on, (i % 9999 + 1)::DECIMAL(18, 3) AS amount,
        'EUR' AS currency, 'invoice' AS kind, NULL::VARCHAR AS credits, nth_day(i % 1000) AS booked_at FROM range(300000) t(i)""",
    "payments": """SELECT 'P' || i AS payment_id, 'a rather long invoice number ' || i AS invoice_id,
        NULL::VARCHAR AS customer_id, nth_day(i % 1000 + i % 60) AS paid_on,
        (i % 9999 + 1)::DECIMAL(18, 3) AS amount, 'payment' AS kind,
        nth_day(i % 1000 + i % 60) AS booked_at FROM range(300000) t(i)""",
}


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300,000 invoices of 15,000 customers over 1,000 days, each paid once."""
    folder = tmp_path_factory.mktemp("big")
    con = connect(EngineConfig(threads=2), folder / "spill")
    con.raw_sql("CREATE MACRO nth_day(n) AS DATE '2021-01-01' + n::INTEGER")
    for name, select in SELECTS.items():
        con.raw_sql(f"COPY ({select}) TO '{folder / name}.parquet' (FORMAT parquet)")
    con.disconnect()
    return folder


def run(big: Path, folder: Path, memory: str, *, spills: bool = True) -> pa.Table:
    con = connect(EngineConfig(threads=1, memory_limit=memory), folder / "spill")
    if not spills:
        con.raw_sql("SET max_temp_directory_size = '0KB'")
    tables = load(con, big, portfolio())
    days = ibis.memtable({"as_of": [f"2023-{month:02}-28" for month in range(1, 7)]})
    rows = tables["customers"].select("customer_id").cross_join(days.cast({"as_of": "date"}))
    try:
        return build(con, tables, rows, portfolio(), CHOICE)[0]
    finally:
        con.disconnect()


@pytest.mark.long
def test_what_does_not_fit_spills_and_is_the_same(big: Path, tmp_path: Path) -> None:
    # measured: works from 110 MB with a place to spill to, and not at 180 MB without one: so it did spill
    with pytest.raises(EngineError):
        run(big, tmp_path, "150MB", spills=False)
    assert run(big, tmp_path, "150MB").equals(run(big, tmp_path, "4GB"))


def test_a_limit_too_small_even_for_spilling_names_the_key(big: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError) as error:
        run(big, tmp_path, "20MB")
    text = str(error.value)
    assert "configs/params.yaml: engine > memory_limit" in text
    assert "Raise engine.memory_limit" in text
    assert "used" in text
    assert "SELECT" not in text
