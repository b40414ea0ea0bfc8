"""Streaming: the same bytes whatever the threads, the same rows as in memory, and no block that needs another."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.config.source import WorldSource
from contracts.errors import ConfigError
from contracts.tables.raw import RAW_TABLES
from contracts.tables.simulated import TRUE_DEFAULTS, TRUTH
from contracts.tables.store import write_arrow
from world.blocks import SIZE, make_block, share, spans
from world.simulate import World, simulate, stream

UNTIL = date(2024, 10, 17)
SOURCE = WorldSource(kind="world", customers=2_600, years=3, seed=8, downturn="mild")


@pytest.fixture(scope="module")
def one_thread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one")
    stream(SOURCE, UNTIL, "EUR", folder, threads=1)
    return folder


@pytest.fixture(scope="module")
def in_memory() -> World:
    return simulate(SOURCE, UNTIL, "EUR")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_two_threads_write_the_same_bytes(one_thread: Path, tmp_path: Path) -> None:
    stream(SOURCE, UNTIL, "EUR", tmp_path, threads=2)
    first, second = contents(one_thread), contents(tmp_path)
    assert set(first) == set(second)
    assert {name for name in first if first[name] != second[name]} == set()
    # nine tables in three parts, the rates in one, and the truth: nothing else, no partial file
    assert len(first) == 9 * 3 + 1 + 2


def test_any_block_alone_gives_the_same_bytes(one_thread: Path, tmp_path: Path) -> None:
    shared = share(SOURCE, UNTIL, "EUR")
    last = list(spans(SOURCE.customers))[2]
    for name, table in make_block(shared, last).tables.items():
        write_arrow(table, tmp_path / f"{name}.parquet")
        whole = one_thread / name / "part-00002.parquet"
        assert (tmp_path / f"{name}.parquet").read_bytes() == whole.read_bytes(), name


@pytest.mark.parametrize("name", list(RAW_TABLES))
def test_a_table_in_memory_is_its_parts_one_after_the_other(
    one_thread: Path, in_memory: World, name: str
) -> None:
    parts = [pq.read_table(path) for path in sorted((one_thread / name).iterdir())]
    whole = pa.concat_tables(parts)
    assert whole.equals(in_memory.tables[name])
    key = [(column, "ascending") for column in RAW_TABLES[name].grain]
    assert whole.sort_by(key).equals(whole)  # in the order of the grain
    keys = whole.select([column for column, _ in key])
    assert keys.group_by(keys.column_names).aggregate([]).num_rows == whole.num_rows


def test_the_truth_is_streamed_as_well(one_thread: Path, in_memory: World) -> None:
    assert pq.read_table(one_thread / f"{TRUTH.name}.parquet").equals(in_memory.truth)
    assert pq.read_table(one_thread / f"{TRUE_DEFAULTS.name}.parquet").equals(in_memory.defaults)


def test_a_larger_world_begins_with_the_smaller_one(in_memory: World) -> None:
    """The first block does not know how many follow it, so sizes can be compared."""
    small = simulate(SOURCE.model_copy(update={"customers": SIZE}), UNTIL, "EUR")
    for name in set(RAW_TABLES) - {"fx_rates"}:
        table = small.tables[name]
        assert in_memory.tables[name].slice(0, table.num_rows).equals(table), name


def test_blocks_differ(in_memory: World) -> None:
    amounts = in_memory.tables["invoices"].column("amount")
    blocks = in_memory.tables["invoices"].column("invoice_id").to_pandas().str[1:4]
    assert set(blocks) == {"000", "001", "002"}
    sets = [set(amounts.to_pandas()[blocks == block]) for block in ("000", "001")]
    assert len(sets[0] & sets[1]) / len(sets[0]) < 0.2  # chance agreement of small amounts


@pytest.mark.parametrize("name", ["invoices", "payments", "disputes", "events"])
def test_numbers_have_one_width_and_follow_the_order_of_booking(
    in_memory: World, name: str
) -> None:
    """A document's number is known on the day it is booked: later ones never change it."""
    key = RAW_TABLES[name].grain[0]
    clock = {"disputes": "opened_on", "events": "known_on"}.get(name, "booked_at")
    frame = in_memory.tables[name].to_pandas()
    assert set(frame[key].str.len()) == {11}
    assert frame[key].is_unique
    for _, block in frame.groupby(frame[key].str[1:4]):
        assert block.sort_values(key)[clock].is_monotonic_increasing


def test_a_world_too_large_for_its_identifiers_is_refused() -> None:
    with pytest.raises(ConfigError, match="no room for so many customers"):
        list(spans(1_000_000))
