"""A small search that tests run in this process or, as `python -m tests.models_search`, in others."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna

import models.search.search
from contracts.config.training import SearchConfig, TrainConfig
from models.base.data import Part, assemble, learn_contract
from models.boosting.course import Course
from models.boosting.lgbm import Fitted
from models.sample.folds import time_folds
from models.search.search import Found, search
from models.search.study import Storage
from pipelines import ROOT
from tests.models_books import lineage, panel

MATRIX, PARTITION, _ = panel()
LINEAGE = lineage(late=1, equity=-1, noise=0, flat=0)
QUICK_BEAT, QUICK_GRACE = 0.1, 0.8


def config(trials: int | None = 8, **changes: object) -> TrainConfig:
    """Small trees, two folds."""
    return TrainConfig(
        threads=1, max_rounds=60, early_stopping_rounds=10, search=SearchConfig(trials=trials, folds=2, **changes)
    )  # fmt: skip


def storage(folder: Path) -> Storage:
    """A new file; a trial without a beat for 0.8 seconds is dead."""
    return Storage(f"sqlite:///{folder / 'studies.db'}", QUICK_BEAT, QUICK_GRACE)


def train_part() -> Part:
    return assemble(MATRIX, PARTITION, "train")


def find(
    settings: TrainConfig, kept: Storage | None = None, *, portfolio: str = "book", n: int = 0
) -> Found:
    """The search on the small panel; with `n`, on its first n rows less."""
    part = train_part()
    contract, _ = learn_contract(part, LINEAGE, portfolio, 3)
    folds = time_folds(part.as_of[n:], part.defaulted[n:], 3, settings.search.folds)
    codes = contract.encode(part.features)[n:]
    return search(Course(codes, part.defaulted[n:], folds, contract), settings, kept)


def study_in(kept: Storage) -> optuna.Study:
    """The only study of a storage."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    names = optuna.get_all_study_names(kept.url)
    assert len(names) == 1
    return optuna.load_study(study_name=names[0], storage=kept.url)


def elsewhere(kept: Storage, trials: int, *, dies_in_fit: int = 0) -> subprocess.Popen[str]:
    """The same search in a process of its own; it prints the trials it finished, or kills itself in a fit."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.models_search", kept.url, str(trials), str(dies_in_fit)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip


def die_in(fit: int) -> None:
    """Lets this process be killed, as by the machine, when it begins its n-th fit."""
    really, count = models.search.search.fit_on_fold, itertools.count(1)

    def fit_or_die(*args: Any, **named: Any) -> Fitted:
        if next(count) == fit:
            os.kill(os.getpid(), signal.SIGKILL)
        return really(*args, **named)

    models.search.search.fit_on_fold = fit_or_die


if __name__ == "__main__":
    url, n_trials, last_fit = sys.argv[1:]
    die_in(int(last_fit))
    print(json.dumps(find(config(int(n_trials)), Storage(url, QUICK_BEAT, QUICK_GRACE)).ran))
