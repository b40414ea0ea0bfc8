"""Ranks on arrays are those of the engine's windows, to the bit, and a rank is what it says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.config.engine import EngineConfig
from contracts.tables.derived import KEY
from features.catalog.peers import ranks
from features.declaration import Feature
from features.engine.backend import connected
from features.engine.scratch import Scratch, scratch
from features.matrix.standing import percent_ranks, standing, standing_by_days

NAMES = ("a", "b", "c")


def ranked(name: str) -> Feature:
    """A rank of the value `name`."""
    return cast("Feature", SimpleNamespace(name=f"{name}_rank", ranked=SimpleNamespace(name=name)))


def book(seed: int) -> pa.Table:
    """900 observations of 300 customers in industries of one to many, with few different values, some of them missing."""
    rng = np.random.default_rng(seed)
    n, days = 300, 3
    industry = rng.choice(["", "C", "F", "G", "H"], n, p=[0.2, 0.5, 0.2, 0.08, 0.02]).astype(object)
    industry[rng.random(n) < 0.1] = None
    value = np.array([-0.0, 0.0, 1.5, 1e300, -1e-300, 7.0])
    columns = {
        name: pa.array(rng.choice(value, n * days), mask=rng.random(n * days) < share)
        for name, share in zip(NAMES, (0.0, 0.4, 0.9), strict=True)
    }
    keys = {
        "customer_id": [f"K{place}" for place in range(n)] * days,
        "as_of": [date(2024, 1, 1) + timedelta(31 * day) for day in range(days) for _ in range(n)],
        "industry": pa.array([*industry] * days, pa.string()),
    }
    return pa.table(keys | columns)


def shown(con: Any, rows: pa.Table, folder: Path) -> ir.Table:
    """The rows as a relation of the engine."""
    pq.write_table(rows, folder / "book.parquet")
    return con.read_parquet(folder / "book.parquet")


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_arrays_give_what_windows_give(tmp_path: Path, seed: int) -> None:
    features = [ranked(name) for name in NAMES]
    with connected(EngineConfig(threads=2), tmp_path) as con:
        values = shown(con, book(seed), tmp_path)
        expected = con.to_pyarrow(ranks(values, features).order_by(KEY))
        with scratch(con) as made:
            found = con.to_pyarrow(standing(made, values, features).order_by(KEY))
    assert found.to_pylist() == expected.to_pylist()  # a difference in the last bit is one
    assert found.num_rows > 700
    assert [found[f"{name}_rank"].null_count < found.num_rows for name in NAMES] == [True] * 3


@pytest.mark.parametrize("named", [(), (1,)])
def test_as_long_as_nobody_has_an_industry_all_are_peers(
    tmp_path: Path, named: tuple[int, ...]
) -> None:
    """Of three days none, or the second, has customers whose industry is known."""
    rows = book(4)
    days = [date(2024, 1, 1) + timedelta(31 * day) for day in range(3)]
    kept = np.isin(np.array(rows["as_of"].to_pylist()), [days[at] for at in named])
    industry = pa.array([one if keep else None for one, keep in zip(rows["industry"].to_pylist(), kept, strict=True)], pa.string())  # fmt: skip
    rows = rows.set_column(rows.schema.get_field_index("industry"), "industry", industry)
    features = [ranked(name) for name in NAMES]
    with connected(EngineConfig(threads=2), tmp_path) as con, scratch(con) as made:
        values = shown(con, rows, tmp_path)
        expected = con.to_pyarrow(ranks(values, features).order_by(KEY))
        found = con.to_pyarrow(standing(made, values, features).order_by(KEY))
        by_days = con.to_pyarrow(standing_by_days(made, values, features).order_by(KEY))
    assert found.to_pylist() == expected.to_pylist() == by_days.to_pylist()
    of = {(one["customer_id"], one["as_of"]): one["a_rank"] for one in found.to_pylist()}
    value = {(one["customer_id"], one["as_of"]): one for one in rows.to_pylist()}
    for key, one in value.items():
        others = [other["a"] for (who, day), other in value.items() if day == key[1] and who != key[0]]  # fmt: skip
        if not named or key[1] < days[named[0]]:
            assert of[key] == pytest.approx(sum(other < one["a"] for other in others) / len(others))
        elif one["industry"] is None:
            assert of.get(key) is None


@pytest.mark.parametrize(("share", "n_parts"), [(0.25, 1), (3e-4, 2), (1e-9, 3)])
def test_a_book_in_parts_is_the_same_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: float, n_parts: int
) -> None:
    """A day takes 134 KB: of 1 GB 300 KB hold two of the three, and 1 B none, which is then one."""
    features, sizes = [ranked(name) for name in NAMES], list[int]()
    monkeypatch.setattr("features.matrix.standing.MAX_SHARE", share)
    with connected(EngineConfig(threads=1, memory_limit="1GB"), tmp_path) as con:
        values = shown(con, book(0), tmp_path)
        whole = con.to_pyarrow(ranks(values, features).order_by(KEY))
        keep = Scratch.keep

        def kept(self: Scratch, name: str, table: ir.Table) -> ir.Table:
            found = keep(self, name, table)
            sizes.append(con.to_pyarrow(found.count()).as_py())
            return found

        monkeypatch.setattr(Scratch, "keep", kept)
        with scratch(con) as made:
            found = standing_by_days(made, values, features)
            assert con.to_pyarrow(found.order_by(KEY)).to_pylist() == whole.to_pylist()
    assert (len(sizes) or 1) == n_parts
    assert sum(sizes) in (0, whole.num_rows)


def test_ranks_by_hand() -> None:
    """Six of one group: 1, 2, 2, 3, 9, 9, of whom 2 and 2 share the second place and 9 and 9 the fifth; five others each."""
    group = np.array([1] * 6 + [2] * 5 + [3])
    value = np.array([3.0, 1, 2, 2, 9, 9, 1, 2, 3, 4, 5, 1])
    rank, is_ranked = percent_ranks(group, value, np.ones(12, np.bool_))
    assert rank[:6].tolist() == [3 / 5, 0, 1 / 5, 1 / 5, 4 / 5, 4 / 5]
    # four others are too few, and so is nobody
    assert is_ranked.tolist() == [True] * 6 + [False] * 6


def test_who_has_no_value_counts_for_nobody() -> None:
    value = np.array([5.0, 0, 1, 2, 3, 4, 0])
    known = np.array([True, False, True, True, True, True, True])
    rank, is_ranked = percent_ranks(np.zeros(7, np.int64), value, known)
    assert is_ranked.tolist() == known.tolist()
    assert (rank[0], rank[6]) == (1.0, 0.0)
    rank, is_ranked = percent_ranks(np.zeros(7, np.int64), value, ~known)
    assert not is_ranked.any()


def test_a_repeated_observation_has_one_rank(tmp_path: Path) -> None:
    rows = book(3)
    twice = pa.concat_tables([rows, rows.slice(0, 10)])
    features = [ranked(name) for name in NAMES]
    with connected(EngineConfig(threads=1), tmp_path) as con, scratch(con) as made:
        values = shown(con, twice, tmp_path)
        found = con.to_pyarrow(standing(made, values, features))
        expected = con.to_pyarrow(ranks(values, features))
    order = [(key, "ascending") for key in KEY]
    assert found.sort_by(order).to_pylist() == expected.sort_by(order).to_pylist()
