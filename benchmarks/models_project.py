"""A copy of the project on which the stages run one by one, as a user runs them, and what each took."""

from __future__ import annotations

import os
import re
import resource
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.pipeline import COPIED, ROOT, call
from contracts.files import read_json
from contracts.tables.derived import SCORED_TEST
from contracts.tables.store import read_table
from pipelines import paths

STAGES = (
    "ingest",
    "validate",
    "label",
    "featurize",
    "split",
    "train",
    "calibrate",
    "origins",
    "refit",
    "evaluate",
)
DATA_VARIABLE, DATA_FOLDER = "BONITAS_REAL_DATA", "../shared/data"


@dataclass
class Project:
    """A project folder of its own.

    Attributes:
        folder: where it lies.
        portfolio: worked on.
        seconds: wall time of each stage that has run, its start and imports included.
    """

    folder: Path
    portfolio: str
    seconds: dict[str, float] = field(default_factory=dict)

    @classmethod
    def made(cls, folder: Path, portfolio: str) -> Project:
        """Today's sources in `folder`; the data of an earlier run in it stay."""
        for name in COPIED:
            source, target = ROOT / name, folder / name
            if source.is_dir():
                shutil.rmtree(target, ignore_errors=True)
                left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
                shutil.copytree(source, target, ignore=left_out)
            else:
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        # the portfolio's data folder is relative to the project's folder, which is elsewhere now
        os.environ.setdefault(DATA_VARIABLE, str((ROOT / DATA_FOLDER).resolve()))
        project = cls(folder, portfolio)
        project.set(paths.PARAMS, "portfolio", portfolio)
        return project

    def set(self, file: Path, key: str, value: object) -> None:
        """Changes the first line `key: value` of a config; comments stay."""
        path = self.folder / file
        text, n_lines = re.subn(
            rf"^(\s*{key}:\s*)[^\s#]+", rf"\g<1>{value}", path.read_text(encoding="utf-8"),
            count=1, flags=re.MULTILINE,
        )  # fmt: skip
        if n_lines == 0:
            sys.exit(f"{file} has no line `{key}:`")
        path.write_text(text, encoding="utf-8")

    def set_portfolio(self, key: str, value: object) -> None:
        """Changes a line of the portfolio's yaml."""
        self.set(paths.PORTFOLIOS / f"{self.portfolio}.yaml", key, value)

    def run(self, stages: Iterable[str]) -> None:
        """Runs stages, each a process of its own; ends the program where one fails."""
        call(self.folder, sys.executable, "-m", "pipelines", "look", "--source-only")
        for stage in stages:
            started = time.monotonic()
            call(self.folder, sys.executable, "-m", "pipelines", stage)
            self.seconds[stage] = time.monotonic() - started
            print(f"  {stage} {self.seconds[stage]:.1f} s", file=sys.stderr, flush=True)

    def json(self, path: Path) -> Any:
        """A JSON file of the run."""
        return read_json(self.folder / path)

    def scored(self) -> pd.DataFrame:
        """The test part: customer_id, as_of, defaulted, pd, pd_baseline."""
        return read_table(self.folder / paths.SCORED_TEST, SCORED_TEST)


def stages_from(first: str, last: str = STAGES[-1]) -> tuple[str, ...]:
    """The stages from one to another, both included.

    >>> stages_from("split", "calibrate")
    ('split', 'train', 'calibrate')
    """
    return STAGES[STAGES.index(first) : STAGES.index(last) + 1]


def peak_gib() -> float:
    """Memory of the largest process that this one has started and seen end, GiB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
