"""Rows that share what they were ordered by are found, wherever they lie."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts import parquet
from contracts.parquet import TiedError, write_query

SCHEMA = pa.schema([("a", pa.string()), ("b", pa.int64())])
BATCH = 2_048
"""Rows of the engine's own vectors: the least that it hands over."""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows come in many batches."""
    monkeypatch.setattr(parquet, "BLOCK", BATCH)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("twice", [0, 7, BATCH - 1, BATCH, 2 * BATCH - 1, 9_999])
def test_a_key_that_two_rows_share(tmp_path: Path, twice: int) -> None:
    """10,000 keys in order, of which one comes twice: also where a batch ends with it."""
    keys = "FROM (SELECT lpad(n::VARCHAR, 5, '0') AS a, n AS b FROM range(10000) AS r(n)"
    with duckdb.connect() as engine:
        query = f"{keys}) ORDER BY a"
        assert write_query(engine, query, tmp_path / "alone.parquet", SCHEMA, ["a"]) == 10_000
        query = f"{keys} UNION ALL (VALUES (lpad('{twice}', 5, '0'), -1))) ORDER BY a"
        with pytest.raises(TiedError, match=r"^a$"):
            write_query(engine, query, tmp_path / "tied.parquet", SCHEMA, ["a"])
        assert write_query(engine, query, tmp_path / "both.parquet", SCHEMA, ["a", "b"]) == 10_001
    assert not (tmp_path / "tied.parquet").exists()
    assert pq.read_table(tmp_path / "alone.parquet")["b"].to_pylist() == [*range(10_000)]


@pytest.mark.parametrize(
    ("rows", "is_tied"),
    [
        ("(NULL, 1), (NULL, 1)", True),  # one missing value is like another
        ("(NULL, 1), (NULL, 2)", False),
        ("('x', NULL), ('x', 2)", False),
        ("('x', 1), (NULL, 1)", False),
        ("('x', 2), ('x', 1), ('x', 2)", True),
    ],
)
def test_missing_values_and_several_columns(tmp_path: Path, rows: str, *, is_tied: bool) -> None:
    query = f"FROM (VALUES {rows}) AS t(a, b) SELECT a::VARCHAR AS a, b::BIGINT AS b ORDER BY a, b"
    with duckdb.connect() as engine:
        if is_tied:
            with pytest.raises(TiedError):
                write_query(engine, query, tmp_path / "rows.parquet", SCHEMA, ["a", "b"])
        else:
            write_query(engine, query, tmp_path / "rows.parquet", SCHEMA, ["a", "b"])
            assert pq.read_table(tmp_path / "rows.parquet").num_rows == rows.count("(")
