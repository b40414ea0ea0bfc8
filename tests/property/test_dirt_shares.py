"""Whatever the share and the seed: as many rows as asked for, and a larger share strikes the same rows and more."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.tables.raw import FX_RATES
from quality.faults.soil import Struck, apply
from tests.dirt_books import find_place, keys

N_ROWS = 300


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shares")
    rates = [
        {"currency": "USD", "rate_on": date(2024, 1, 1) + timedelta(days=n), "rate": Decimal("0.9")}
        for n in range(N_ROWS)
    ]
    pq.write_table(
        pa.Table.from_pylist(rates, FX_RATES.arrow_schema()), folder / "fx_rates.parquet"
    )
    return folder


def strike(raw: Path, share: float, seed: int) -> Struck:
    with tempfile.TemporaryDirectory() as out:
        return apply(*find_place("rate_of_nought", "fx_rates"), share, seed, raw, Path(out) / "out")


@settings(max_examples=15, deadline=None)
@given(
    shares=st.tuples(*[st.floats(0.0001, 1.0)] * 2).map(sorted),
    seed=st.integers(-(2**31), 2**31),
)
def test_a_larger_share_strikes_the_same_rows_and_more(
    raw: Path, shares: list[float], seed: int
) -> None:
    fewer, more = (strike(raw, share, seed) for share in shares)
    assert [fewer.n_rows, more.n_rows] == [max(1, round(share * N_ROWS)) for share in shares]
    assert keys(fewer) <= keys(more)
    assert len(keys(more)) == more.n_rows


def test_every_row_has_the_same_chance(raw: Path) -> None:
    """A fifth of the rows, 40 seeds: each row is struck 8 times on average, sd sqrt(40 x 0.2 x 0.8) = 2.5.

    The largest of 300 such counts lies within 5 sd; a row chosen whatever the seed would be struck 40 times.
    """
    counts: dict[str, int] = {}
    for seed in range(40):
        for key in keys(strike(raw, 0.2, seed)):
            counts[key] = counts.get(key, 0) + 1
    assert sum(counts.values()) == 40 * N_ROWS // 5
    assert max(counts.values()) <= 8 + 5 * 2.6
    assert len(counts) == N_ROWS
