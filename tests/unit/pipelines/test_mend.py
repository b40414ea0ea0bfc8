"""What a killed DVC leaves cut is mended, wherever it was cut; what is whole stays, byte for byte."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from pathlib import Path

import pytest
from dvc.exceptions import DvcException
from dvc.rwlock import RWLockFileCorruptedError, rwlock
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from dvc.utils.serialize import parse_yaml
from voluptuous import Invalid

from pipelines import ROOT, paths
from pipelines.errands import mend
from tests.serve_project import inside, stand_in_git

LOCK = """schema: '2.0'
stages:
  ingest:
    cmd: bonitas ingest
    deps:
    - path: data/outside/source.json
      hash: md5
      md5: 0123456789abcdef0123456789abcdef
      size: 1234
    params:
      configs/params.yaml:
        portfolio: demo
        rate.lgd: 0.45
    outs:
    - path: data/raw
      hash: md5
      md5: ac1ff05d4cf4cf0506787cc1bd904b36.dir
      size: 11700966
      nfiles: 11
  validate:
    cmd: bonitas validate
    deps:
    - path: "data/raw: of the day"
      hash: md5
      md5: ac1ff05d4cf4cf0506787cc1bd904b36.dir
      size: 11700966
      nfiles: 11
"""
CUT = LOCK[: LOCK.index("- path") + 4]
"""To "- pa"."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    monkeypatch.setattr(mend, "PATIENCE", 0.0)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dvc_refuses(text: str) -> bool:
    try:
        COMPILED_LOCKFILE_SCHEMA(parse_yaml(text, "dvc.lock"))
    except (DvcException, Invalid):
        return True
    return False


@pytest.mark.usefixtures("folder")
def test_wherever_the_lock_is_cut_dvc_opens_what_is_left_of_it_or_the_last_whole_one() -> None:  # fmt: skip
    """At every character. Most cuts DVC refuses; of the others it makes a lock that lacks something, so stages run again."""
    paths.LOCK.write_text(LOCK)
    assert mend.mend() == ""
    n_refused = 0
    for end in range(1, len(LOCK)):
        paths.LOCK.write_text(LOCK[:end])
        is_refused = dvc_refuses(LOCK[:end])
        told = mend.mend()
        assert told or not is_refused, LOCK[:end]
        if told:
            assert paths.LOCK.read_text() == LOCK
        assert not dvc_refuses(paths.LOCK.read_text())
        mend.KEPT.write_text(LOCK)
        n_refused += is_refused
    assert n_refused > len(LOCK) // 4


@pytest.mark.usefixtures("folder")
def test_a_lock_emptied_by_a_kill_comes_back() -> None:
    paths.LOCK.write_text(LOCK)
    mend.mend()
    paths.LOCK.write_text("")
    assert mend.mend() == "dvc.lock was cut and is as it was kept last"
    assert paths.LOCK.read_text() == LOCK


def test_without_a_kept_one_the_committed_lock_comes_back(folder: Path) -> None:
    paths.LOCK.write_text(LOCK)
    (folder / "configs").mkdir()
    (folder / "configs/params.yaml").touch()
    stand_in_git(folder)
    subprocess.run(["git", "add", "dvc.lock"], check=True)
    stand_in_git(folder)
    paths.LOCK.write_text(CUT)
    assert mend.mend() == "dvc.lock was cut and is as it was committed last"
    assert paths.LOCK.read_text() == LOCK


@pytest.mark.usefixtures("folder")
def test_without_either_it_is_taken_away(capsys: pytest.CaptureFixture[str]) -> None:
    paths.LOCK.write_text(CUT)
    mend.main()
    assert "every stage runs again" in capsys.readouterr().out
    assert not paths.LOCK.exists()
    mend.main()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("left", ["", "{", '{"write": {"data/raw": {"pid": 12'])
def test_dvc_takes_what_is_used_from_a_file_that_was_cut_only_once_it_is_mended(folder: Path, left: str) -> None:  # fmt: skip
    mend.IN_USE.write_text(left)
    used = (str(folder / ".dvc/tmp"), _Local(), "bonitas split", [], [str(folder / "out")], False)
    with pytest.raises(RWLockFileCorruptedError), rwlock(*used):
        pass
    assert mend.mend() == ".dvc/tmp/rwlock was cut and is taken away"
    with rwlock(*used):
        assert "out" in mend.IN_USE.read_text()
        assert mend.mend() == ""


class _Local:
    """What DVC asks of a file system here."""

    open = staticmethod(open)

    @staticmethod
    def join(*parts: str) -> str:
        return "/".join(parts)


@pytest.mark.usefixtures("folder")
def test_a_file_that_a_living_process_is_writing_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(mend, "PATIENCE", 20.0)
    whole = json.dumps({"write": {}, "read": {}})
    mend.IN_USE.write_text("")

    def finish() -> None:
        time.sleep(0.3)
        mend.IN_USE.write_text(whole)

    writer = threading.Thread(target=finish)
    writer.start()
    assert mend.mend() == ""
    writer.join()
    assert mend.IN_USE.read_text() == whole


def test_the_project_s_own_lock_is_whole() -> None:
    with inside(ROOT):
        assert mend._is_lock(paths.LOCK)


def test_every_target_that_asks_dvc_mends_first() -> None:
    """`upkeep` and `run` look first, and looking mends."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {block.split(":")[0]: block for block in makefile.split("\n\n")}
    for name in ("retrain", "pull", "rebuild-features"):
        assert targets[name].index("bonitas mend") < targets[name].index("dvc "), name
    for name in ("run", "upkeep"):
        assert "look" in targets[name].partition("$(UPKEEP)")[0], name
