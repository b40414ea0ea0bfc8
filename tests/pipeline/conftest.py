"""A copy of the project with a small demo portfolio, on which whole pipelines are run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines import ROOT
from pipelines.report import targets
from tests.pages_oracle import Run
from tests.warm import warmed

COPIED = ("configs", "pipelines", "src", "dvc.yaml", ".dvcignore")
SMALL = (
    ("configs/portfolios/demo.yaml", r"customers: \d+", "customers: 500"),
    ("configs/params.yaml", r"trials: \d+", "trials: 2"),
    (
        "configs/expert.yaml",
        r"race_until: \d+",
        "race_until: 0",
    ),  # these tests are about the fitted model
    ("configs/params.yaml", r"max_rounds: \d+", "max_rounds: 60"),
    ("configs/params.yaml", r"bootstrap_draws: \d+", "bootstrap_draws: 50"),
)

RETRAIN = ("register", "rate", *targets(is_upkeep=False).split())
UPKEEP = ("monitor", "recalibrate", *targets(is_upkeep=True).split())
"""What `make retrain` and `make upkeep` ask of DVC."""


class Workspace:
    """A project folder of its own, with its own DVC cache and registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command: the project's tools, telemetry off, single-threaded BLAS."""
        return {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": "",
            "DO_NOT_TRACK": "true",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        }

    def call(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command in the folder; a failure shows all it printed."""
        done = subprocess.run(
            command, cwd=self.folder, env=warmed(self.environment), capture_output=True, text=True, check=False
        )  # fmt: skip
        if check:
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def make(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A target of the Makefile, which finds everything installed."""
        installed = self.folder / ".venv"
        installed.mkdir(exist_ok=True)
        for needed in ("Makefile", "requirements.lock", "pyproject.toml"):
            shutil.copy(ROOT / needed, self.folder / needed)
        (installed / ".installed").touch()
        return self.call("make", *words)

    def stage(self, name: str, *, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs one stage."""
        return self.call("bonitas", name, check=check)

    def set(self, file: str, pattern: str, value: str) -> None:
        """Changes one line of a config."""
        path = self.folder / file
        text, n_changes = re.subn(pattern, value, path.read_text(encoding="utf-8"), count=1)
        assert n_changes == 1, f"{pattern} is not in {file}"
        path.write_text(text, encoding="utf-8")

    def run_all(self) -> None:
        """What `make run` does."""
        self.stage("look")
        self.call("dvc", "repro", *RETRAIN)
        self.stage("attach")
        self.stage("decide")
        self.stage("look")
        self.call("dvc", "repro", *UPKEEP)


def new_workspace(folder: Path) -> Workspace:
    """A copy of the project's files with the small demo, under DVC but not under git.

    Compiled files come along, so that no stage compiles the house again; one just being written has a name of its own.
    """
    folder.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(
                source, folder / name, ignore=shutil.ignore_patterns("*.egg-info", "*.pyc.*")
            )
        else:
            shutil.copy(source, folder / name)
    workspace = Workspace(folder)
    for file, pattern, value in SMALL:
        workspace.set(file, pattern, value)
    workspace.call("dvc", "init", "--no-scm", "--quiet")
    workspace.call("dvc", "config", "core.analytics", "false")
    return workspace


@pytest.fixture(scope="session")
def make_workspace(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Workspace]:
    """A factory of workspaces, by name."""

    def make(name: str) -> Workspace:
        return new_workspace(tmp_path_factory.mktemp("pipeline") / name)

    return make


@pytest.fixture(scope="session")
def finished(make_workspace: Callable[[str], Workspace]) -> Workspace:
    """A workspace in which the whole pipeline has run once. Tests read it; those that change it take a copy."""
    workspace = make_workspace("finished")
    workspace.run_all()
    return workspace


@pytest.fixture(scope="session")
def run(finished: Workspace) -> Run:
    """The tables of that run, for those who recompute its pages."""
    return Run(finished.folder)
