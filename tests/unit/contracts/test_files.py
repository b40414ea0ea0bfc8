"""Whole files and folders: whatever fails, and whenever the process dies, the last whole version is there."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from contracts import files
from contracts.errors import ConfigError
from contracts.files import (
    as_file,
    read_json,
    read_text,
    restored,
    whole_folder,
    write_json,
    write_text,
)
from contracts.tables.derived import LINEAGE
from contracts.tables.store import read_optional, table_paths
from sources.extracts.drops import find_drops
from tests.disk import faulty, small_disk, write_again_and_again, write_in_turn
from tests.writers import TORN, WRITERS, Writer, content

LONG = ("quality.faults.soil.soil", "quality.faults.extract.export", "quality.faults.book.write", "sources.databases.landing.land")  # fmt: skip
"""Writers of many files, and so of many calls to fail at."""


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.long) if name in LONG else name for name in WRITERS
    ]
)
def writer(request: pytest.FixtureRequest) -> Writer:
    return WRITERS[request.param]


@pytest.fixture
def versions(writer: Writer, tmp_path: Path) -> tuple[Any, Any]:
    """What a reader finds of version 1 and of version 2; version 2 first, so that 1 replaces something."""
    writer.prepare(tmp_path)
    found = {}
    for version in (2, 1):
        writer.write(tmp_path, version)
        found[version] = writer.read(tmp_path)
    assert found[1] != found[2]
    assert TORN not in found.values()
    return found[1], found[2]


def test_long_writers_are_writers() -> None:
    assert set(LONG) < set(WRITERS)


def hidden(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob(".*"))


def points(kind: str) -> Iterator[tuple[int, str]]:
    """Every call of the writer: the caller stops when a fault no longer happens."""
    for at in count():
        assert at < 2000
        yield at, kind


@pytest.mark.parametrize("kind", ["once", "killed"])
def test_at_every_call_the_last_whole_version_stays(
    writer: Writer, versions: tuple[Any, Any], tmp_path: Path, kind: str
) -> None:
    """A fault at each call in turn; then a reader, and a writer that nothing happens to."""
    old, new = versions
    allowed = [old, new, TORN] if writer.outputs > 1 else [old, new]
    at = 0
    for at, fault in points(kind):
        with faulty(at, fault) as met:
            writer.write(tmp_path, 2)
        if not met.happened:
            break
        found = writer.read(tmp_path)
        assert found in allowed, met.calls[at:]
        if found != old or hidden(tmp_path):
            writer.write(tmp_path, 1)
            assert writer.read(tmp_path) == old
            assert hidden(tmp_path) == []
    assert at > 5  # the fault reached the calls
    assert writer.read(tmp_path) == new


@pytest.mark.parametrize("kind", ["on", "killed"])
def test_at_every_call_and_again_at_every_call_of_the_rerun(tmp_path: Path, kind: str) -> None:
    """No reader comes in between, and the third process ends like the first."""
    writer = WRITERS["contracts.files.whole_folder"]
    writer.write(tmp_path, 1)
    old = writer.read(tmp_path)
    with faulty(None, "killed") as met:
        writer.write(tmp_path, 2)
    new, n_calls = writer.read(tmp_path), len(met.calls)
    assert n_calls > 20
    writer.write(tmp_path, 1)
    for first in range(n_calls):
        for second in range(first % 7, n_calls, 7):
            for at in (first, second, first):
                with faulty(at, kind):
                    writer.write(tmp_path, 2)
            assert writer.read(tmp_path) in (old, new), (first, second)
            writer.write(tmp_path, 1)
            assert hidden(tmp_path) == []


@pytest.mark.parametrize("most", [0, 100, 600, 2000])
def test_a_write_that_is_cut_leaves_the_old_version(
    writer: Writer, versions: tuple[Any, Any], tmp_path: Path, most: int
) -> None:
    """The system refuses every byte beyond: what pyarrow and DuckDB write of their own accord fails half-way."""
    try:
        with small_disk(most):
            writer.write(tmp_path, 2)
    except Exception:  # noqa: BLE001 - each library has its own kind for a full disk
        expected = [versions[0], TORN] if writer.outputs > 1 else [versions[0]]
    else:
        expected = [versions[1]]
    assert writer.read(tmp_path) in expected
    writer.write(tmp_path, 2)
    assert writer.read(tmp_path) == versions[1]
    assert hidden(tmp_path) == []


def killed_between(folder: Path) -> None:
    """As a writer leaves it that dies after it moved the old folder aside: the new one has not taken its place."""
    folder.rename(folder.with_name(f".{folder.name}.replaced"))
    (folder.with_name(f".{folder.name}.{2**30}.partial")).mkdir(exist_ok=True)


def test_a_reader_that_comes_before_any_writer_puts_the_old_folder_back(tmp_path: Path) -> None:
    folder = tmp_path / "valid"
    with whole_folder(folder) as partial:
        write_json(partial / "customers.parquet", 1)
    readers = {
        "json": lambda: read_json(folder / "customers.parquet") == 1,
        "tables": lambda: list(table_paths(folder, {"customers": LINEAGE})) == ["customers"],
        "optional": lambda: read_optional(folder / "none.parquet", LINEAGE) is None and folder.is_dir(),
    }  # fmt: skip
    for name, read in readers.items():
        killed_between(folder)
        assert read(), name
    drop = tmp_path / "drops" / "2025-01-31"
    with whole_folder(drop) as partial:
        write_json(partial / "a.json", 1)
    killed_between(drop)
    assert [name for name, _ in find_drops(drop.parent, date.max).read] == [drop.name]


def test_half_a_folder_is_never_put_back(tmp_path: Path) -> None:
    """A writer is killed while it removes the old folder; then somebody deletes the new one, to build it anew."""
    folder = tmp_path / "raw"
    for version in (1, 2):
        with whole_folder(folder) as partial:
            for number in range(5):
                (partial / f"{number}").write_text(f"{version}")
    whole = content(folder)
    for at, kind in points("killed"):
        with faulty(at, kind) as met, whole_folder(folder) as partial:
            for number in range(5):
                (partial / f"{number}").write_text("3")
        files.shutil.rmtree(folder, ignore_errors=True)
        restored(folder)
        if folder.exists():
            assert sorted(path.name for path in folder.iterdir()) == list("01234"), met.calls
        if not met.happened:
            break
        with whole_folder(folder) as partial:
            for name, held in whole.items():
                (partial / name).write_bytes(held)


def test_two_writers_of_one_output_do_not_meet_and_the_last_to_finish_stays(tmp_path: Path) -> None:
    """The second begins while the first writes, and ends before it; neither sees the other's half."""
    spawned = multiprocessing.get_context("spawn")
    path = tmp_path / "out"
    events = [[spawned.Event() for _ in range(2)] for _ in range(2)]
    writers = [spawned.Process(target=write_in_turn, args=(path, n, *events[n])) for n in range(2)]
    for one, (ready, _) in zip(writers, events, strict=True):
        one.start()
        assert ready.wait(60)
    for number in (1, 0):
        events[number][1].set()
        writers[number].join(60)
        assert writers[number].exitcode == 0
        expected = {name: f"{number}".encode() for name in ("first", "second")}
        assert content(path) == expected
        assert (tmp_path / "one.txt").read_text() == f"{number}" * 1000
    assert hidden(tmp_path) == []


def test_writers_that_swap_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """Three processes replace one folder over and over; at the end it is whole and of one of them."""
    spawned = multiprocessing.get_context("spawn")
    path, together = tmp_path / "out", spawned.Barrier(3)
    args = [(path, number, together) for number in range(3)]
    writers = [spawned.Process(target=write_again_and_again, args=one) for one in args]
    for one in writers:
        one.start()
    for one in writers:
        one.join(60)
    assert [one.exitcode for one in writers] == [0, 0, 0]
    found = content(path)
    assert sorted(found) == list("abc")
    assert len(set(found.values())) == 1
    assert hidden(tmp_path) == []


def test_what_a_living_process_is_writing_is_not_swept_away(tmp_path: Path) -> None:
    """Process 1 lives on every system; number 2 ** 30 is above the highest a process can have."""
    for name in (".out.1.partial", f".out.{2**30}.partial", ".out.partial", ".outer.partial"):
        (tmp_path / name).write_text("half")
    write_text(tmp_path / "out", "whole")
    assert hidden(tmp_path) == [".out.1.partial", ".outer.partial"]


def test_a_name_may_hold_what_a_pattern_would_read(tmp_path: Path) -> None:
    for name in ("[a]*.txt", "a.b.c", "café"):
        write_text(tmp_path / name, name)
        with whole_folder(tmp_path / f"{name}.d") as partial:
            write_text(partial / name, name)
        assert (tmp_path / f"{name}.d" / name).read_text() == name
    assert hidden(tmp_path) == []
    assert os.umask(os.umask(0)) >= 0


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _circle(path: Path) -> None:
    path.symlink_to(path.name)


def _to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


@pytest.mark.parametrize("put", [Path.mkdir, _pipe, _circle, _to_nothing])
@pytest.mark.parametrize("read", [read_text, read_json, as_file])
def test_what_is_no_file_is_refused_and_not_waited_for(
    tmp_path: Path, put: Callable[[Path], None], read: Callable[[Path], object]
) -> None:
    put(tmp_path / "config")
    with pytest.raises(ConfigError, match="where a file belongs") as caught:
        read(tmp_path / "config")
    assert caught.value.where == str(tmp_path / "config")


@pytest.mark.parametrize("put", [Path.mkdir, _pipe])
def test_what_is_no_file_is_not_replaced_by_one(
    tmp_path: Path, put: Callable[[Path], None]
) -> None:
    """The user who may do everything would put a file in the place of a device."""
    put(tmp_path / "out")
    (tmp_path / "link").symlink_to("out")
    for name in ("out", "link"):
        with pytest.raises(ConfigError, match="where a file belongs"):
            write_text(tmp_path / name, "whole")
    assert not (tmp_path / "out").is_file()
    assert (tmp_path / "link").is_symlink()


def test_a_zero_byte_is_no_text_and_its_line_is_said(tmp_path: Path) -> None:
    """What UTF-16 without its mark looks like to a reader of UTF-8."""
    (tmp_path / "a.yaml").write_bytes("a: 1\nb: 2\n".encode("utf-16-le"))
    with pytest.raises(ConfigError, match="not UTF-8 text") as caught:
        read_text(tmp_path / "a.yaml")
    assert caught.value.value == "a zero byte in line 1"
    (tmp_path / "b.yaml").write_bytes(b"a: 1\nb: \x002\n")
    with pytest.raises(ConfigError, match="not UTF-8 text") as caught:
        read_text(tmp_path / "b.yaml")
    assert caught.value.value == "a zero byte in line 2"
