"""One query finds what pandera finds: rows that keep their contract pass, and each kind of breach is pandera's to tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandera.errors import SchemaError

from contracts.tables.engine import check_rows, ibis_schema
from contracts.tables.spec import Column, Kind, Table

TABLE = Table(
    name="bills",
    columns=(
        Column("bill_id", Kind.TEXT, ""),
        Column("kind", Kind.TEXT, "", one_of=("bill", "note")),
        Column("reason", Kind.TEXT, "", nullable=True, one_of=("late", "lost")),
        Column("days", Kind.COUNT, "", nullable=True),
    ),
    grain=("bill_id", "days"),
)
GOOD: dict[str, list[Any]] = {
    "bill_id": ["B1", "B1", "B2"],
    "kind": ["bill", "note", "bill"],
    "reason": [None, "late", None],
    "days": [1, None, 1],
}


def held(folder: Path, **columns: list[Any]) -> ibis.Table:
    """The good rows with other columns, as an engine reads them."""
    values = {name: one for name, one in (GOOD | columns).items() if one}
    days = pa.float64() if any(isinstance(one, float) for one in values.get("days", [])) else pa.int64()  # fmt: skip
    types = {"days": days}
    arrays = {name: pa.array(one, types.get(name, pa.string())) for name, one in values.items()}
    pq.write_table(pa.table(arrays), folder / "bills.parquet")
    return ibis.duckdb.connect().read_parquet(str(folder / "bills.parquet"))


def test_rows_that_keep_it_pass_as_do_none(tmp_path: Path) -> None:
    check_rows(held(tmp_path), TABLE)
    ibis_schema(TABLE).validate(held(tmp_path))
    check_rows(held(tmp_path).limit(0), TABLE)


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"bill_id": ["B1", None, "B2"]}, id="a value is missing"),
        pytest.param({"kind": ["bill", "note", "memo"]}, id="a value is illegal"),
        pytest.param({"reason": [None, "late", "lust"]}, id="an illegal value where it may be missing"),
        pytest.param({"bill_id": ["B1", "B2", "B1"]}, id="a key is there twice"),
        pytest.param({"bill_id": ["B1"] * 3, "days": [1, None, None]}, id="a key with a missing part is there twice"),
        pytest.param({"days": [1.0, None, 1.5]}, id="another type"),
        pytest.param({"reason": []}, id="a column is absent"),
        pytest.param({"more": ["a", "b", "c"]}, id="a column too many"),
    ],
)  # fmt: skip
def test_what_breaks_it_is_told_by_pandera(columns: dict[str, list[Any]], tmp_path: Path) -> None:
    with pytest.raises(SchemaError):
        check_rows(held(tmp_path, **columns), TABLE)
