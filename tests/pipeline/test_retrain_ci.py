"""Retraining as CI does it, outside CI: data grow, pull, retrain, push, propose, by the targets that the workflow calls."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import ROOT
from tests.pipeline.conftest import COPIED, SMALL, Workspace
from tests.warm import warmed

WORKFLOW = ROOT / ".github/workflows/retrain.yml"
FAKE_GH = """#!/bin/sh
echo "$@" >> "$GH_LOG"
case "$1 $2" in
  "pr view") test -f "$GH_LOG.open" && echo OPEN || exit 1 ;;
  "pr create") touch "$GH_LOG.open"; echo https://example.org/pull/1 ;;
  "pr comment") echo https://example.org/pull/1#comment ;;
esac
"""


def steps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["retrain"]["steps"]  # fmt: skip
    return found


def commands() -> list[str]:
    """What a person would call, in order."""
    return [f"make {one.split('make ')[1]}" for one in (step.get("run", "") for step in steps()) if "make " in one and ".installed" not in one]  # fmt: skip


def test_the_workflow_calls_targets_that_there_are() -> None:
    flow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert set(flow[True]) == {
        "schedule",
        "workflow_dispatch",
        "push",
    }  # YAML 1.1 reads `on` as true
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    assert commands() == [f"make {one}" for one in ("pull", "retrain", "push", "propose")]
    assert {one.removeprefix("make ") for one in commands()} <= targets
    guide = (ROOT / "docs/upkeep.md").read_text(encoding="utf-8")
    named = {name for step in steps() for name in step.get("env", {})} - {"GH_TOKEN", "PACKAGE"}
    assert len(named) == 6
    assert all(name in guide for name in named)
    assert all(f"`{one}`" in guide or one in guide for one in commands())


def test_a_step_of_a_workflow_has_no_right_and_no_secret_that_it_does_not_need() -> None:
    """Actions by commit, a read-only token but for the one job that pushes, and the signing key in the one step that signs."""
    flow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    job = flow["jobs"]["retrain"]
    assert flow["permissions"] == {"contents": "read"}
    assert job["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert "refs/heads/main" in job["if"]
    assert "env" not in job
    bearing = {name: [step.get("run", step.get("uses")) for step in steps() if name in step.get("env", {})] for name in ("BONITAS_SIGNING_KEY", "AWS_SECRET_ACCESS_KEY")}  # fmt: skip
    assert bearing == {
        "BONITAS_SIGNING_KEY": ["make retrain"],
        "AWS_SECRET_ACCESS_KEY": ["make pull", "make push"],
    }
    # what is secret is named, never written, and never a part of a command
    for step in steps():
        assert "secrets." not in step.get("run", "")
        assert all(value.startswith("${{ ") for value in step.get("env", {}).values())
    installs = next(place for place, step in enumerate(steps()) if ".installed" in step.get("run", ""))  # fmt: skip
    assert all("env" not in step for step in steps()[: installs + 1])
    for file in WORKFLOW.parent.glob("*.yml"):
        text = file.read_text(encoding="utf-8")
        used = re.findall(r"uses: (\S+)", text)
        assert used
        assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", one) for one in used), used
        assert text.count("persist-credentials: false") == text.count("actions/checkout@")


class Machine(Workspace):
    """A checkout on some machine, with the environment of CI."""

    def __init__(self, folder: Path, more: dict[str, str]) -> None:
        super().__init__(folder)
        self.more = more

    @property
    def environment(self) -> dict[str, str]:
        whole = {**super().environment, **self.more}
        whole["PATH"] = f"{self.more['BIN']}:{whole['PATH']}"
        return whole

    def make(self, command: str) -> str:
        """A target of the workflow; the machine's Python is taken as it is, nothing is installed."""
        done = subprocess.run(
            ["make", "-o", ".venv/.installed", command.removeprefix("make ")],
            cwd=self.folder, env=warmed(self.environment), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def first(tmp_path: Path) -> Machine:
    """A project under git, whose origin, DVC remote and registry lie beside it; its first model is champion."""
    folder, tools = tmp_path / "ann", tmp_path / "bin"
    for one in (folder, tools, tmp_path / "store", tmp_path / "registry"):
        one.mkdir()
    (tools / "gh").write_text(FAKE_GH)
    (tools / "gh").chmod(0o755)
    for name in (*COPIED, "Makefile", ".gitignore"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))  # fmt: skip
        else:
            shutil.copy(source, folder / name)
    (folder / "data").mkdir()
    shutil.copy(ROOT / "data/README.md", folder / "data")
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    machine = Machine(
        folder,
        {
            "BIN": str(tools),
            "GH_LOG": str(tmp_path / "gh.log"),
            "BONITAS_REGISTRY": f"sqlite:///{tmp_path}/registry/mlflow.db",
            "HOME": str(tmp_path),
            "GIT_CONFIG_NOSYSTEM": "1",
        },
    )
    for file, pattern, value in SMALL:
        machine.set(file, pattern, value)
    machine.call("git", "init", "-q", "-b", "main")
    machine.call("git", "init", "-q", "--bare", "-b", "main", str(tmp_path / "origin.git"))
    machine.call("git", "remote", "add", "origin", str(tmp_path / "origin.git"))
    machine.call("git", "config", "user.name", "Ann")
    machine.call("git", "config", "user.email", "ann@example.org")
    machine.call("dvc", "init", "--quiet")
    machine.call("dvc", "config", "core.analytics", "false")
    machine.call("dvc", "remote", "add", "-d", "store", str(tmp_path / "store"))
    machine.call("git", "add", ".")
    machine.call("git", "commit", "-qm", "The project")
    assert "version 1 is champion" in machine.make("make retrain")
    machine.make("make push")
    machine.call("git", "add", "dvc.lock")
    machine.call("git", "commit", "-qm", "The first model")
    machine.call("git", "push", "-q", "origin", "main")
    return machine


def cloned(ann: Machine, folder: Path, branch: str) -> Machine:
    """A fresh checkout on another machine, which has Ann's signing key from its secrets."""
    subprocess.run(["git", "clone", "-q", "-b", branch, str(ann.folder.parent / "origin.git"), str(folder)], check=True)  # fmt: skip
    key = (ann.folder / ".bonitas/signing.key").read_text(encoding="utf-8")
    return Machine(folder, {**ann.more, "BONITAS_SIGNING_KEY": key})


@pytest.mark.slow
def test_data_grow_and_ci_retrains_and_proposes(first: Machine, tmp_path: Path) -> None:
    first.set("configs/portfolios/demo.yaml", r'complete_until: "[\d-]+"', 'complete_until: "2026-02-28"')  # fmt: skip
    first.call("git", "commit", "-qam", "Two more months")
    first.call("git", "push", "-q", "origin", "main")
    machine = cloned(first, tmp_path / "ci", "main")
    assert not (machine.folder / "data/model").exists()
    said = {one: machine.make(one) for one in commands()[:1]}
    for name in ("data/model/booster.txt", "data/scored/portfolio.parquet", "reports/metrics.json"):
        assert (machine.folder / name).read_bytes() == (first.folder / name).read_bytes(), name
    said |= {one: machine.make(one) for one in commands()[1:]}
    decided = said["make retrain"].splitlines()[-1]
    assert re.search(r"decide: bonitas-demo version 2 (is champion: log loss|waits for a person)", decided), decided  # fmt: skip
    the_comment(machine, is_champion="is champion" in decided)
    the_branch(machine, tmp_path)
    log = (tmp_path / "gh.log").read_text()
    assert "pr create --head retrain-demo --base main --title bonitas-demo: version 2" in log
    # nothing new: the open pull request gets the comment, no second one is opened
    machine.make("make propose")
    assert (tmp_path / "gh.log").read_text().count("pr create") == 1
    assert "pr comment retrain-demo --body-file reports/retrain.md" in (tmp_path / "gh.log").read_text()  # fmt: skip
    # whoever merges gets what CI made, from the remote alone
    merged = cloned(first, tmp_path / "bob", "retrain-demo")
    merged.make("make pull")
    for name in ("data/model/booster.txt", "data/scored/portfolio.parquet", "reports/metrics.json"):
        assert (merged.folder / name).read_bytes() == (machine.folder / name).read_bytes(), name
    # a change that is not committed is not proposed
    machine.set("configs/params.yaml", r"margin: [\d.]+", "margin: 0.9")
    done = machine.call("bonitas", "propose", check=False)
    assert done.returncode == 2
    assert "cannot be proposed" in done.stderr


def the_comment(machine: Machine, *, is_champion: bool) -> None:
    text = (machine.folder / "reports/retrain.md").read_text(encoding="utf-8")
    pack = json.loads((machine.folder / "reports/promotion.json").read_text(encoding="utf-8"))
    assert (pack["champion"]["number"], pack["challenger"]["number"]) == ("1", "2")
    assert (pack["advice"] == "promote") == is_champion
    assert text.startswith(f"## bonitas-demo: version 2 {'is champion' if is_champion else 'waits as challenger'}")  # fmt: skip
    machine.call("dvc", "get", ".", "reports/metrics.json", "--rev", "HEAD", "-o", ".bonitas/old.json", "-f")  # fmt: skip
    before, after = (
        json.loads((machine.folder / name).read_text())["test"]["log_loss"]
        for name in (".bonitas/old.json", "reports/metrics.json")
    )
    row = next(line for line in text.splitlines() if line.startswith("| test.log_loss |"))
    assert [cell.strip() for cell in row.split("|")[2:4]] == [f"{before:.5f}", f"{after:.5f}"]
    assert "```mermaid" in text
    assert f"bar [{', '.join(map(str, pack['swap']['champion']['by_grade']))}]" in text
    # who reads pull requests need not know whom we deliver to
    for one in pack["swap"]["movers"]:
        assert one["customer_id"] not in text
        assert one["name"] not in text


def the_branch(machine: Machine, tmp_path: Path) -> None:
    """One commit on top of main that holds the new lock and nothing else; what it names lies in the remote."""
    origin = ["git", "-C", str(tmp_path / "origin.git")]

    def git(*words: str) -> str:
        return subprocess.run([*origin, *words], capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip

    assert git("rev-parse", "retrain-demo^") == git("rev-parse", "main")
    assert git("diff", "--name-only", "main", "retrain-demo") == "dvc.lock"
    assert git("show", "retrain-demo:dvc.lock") == (machine.folder / "dvc.lock").read_text().strip()
    assert machine.call("git", "branch", "--show-current").stdout.strip() == "main"
    stored = {path.parent.name + path.name for path in (tmp_path / "store/files/md5").rglob("*") if path.is_file()}  # fmt: skip
    lock = yaml.safe_load((machine.folder / "dvc.lock").read_text())["stages"]
    for stage in lock.values():
        assert {one["md5"] for one in stage.get("outs", []) if one.get("md5")} <= stored
