"""Workers that join a search: real processes on one database, each trial run once."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import optuna
import pytest
from pydantic import SecretStr

from contracts.config.training import SearchConfig
from contracts.errors import ConfigError
from pipelines import ROOT
from pipelines.settings import studies_url
from tests.serve_project import simulate, write_data

N_TRIALS = 10


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the configs and a small book of the demo portfolio, ready for train."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "configs", folder / "configs")
    params = folder / "configs/params.yaml"
    text = params.read_text(encoding="utf-8")
    for key, value in {"trials": N_TRIALS, "max_rounds": 60, "threads": 1}.items():
        text = re.sub(rf"^(  +{key}:) \d+", rf"\1 {value}", text, flags=re.MULTILINE)
    params.write_text(text, encoding="utf-8")
    write_data(folder, simulate())
    return folder


def worker(project: Path, url: str) -> subprocess.Popen[str]:
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines", "search"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": path, "BONITAS_STUDIES": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(said: str) -> int:
    found = re.search(rf"(\d+) of the {N_TRIALS} trials of study demo-\w+ ran here", said)
    assert found, said
    return int(found[1])


@pytest.mark.long
def test_two_workers_share_a_study_and_no_trial_runs_twice(project: Path) -> None:
    url = f"sqlite:///{project / 'shared' / 'studies.db'}"
    both = [worker(project, url) for _ in range(2)]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert [err for _, err in said] == ["", ""]  # no bar where nobody looks
    counts = [ran(out) for out, _ in said]
    assert min(counts) >= 1
    assert sum(counts) == N_TRIALS
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    (name,) = optuna.get_all_study_names(url)
    trials = optuna.load_study(study_name=name, storage=url).get_trials(deepcopy=False)
    finished = [trial for trial in trials if trial.state.name in {"COMPLETE", "PRUNED"}]
    assert sorted(trial.user_attrs["place"] for trial in finished) == list(range(N_TRIALS))
    assert len({json.dumps(trial.params, sort_keys=True) for trial in finished}) == N_TRIALS
    assert len({trial.user_attrs["worker"] for trial in finished}) == 2


def test_a_worker_without_its_database_says_so_and_shows_no_password(project: Path) -> None:
    lost = worker(project, "postgresql://me:secret@127.0.0.1:9/studies")
    out, err = lost.communicate(timeout=60)
    assert lost.returncode == 2
    assert "cannot be opened" in err
    assert "***@127.0.0.1" in err
    assert "secret" not in out + err
    assert "Traceback" not in err


def test_the_address_of_studies_comes_from_the_variable_or_is_a_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = SearchConfig(storage_variable="OUR_STUDIES")
    monkeypatch.delenv("OUR_STUDIES", raising=False)
    assert studies_url(search).get_secret_value() == "sqlite:///.bonitas/studies.db"
    monkeypatch.setenv("OUR_STUDIES", "postgresql://me:secret@host/studies")
    given = studies_url(search)
    assert given == SecretStr("postgresql://me:secret@host/studies")
    assert "secret" not in repr(given)


def test_an_address_in_the_place_of_the_variables_name_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigError, match="not the name of an environment variable") as caught:
        studies_url(SearchConfig(storage_variable="postgresql://me:secret@host/studies"))
    assert "storage_variable" in str(caught.value)
    assert "secret" not in str(caught.value)
