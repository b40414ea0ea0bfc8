"""The whole pipeline on a small demo: complete, repeatable, a no-op when nothing changed, safe to kill."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from contracts.tables.derived import DERIVED_TABLES
from tests.closure import stages
from tests.pipeline.conftest import RETRAIN, UPKEEP, Workspace
from tests.stable_keys import CHECK_KEYS, METRIC_KEYS

pytestmark = pytest.mark.long

IDENTICAL = ("data/features", "data/model", "data/scored", "data/champion", "reports")


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file under the folders that must be byte-identical."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in IDENTICAL
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


def locked(folder: Path) -> dict[str, Any]:
    """The stages of dvc.lock."""
    stages: dict[str, Any] = yaml.safe_load((folder / "dvc.lock").read_text())["stages"]
    return stages


def test_every_declared_output_is_there_and_keeps_its_contract(finished: Any) -> None:
    declared = stages()
    assert set(locked(finished.folder)) == set(declared)
    for stage in declared.values():
        for out in stage.get("outs", []) + stage.get("metrics", []) + stage.get("plots", []):
            name = out if isinstance(out, str) else next(iter(out))
            assert (finished.folder / name).exists(), name
    for path in (finished.folder / "data").rglob("*.parquet"):
        table = DERIVED_TABLES.get(path.stem)
        if table is not None and path.parent.name in {"interim", "features", "scored", "model"}:
            found = {field.name: field.type for field in pq.read_schema(path)}
            wanted = {field.name: field.type for field in table.arrow_schema()}
            assert wanted.items() <= found.items(), path
            assert table.open_ended or list(found) == list(wanted), path


def test_stable_files_have_their_stable_keys(finished: Any) -> None:
    metrics = json.loads((finished.folder / "reports/metrics.json").read_text())
    assert set(metrics["test"]) >= METRIC_KEYS
    assert set(metrics["baseline"]) >= METRIC_KEYS
    assert set(metrics["oracle"]) >= METRIC_KEYS
    assert {"gini", "gini_ci"} <= set(metrics["complexity_premium"])
    assert 0.5 < metrics["test"]["roc_auc"] < 1.0
    checks = json.loads((finished.folder / "reports/checks.json").read_text())
    assert checks
    for check in checks:
        assert set(check) == CHECK_KEYS
        assert check["outcome"] in {"passed", "failed", "not_applicable"}
    receipt = json.loads((finished.folder / "data/model/receipt.json").read_text())
    assert set(receipt) == {"name", "version", "digest", "alias", "verdict"}


def test_a_second_run_does_nothing(finished: Any) -> None:
    timings = finished.folder / ".bonitas/timings.jsonl"
    before = timings.read_text()
    lock = (finished.folder / "dvc.lock").read_bytes()
    finished.run_all()
    assert timings.read_text() == before
    assert (finished.folder / "dvc.lock").read_bytes() == lock


def test_no_output_names_the_machine(finished: Any) -> None:
    """Neither the project's folder nor the home folder may stand in an output: they differ between machines."""
    for name in ("data/model", "data/scored", "data/raw", "data/features", "reports"):
        for path in (finished.folder / name).rglob("*"):
            if path.is_file():
                assert str(finished.folder).encode() not in path.read_bytes(), path


def planned(workspace: Any, targets: tuple[str, ...]) -> list[str]:
    """The stages that would run, in DVC's order."""
    return re.findall(r"Running stage '(.+?)'", workspace.call("dvc", "repro", "--dry", *targets).stdout)  # fmt: skip


def start_and_kill(workspace: Any, targets: tuple[str, ...], stage: str, delay: float) -> bool:
    """Starts `dvc repro`, kills its whole process group `delay` seconds into `stage`; False if it never came."""
    process = subprocess.Popen(
        ["dvc", "repro", *targets],
        cwd=workspace.folder,
        env={**workspace.environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if f"Running stage '{stage}'" in line:
            time.sleep(delay)
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            return True
    process.wait()
    process.stdout.close()
    return False


@pytest.mark.slow
def test_killed_at_every_stage_it_finishes_with_the_same_lock(
    finished: Any, make_workspace: Callable[[str], Any]
) -> None:
    """SIGKILL in the middle of each stage in turn, then the same command again: same lock, same bytes."""
    workspace = make_workspace("killed")
    workspace.stage("look")
    first = planned(workspace, RETRAIN)
    killed = [
        name
        for place, name in enumerate(first)
        if start_and_kill(workspace, RETRAIN, name, 0.7 + 0.35 * (place % 4))
    ]
    workspace.call("dvc", "repro", *RETRAIN)
    workspace.stage("attach")
    workspace.stage("look")
    then = planned(workspace, UPKEEP)
    killed += [name for name in then if start_and_kill(workspace, UPKEEP, name, 1.0)]
    workspace.call("dvc", "repro", *UPKEEP)
    assert killed == [*first, *then]
    assert set(killed) == set(stages())
    assert locked(workspace.folder) == locked(finished.folder)
    assert digests(workspace.folder) == digests(finished.folder)
    leftovers = [path for path in (workspace.folder / "data").rglob(".*") if path.name != ".gitignore"]  # fmt: skip
    assert leftovers == []


@pytest.mark.long
def test_one_thread_or_two_give_the_same_features_and_the_same_model(
    finished: Any, tmp_path: Path
) -> None:
    """The stages that use threads, once more in a copy of the folder."""
    workspace = Workspace(shutil.copytree(finished.folder, tmp_path / "copy", symlinks=True))
    for section in ("engine", "train"):
        workspace.set("configs/params.yaml", rf"(?s)({section}:.*?threads: )2", r"\g<1>1")
    shutil.rmtree(workspace.folder / "data/interim/known")  # else nothing is computed anew
    for stage in ("featurize", "train"):
        workspace.stage(stage)
    wanted, found = digests(finished.folder), digests(workspace.folder)
    made = [name for name in wanted if name.startswith(("data/features/", "data/model/"))]
    assert len(made) > 5
    assert {name for name in made if found[name] != wanted[name]} == set()


@pytest.mark.slow
def test_one_thread_or_two_give_the_same_bytes(
    finished: Any, make_workspace: Callable[[str], Any]
) -> None:
    """Also: from scratch, in another folder, with a registry of its own."""
    workspace = make_workspace("one_thread")
    for section in ("engine", "train"):
        workspace.set("configs/params.yaml", rf"(?s)({section}:.*?threads: )2", r"\g<1>1")
    workspace.run_all()
    assert digests(workspace.folder) == digests(finished.folder)


@pytest.mark.long
def test_a_failing_stage_leaves_earlier_outputs_intact(finished: Any) -> None:
    """A gate file that cannot be read stops evaluate; the earlier reports stay as they were."""
    before = digests(finished.folder)
    gates = finished.folder / "configs/gates.yaml"
    original = gates.read_text()
    gates.write_text(original.replace("PD-D1:", "PD-D1: [", 1))
    try:
        done = finished.call("dvc", "repro", "evaluate", check=False)
        assert done.returncode != 0
        assert "not YAML" in done.stdout + done.stderr
        assert digests(finished.folder) == before
    finally:
        gates.write_text(original)
    finished.call("dvc", "repro", "evaluate")
    assert digests(finished.folder) == before
