"""A disk that may not be written to, and memory that runs out: one message that names the place and gives the right advice."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.errors import BonitasError, SourceError
from contracts.resources import memory_reached, not_writable, refuse_no_room_to_draw, run_out
from pipelines import ROOT
from pipelines.stage import run
from tests.sources_sme import Sme

NOBODY = 65534


@pytest.fixture
def sme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sme:
    monkeypatch.chdir(tmp_path)
    return Sme(tmp_path)


@pytest.mark.parametrize("locked", [".", "data", "data/raw", "reports"])
def test_a_stage_says_before_its_work_that_it_may_not_write(sme: Sme, locked: str) -> None:
    """In a process without root's rights, which ignore permissions."""
    (sme.folder / "data/raw").mkdir(parents=True)
    if locked != ".":
        (sme.folder / "reports").mkdir()
        (sme.folder / ".bonitas").mkdir(mode=0o777)
    for folder in [sme.folder, *(one for one in sme.folder.rglob("*") if one.is_dir())]:
        folder.chmod(0o777)
    place = sme.folder / locked
    opened = [one for one in sme.folder.parents if len(one.parts) > 2 and one.stat().st_uid == os.geteuid()]  # fmt: skip
    modes = {one: one.stat().st_mode for one in opened}
    out, into = os.pipe()
    try:
        for one in opened:
            one.chmod(0o755)
        place.chmod(0o555)
        child = os.fork()
        if child == 0:
            sys.stderr = os.fdopen(into, "w")
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            try:
                run(lambda _: pytest.fail("the work began"), name="label")
            except SystemExit as ended:
                sys.stderr.flush()
                os._exit(int(str(ended.code)))
            os._exit(99)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.close(into)
        said = os.read(out, 100_000).decode()
    finally:
        os.close(out)
        place.chmod(0o777)
        for one, mode in modes.items():
            one.chmod(mode)
    assert code == 2, said
    assert said.startswith("label: A place cannot be written to"), said
    assert "Traceback" not in said
    assert locked in said or "data" in said


def test_who_finds_out_does_not_matter(tmp_path: Path) -> None:
    table = pa.table({"a": [1]})
    with pytest.raises(OSError, match="No such file") as arrow:
        pq.write_table(table, tmp_path / "none/a.parquet")
    assert not_writable(arrow.value) is None  # absent is something else
    cases = [
        OSError(errno.EROFS, "Read-only file system", "data/a"),
        OSError(errno.EROFS, "[Errno 30] Failed to open local file 'data/a'. Detail: Read-only file system"),
        PermissionError(errno.EACCES, "Permission denied", "data/a"),
    ]  # fmt: skip
    for error in cases:
        found = not_writable(error)
        assert found is not None
        assert found.where == "data/a"
    assert not_writable(sqlite3.OperationalError("attempt to write a readonly database"))
    ours = SourceError("A file or folder of the extract cannot be read.", where="a", next_step="b")
    ours.__cause__ = PermissionError(errno.EACCES, "Permission denied", "a")
    assert run_out(ours) is None  # it says more


def test_a_folder_that_is_a_mount_is_named() -> None:
    error = OSError(errno.EBUSY, "Device or resource busy", "data/raw", None, "data/.raw.replaced")
    found = run_out(error)
    assert found is not None
    assert found.where == "data/raw"
    assert "mounted" in found.what


def test_no_temporary_folder_is_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "[Errno 2] No usable temporary directory found in ['/tmp', '/var/tmp']"
    error = FileNotFoundError(errno.ENOENT, said)

    def nowhere() -> str:
        raise error

    monkeypatch.setattr(tempfile, "gettempdir", nowhere)
    found = run_out(error)
    assert found is not None
    assert "full" in found.what
    assert "temporary" not in str(found.value)  # of which nothing can be said


def test_compiled_code_that_is_cut_is_named() -> None:
    found = run_out(EOFError("marshal data too short"))
    assert found is not None
    assert "__pycache__" in found.next_step
    assert run_out(EOFError("EOF when reading a line")) is None


@pytest.mark.parametrize("most", [8 << 30, resource.RLIM_INFINITY])
def test_a_chart_is_refused_before_it_breaks_the_process(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (most, most))
    if most == resource.RLIM_INFINITY:
        refuse_no_room_to_draw()
        return
    with pytest.raises(BonitasError, match="No chart can be drawn") as refused:
        refuse_no_room_to_draw()
    assert "ulimit -v unlimited" in refused.value.next_step


def test_no_compiled_file_is_written_where_it_could_be_cut(tmp_path: Path) -> None:
    """Python writes what fits, and fails to read it ever after."""
    code = "import sys, pipelines; print(sys.dont_write_bytecode)"
    environment = {
        one: value for one, value in os.environ.items() if one != "PYTHONDONTWRITEBYTECODE"
    }
    for most, wanted in ((4096, "True"), (resource.RLIM_INFINITY, "False")):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env={**environment, "PYTHONPYCACHEPREFIX": str(tmp_path / wanted)},
            capture_output=True, text=True, check=True,
            preexec_fn=lambda most=most: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),  # type: ignore[misc]
        )  # fmt: skip
        assert done.stdout.strip() == wanted


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (MemoryError("std::bad_alloc"), "let it take less"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "let it take less"),
        (ImportError("lib.so: failed to map segment from shared object"), "let it take less"),
        (RuntimeError("can't start new thread"), "let it take less"),
        (type("OutOfMemoryException", (Exception,), {})("could not allocate block (3.7 GiB/3.7 GiB used)"), "Raise engine.memory_limit"),
        (type("OutOfMemoryException", (Exception,), {})("Failed to allocate block of 262144 bytes"), "let it take less"),
    ],
)  # fmt: skip
def test_the_advice_is_about_the_memory_that_was_short(error: Exception, step: str) -> None:
    found = memory_reached(error)
    assert isinstance(found, BonitasError)
    assert step in found.next_step
