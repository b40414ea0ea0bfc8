"""A day of the matrix: whole rows of those asked for, of the others what ranks compare, and nothing of other days."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from contracts.config.engine import EngineConfig
from contracts.errors import ContractError
from contracts.tables.derived import MATRIX
from contracts.tables.store import write_table
from features.catalog import catalogue
from features.engine.backend import connected
from features.variants.day import Day, day_of

DAY, BEFORE = date(2026, 1, 1), date(2025, 12, 1)
RANKED = next(one for one in catalogue([365]) if one.ranked is not None)


def read(folder: Path, ids: list[str], frame: pd.DataFrame) -> Day:
    write_table(frame, folder / "matrix.parquet", MATRIX)
    with connected(EngineConfig(threads=1), folder / "spill") as con:
        return day_of(con, folder / "matrix.parquet", DAY, ids, [RANKED])


@pytest.fixture(name="rows")
def _rows() -> pd.DataFrame:
    assert RANKED.ranked is not None
    values = {
        RANKED.ranked.name: [0.1, 0.2, None, 9.0],
        "customer_industry": ["C", None, "G", "C"],
        "balance_amount": [1.0, 2.0, None, 4.0],
    }
    days = pd.to_datetime([DAY, DAY, DAY, BEFORE])
    return pd.DataFrame({"customer_id": ["A", "it's", "C", "A"], "as_of": days, **values})


def test_it_holds_what_the_matrix_holds_of_the_day(tmp_path: Path, rows: pd.DataFrame) -> None:
    found = read(tmp_path, ["it's", "C"], rows)
    on_day = rows[rows["as_of"] == pd.Timestamp(DAY)].set_index("customer_id")
    pd.testing.assert_frame_equal(found.own.loc[["it's", "C"], on_day.columns], on_day.loc[["it's", "C"]], check_dtype=False, check_index_type=False)  # fmt: skip
    assert RANKED.ranked is not None
    assert set(found.peers.columns) == {RANKED.ranked.name, "customer_industry"}
    pd.testing.assert_frame_equal(found.peers.loc[on_day.index], on_day[list(found.peers.columns)], check_dtype=False, check_index_type=False)  # fmt: skip


def test_without_an_industry_in_the_matrix_peers_have_none(tmp_path: Path, rows: pd.DataFrame) -> None:  # fmt: skip
    found = read(tmp_path, ["A"], rows.drop(columns="customer_industry"))
    assert list(found.own.index) == ["A"]
    assert "customer_industry" not in found.peers


def test_an_absent_matrix_is_told(tmp_path: Path) -> None:
    with connected(EngineConfig(threads=1), tmp_path / "spill") as con, pytest.raises(ContractError):  # fmt: skip
        day_of(con, tmp_path / "matrix.parquet", DAY, ["A"], [RANKED])
