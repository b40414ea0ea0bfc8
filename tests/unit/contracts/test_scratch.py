"""Temporary folders of the dead are removed by the next run; those of the living are not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contracts import scratch as module
from contracts.scratch import BEGIN, scratch
from pipelines import ROOT

HELD = """
import sys, time
from pathlib import Path
from contracts.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "rows").write_text("a")
    print(folder, flush=True)
    time.sleep(60)
"""


def holder(root: Path) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.Popen(
        [sys.executable, "-c", HELD, str(root)], stdout=subprocess.PIPE, text=True, env=env
    )


def test_a_folder_lives_as_long_as_its_process(tmp_path: Path) -> None:
    foreign = tmp_path / "bonitas-pg-abc"
    foreign.mkdir()
    one = holder(tmp_path)
    with one:
        assert one.stdout is not None
        kept = Path(one.stdout.readline().strip())
        with scratch(tmp_path) as ours:
            assert (kept / "rows").read_text() == "a"
            assert not list(ours.iterdir())
        assert not ours.exists()
        one.send_signal(signal.SIGKILL)
    assert (kept / "rows").exists()  # the dead remove nothing
    with scratch(tmp_path) as ours:
        assert not kept.exists()
        assert [path for path in tmp_path.iterdir() if path.name.startswith(BEGIN)] == [ours.parent]
    assert list(tmp_path.iterdir()) == [foreign]


def test_a_folder_that_is_just_being_made_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    young = tmp_path / f"{BEGIN}x"
    young.mkdir()
    with scratch(tmp_path):
        assert young.exists()
    monkeypatch.setattr(module, "YOUNG", 0.01)
    time.sleep(0.05)
    with scratch(tmp_path):
        assert not young.exists()


@pytest.mark.parametrize("swept", ["before the lock", "at the lock"])
def test_a_folder_that_a_sweep_took_before_it_was_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swept: str
) -> None:
    """Another process finds the lock file of the first folder unlocked and removes it, or is just about to."""
    own, met = module.fcntl.flock, []

    def flock(handle: int, how: int) -> None:
        if not met:
            met.append(next(tmp_path.glob(f"{BEGIN}*")))
            if swept == "before the lock":
                shutil.rmtree(met[0])
            else:
                raise BlockingIOError
        own(handle, how)

    monkeypatch.setattr(module.fcntl, "flock", flock)
    with scratch(tmp_path) as folder:
        assert folder.is_dir()
        assert folder.parent != met[0]
        (folder / "x").write_text("kept")
    assert not folder.exists()


def test_a_folder_that_a_sweep_took_before_it_held_anything_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, met = module.tempfile.mkdtemp, []

    def mkdtemp(**how: object) -> str:
        found = str(make(**how))
        if not met:
            met.append(found)
            Path(found).rmdir()
        return found

    monkeypatch.setattr(module.tempfile, "mkdtemp", mkdtemp)
    with scratch(tmp_path) as folder:
        assert folder.is_dir()
        assert str(folder.parent) != met[0]


def test_a_folder_that_could_not_be_made_whole_is_nobodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long-lived process that met a full disk once holds nothing back from the next sweep, its own included."""

    def mkdir(path: Path, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as full:
        full.setattr(module.Path, "mkdir", mkdir)
        with pytest.raises(OSError, match="No space"):
            module._held(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    with scratch(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder.parent]
