"""DVC's experiments as its users know them, on a clone in which nothing was ever run: here, aside, queued, dry, from files outside."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from pipelines import ROOT
from tests.pipeline.conftest import COPIED, Workspace

pytestmark = pytest.mark.slow


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Workspace]:
    """The project under git with the smallest world, as a newcomer has it: no data, no notes, no cache."""
    folder = tmp_path / "deep" / "clone"
    folder.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))  # fmt: skip
        else:
            shutil.copy(source, folder / name)
    shutil.copy(ROOT / ".gitignore", folder)
    (folder / "data").mkdir()
    shutil.copy(ROOT / "data/README.md", folder / "data")
    workspace = Workspace(folder)
    workspace.set("configs/portfolios/demo.yaml", r"customers: \d+", "customers: 60")
    for command in (("init", "-q"), ("config", "user.name", "A"), ("config", "user.email", "a@a")):
        workspace.call("git", *command)
    workspace.call("dvc", "init", "--quiet")
    shutil.copytree(ROOT / ".dvc/plots", folder / ".dvc/plots")
    workspace.call("git", "add", ".")
    workspace.call("git", "commit", "-qm", "a clone")
    yield workspace
    subprocess.run(["dvc", "queue", "kill"], cwd=folder, env=workspace.environment, capture_output=True, check=False)  # fmt: skip
    subprocess.run(["dvc", "queue", "stop", "--kill"], cwd=folder, env=workspace.environment, capture_output=True, check=False)  # fmt: skip


def partition(workspace: Workspace, revision: str) -> str:
    """Hash of the split at a revision or experiment."""
    code = (
        "import sys, yaml, dvc.api; lock = yaml.safe_load(dvc.api.read('dvc.lock', rev=sys.argv[1])); "
        "print(next(one['md5'] for one in lock['stages']['split']['outs']))"
    )
    return workspace.call("python", "-c", code, revision).stdout.strip()


def test_experiments_aside_and_queued_leave_the_folder_alone(clone: Workspace) -> None:
    # without --force DVC 3.67 looks for the files of stages that never ran
    dry = clone.call("dvc", "exp", "run", "--dry", "--force", "split").stdout
    assert [line.split("'")[1] for line in dry.splitlines() if line.startswith("Running stage")] == [
        "outside", "ingest", "validate", "label", "split",
    ]  # fmt: skip
    aside = clone.call("dvc", "exp", "run", "--temp", "-n", "aside", "split")
    assert "outside: source changed; settings as committed" in aside.stdout
    for name, seed in (("one", "8"), ("two", "9")):
        clone.call("dvc", "exp", "run", "--queue", "-n", name, "-S", f"configs/portfolios/demo.yaml:source.seed={seed}", "split")  # fmt: skip
    clone.call("dvc", "queue", "start", "-j", "2")
    for name in ("one", "two"):
        logs = clone.call("dvc", "queue", "logs", "-f", name).stdout
        assert "settings not committed: source.seed" in logs, logs
    assert clone.call("git", "status", "--porcelain").stdout == ""
    assert not (clone.folder / "data/raw").exists()
    assert len({partition(clone, name) for name in ("aside", "one", "two")}) == 3


def test_an_experiment_here_says_what_it_inherits(clone: Workspace) -> None:
    first = clone.call("dvc", "exp", "run", "-n", "first", "-S", "configs/params.yaml:train.max_depth=3", "split")  # fmt: skip
    assert "settings not committed: train.max_depth 3 (committed: 6)" in first.stdout
    second = clone.call("dvc", "exp", "run", "-n", "second", "-S", "configs/params.yaml:train.members=2", "split")  # fmt: skip
    assert "train.max_depth 3 (committed: 6); train.members 2 (committed: 3)" in second.stdout
    assert json.loads((clone.folder / "data/outside/source.json").read_text()) == {"kind": "world"}


def test_a_sweep_over_an_unknown_key_queues_nothing(clone: Workspace) -> None:
    asked = ["dvc", "exp", "run", "--queue", "-S", "configs/params.yaml:train.max_dept=3,4", "split"]  # fmt: skip
    done = subprocess.run(asked, cwd=clone.folder, env=clone.environment, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode != 0
    assert "Key 'max_dept' is not in struct" in done.stderr
    assert "No experiment tasks in the queue" in clone.call("dvc", "queue", "status").stdout
    assert clone.call("git", "status", "--porcelain").stdout == ""


def test_files_outside_the_project_are_found_from_an_experiment_aside(clone: Workspace) -> None:
    """A copy in .dvc/tmp/exps lies three folders deeper; ../extract is that of the project all the same."""
    extract = clone.folder.parent / "extract"
    extract.mkdir()
    (extract / "clients.csv").write_text("id,name\nC1,Ann\nC2,Bo\n", encoding="utf-8")
    path = clone.folder / "configs/portfolios/demo.yaml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    config["source"] = {"kind": "files", "folder": "../extract", "files": {"clients": {"path": "clients.csv"}}}  # fmt: skip
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    clone.call("git", "commit", "-qam", "files")
    done = clone.call("dvc", "exp", "run", "--temp", "-n", "files", "outside")
    assert "outside: source changed" in done.stdout
