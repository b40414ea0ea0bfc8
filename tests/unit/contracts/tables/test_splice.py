"""A spliced file is, byte for byte, the one that is written of the same rows; what is laid out otherwise is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.tables import store
from contracts.tables.splice import NotSplicedError, spliced
from contracts.tables.store import write_arrow
from contracts.tables.thrift import read_struct, write_struct

N, GROUP = 1000, 300
COLUMNS = 40
SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        *(pa.field(f"x{i}", pa.float64()) for i in range(COLUMNS)),
        pa.field("level", pa.string()),
    ]
)


def _table(rng: np.random.Generator) -> pa.Table:
    """Keys, numbers of few and of many values with missing ones, and text."""
    columns: list[pa.Array] = [
        pa.array([f"C{i // 7:05}" for i in range(N)]),
        pa.array(np.arange(N) % 7, pa.int32()).cast(pa.date32()),
    ]
    for i in range(COLUMNS):
        values = rng.integers(0, 5, N).astype(float) if i % 3 else rng.normal(size=N)
        columns.append(pa.array(values, mask=rng.random(N) < i / COLUMNS))
    columns.append(pa.array([None, "a", "ü" * 40][i % 3] for i in range(N)))
    return pa.table(columns, schema=SCHEMA)


@pytest.fixture(autouse=True)
def _short_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BLOCK", GROUP)


@pytest.mark.parametrize("seed", range(20))
def test_the_bytes_are_those_of_a_file_written_whole(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    old, new = _table(rng), _table(rng)
    write_arrow(old, tmp_path / "old.parquet")
    changed, wanted = {}, []
    for number, start in enumerate(range(0, N, GROUP)):
        names = [name for name in SCHEMA.names if rng.random() < (0, 0.1, 0.9)[seed % 3]]
        before, after = old.slice(start, GROUP), new.slice(start, GROUP)
        rows = [after if name in names else before for name in SCHEMA.names]
        pairs = zip(SCHEMA.names, rows, strict=True)
        wanted.append(pa.table([one[name] for name, one in pairs], schema=SCHEMA))
        if names:
            changed[number] = after.select(names)
    spliced(tmp_path / "old.parquet", tmp_path / "new.parquet", changed)
    write_arrow(pa.concat_tables(wanted), tmp_path / "wanted.parquet")
    found = (tmp_path / "new.parquet").read_bytes()
    assert found == (tmp_path / "wanted.parquet").read_bytes()
    assert (found == (tmp_path / "old.parquet").read_bytes()) == (not changed)


def test_a_file_of_another_layout_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "old.parquet"
    pq.write_table(_table(np.random.default_rng(0)), old, write_page_index=True)
    with pytest.raises(NotSplicedError):
        spliced(old, tmp_path / "new.parquet", {})
    old.write_bytes(b"no Parquet at all")
    with pytest.raises(NotSplicedError):
        spliced(old, tmp_path / "new.parquet", {})
    assert [path.name for path in tmp_path.iterdir()] == ["old.parquet"]


def test_every_type_of_a_footer_is_read_and_written_back() -> None:
    inner = {1: (1, None), 2: (2, None), 40: (6, -(2**62)), 41: (7, b"\x01" * 8), 3: (3, 9)}
    struct = {1: (5, -1), 2: (8, b"x" * 300), 3: (9, (12, [inner] * 20)), 9: (9, (1, [1, 2]))}
    data = write_struct(struct)
    assert read_struct(b"\xff" + data + b"\xff", 1) == (struct, len(data) + 1)
    assert data.hex().startswith("150118ac02")  # zigzag of -1 is 1; 300 is ac 02
