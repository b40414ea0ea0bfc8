"""A version is registered on what its stages made; one byte that was changed afterwards is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from contracts.errors import ContractError
from contracts.recorded import makers, read_lock
from pipelines import paths
from pipelines.registered.evidence import JUDGED, digest, refuse_changed


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose evidence is as DVC recorded it."""
    monkeypatch.chdir(tmp_path)
    for path in JUDGED:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(str(path).encode())
    outs = [{"path": str(path), "md5": digest(path)} for path in JUDGED]
    paths.LOCK.write_text(yaml.safe_dump({"stages": {"evaluate": {"outs": outs}}}))
    return tmp_path


@pytest.mark.usefixtures("run")
def test_what_dvc_recorded_is_taken() -> None:
    refuse_changed()


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("changed", JUDGED, ids=str)
def test_one_byte_is_enough(changed: Path) -> None:
    changed.write_bytes(changed.read_bytes() + b" ")
    with pytest.raises(ContractError, match="The stage evaluate did not make this file") as caught:
        refuse_changed()
    assert str(changed) in str(caught.value)
    assert "dvc repro evaluate" in str(caught.value)


@pytest.mark.usefixtures("run")
def test_what_was_never_recorded_is_not_judged() -> None:
    paths.CHECKS.write_bytes(b"{}")
    paths.LOCK.write_text("schema: '2.0'\n")
    refuse_changed()
    paths.LOCK.unlink()
    refuse_changed()


def test_the_pipeline_records_all_of_it() -> None:
    """By the project's own lock: a file that no stage makes would never be compared."""
    assert {str(path) for path in JUDGED} <= set(makers(read_lock(paths.LOCK)))
