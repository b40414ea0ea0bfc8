"""Tables too large to be held: written and read in parts, the same bytes and the same rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contracts.errors import ContractError
from contracts.tables import store
from contracts.tables.spec import Table, columns
from contracts.tables.store import read_parts, read_table, write_parts, write_table

COLUMNS = ["customer_id", "pillar", "points"]
POINTS = Table(
    "points",
    ("customer_id", "feature"),
    columns(
        """
        customer_id text - the customer
        feature text - what is measured
        pillar text - which pillar it counts to
        points number - what it adds
        """
    ),
    meaning="One row per (customer_id, feature).",
)


def rows_of(customers: int, features: int) -> pd.DataFrame:
    rows = pd.MultiIndex.from_product(
        [[f"C{n:03d}" for n in range(customers)], [f"f{n}" for n in range(features)]],
        names=["customer_id", "feature"],
    ).to_frame(index=False)
    points = np.random.default_rng(1).normal(size=len(rows))
    return rows.assign(pillar="credit_record", points=points)


@pytest.mark.parametrize("size", [1, 7, 40])
def test_parts_give_the_bytes_of_the_whole(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BLOCK", 50)
    whole = rows_of(40, 6)
    write_table(whole, tmp_path / "whole.parquet", POINTS)
    parts = [part.sample(frac=1, random_state=1) for _, part in whole.groupby(whole.index // (6 * size))]  # fmt: skip
    write_parts(parts, tmp_path / "parts.parquet", POINTS)
    assert (tmp_path / "parts.parquet").read_bytes() == (tmp_path / "whole.parquet").read_bytes()


@pytest.mark.parametrize("block", [1, 5, 6, 50, 1_000])
def test_no_customer_is_in_two_parts(
    block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table(rows_of(40, 6), tmp_path / "all.parquet", POINTS)
    monkeypatch.setattr(store, "BLOCK", block)
    parts = list(read_parts(tmp_path / "all.parquet", POINTS, columns=COLUMNS))
    seen = [set(part["customer_id"]) for part in parts]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 40
    whole = read_table(tmp_path / "all.parquet", POINTS, columns=COLUMNS)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), whole)
    assert (len(parts) == 40) == (block < 12)


def test_an_empty_table_is_one_empty_part(tmp_path: Path) -> None:
    write_table(rows_of(1, 1).head(0), tmp_path / "none.parquet", POINTS)
    (part,) = read_parts(tmp_path / "none.parquet", POINTS, columns=COLUMNS)
    assert (len(part), list(part.columns)) == (0, COLUMNS)


def test_what_is_absent_or_of_another_contract_is_said(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="absent"):
        next(read_parts(tmp_path / "no.parquet", POINTS, columns=COLUMNS))
    pd.DataFrame({"customer_id": ["A"], "pillar": ["p"], "points": ["1"]}).to_parquet(tmp_path / "other.parquet")  # fmt: skip
    with pytest.raises(ContractError, match="not those of the contract"):
        next(read_parts(tmp_path / "other.parquet", POINTS, columns=COLUMNS))
