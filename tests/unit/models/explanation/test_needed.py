"""What is found in the rows that are read is what is found in all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contracts.errors import ContractError
from contracts.tables import by_day as by_day_
from contracts.tables import store
from contracts.tables.by_day import by_day
from contracts.tables.derived import KEY, MATRIX
from models.explanation import groups, needed
from models.explanation.groups import hashed_sample
from models.explanation.history import Books
from models.explanation.peers import newest_healthy


def _matrix() -> pd.DataFrame:
    days = pd.date_range("2018-01-01", periods=60, freq="MS").astype("datetime64[s]")
    keys = pd.MultiIndex.from_product([[f"C{n:03}" for n in range(40)], days], names=list(KEY))
    frame = keys.to_frame(index=False).sample(frac=0.7, random_state=1).sort_values(list(KEY))
    return frame.assign(x=np.random.default_rng(1).normal(size=len(frame)), level="a")


def test_sample_and_healthy_are_those_of_all_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BLOCK", 64)
    monkeypatch.setattr(needed, "hashed_sample", lambda rows: groups.hashed_sample(rows, 50))
    matrix = _matrix()
    file = tmp_path / "matrix.parquet"
    store.write_table(matrix, file, MATRIX)
    matured = matrix[matrix["as_of"] < "2022-01-01"][list(KEY)]
    matured = matured.assign(defaulted=np.arange(len(matured)) % 9 == 0)

    wanted = needed.needed(store.read_table(file, MATRIX, columns=list(KEY)), matured)
    some, every = store.read_rows(file, MATRIX, wanted), store.read_table(file, MATRIX)
    pd.testing.assert_frame_equal(some, every[wanted].reset_index(drop=True))
    assert len(some) < len(every) / 2

    few, all_ = (matured.merge(rows, on=list(KEY), validate="one_to_one") for rows in (some, every))
    pd.testing.assert_frame_equal(newest_healthy(few), newest_healthy(all_))
    same = [hashed_sample(rows, 50).reset_index(drop=True) for rows in (few, all_)]
    pd.testing.assert_frame_equal(*same)


@pytest.mark.parametrize("held", [1 << 28, 2_000, 0])
def test_each_day_is_read_as_it_stands_in_the_matrix(
    held: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BLOCK", 64)
    monkeypatch.setattr(by_day_, "HELD", held)
    matrix, file = _matrix(), tmp_path / "matrix.parquet"
    store.write_table(matrix, file, MATRIX)
    every = store.read_table(file, MATRIX)
    days = needed.newest_days(every, 6)
    books = Books.of(every, 6)
    assert books.days == days
    assert len(set(days)) == 6
    also = (every["x"] > 1).to_numpy()
    with by_day(file, MATRIX, days, tmp_path / "spill", also) as apart:
        assert any((tmp_path / "spill").rglob("*.arrow")) == (held < 1 << 28)
        pd.testing.assert_frame_equal(apart.rows, every[also].reset_index(drop=True))
        for day in days:
            own = every[every["as_of"] == pd.Timestamp(day)]
            assert len(own) > 10
            for rows in (apart.day(day), books.read(day).reset_index(drop=True)):
                pd.testing.assert_frame_equal(rows, own.reset_index(drop=True))
        with pytest.raises((FileNotFoundError, KeyError)):
            apart.day(every["as_of"].min().date())
    assert list((tmp_path / "spill").iterdir()) == []


def test_a_cut_matrix_is_told(tmp_path: Path) -> None:
    file = tmp_path / "matrix.parquet"
    file.write_bytes(b"PAR1 and no more")
    with pytest.raises(ContractError, match="cannot be read"), by_day(file, MATRIX, (), tmp_path):
        pass
