"""A search in MLflow: one run with all its trials in it, once, and fast enough not to be noticed."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.entities import Run

from contracts.errors import RegistryError
from models.registry.tracking import quiet
from models.search.search import Found
from models.search.search_log import log_search

N_TRIALS = 50
SETTINGS = {"max_depth": 4, **{f"setting{number}": 0.5 for number in range(11)}}


def found(trials: int = N_TRIALS) -> Found:
    """A search in which every third trial was pruned."""
    is_pruned = [number % 3 == 1 for number in range(trials)]
    table = pd.DataFrame(
        {
            "number": range(trials),
            "state": ["pruned" if one else "complete" for one in is_pruned],
            "log_loss": [None if one else 0.1 + 0.001 * n for n, one in enumerate(is_pruned)],
            "params": json.dumps(SETTINGS),
        }
    ).astype({"log_loss": "float64"})
    return Found(SETTINGS, 120, 0.1, table, [], "book-0123", 0.1, {"max_depth": 0.7})


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('tracking') / 'mlflow.db'}"


def runs(uri: str) -> list[Run]:
    with quiet():
        client = mlflow.MlflowClient(uri, uri)
        experiment = client.get_experiment_by_name("bonitas-book")
        return list(client.search_runs([experiment.experiment_id], max_results=1000))


def test_a_study_is_one_run_with_its_trials_folded_into_it(uri: str) -> None:
    parent = log_search(uri, "book", found())
    started = time.process_time()
    assert log_search(uri, "book", found()) == parent
    assert time.process_time() - started < 2.0
    logged = runs(uri)
    assert [(run.info.run_id, run.info.status) for run in logged] == [(parent, "FINISHED")]
    with quiet():
        client = mlflow.MlflowClient(uri, uri)
        curve = {one.step: one.value for one in client.get_metric_history(parent, "trial_log_loss")}
        best = {one.step: one.value for one in client.get_metric_history(parent, "trial_best_log_loss")}  # fmt: skip
        folder = Path(uri.removeprefix("sqlite:///")).parent
        with contextlib.chdir(folder):
            table = json.loads(Path(client.download_artifacts(parent, "trials.json")).read_text())
    assert len(curve) == N_TRIALS - 17
    assert curve[2] == pytest.approx(0.102)
    assert 1 not in curve
    assert set(best.values()) == {0.1}
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    assert len(rows) == N_TRIALS
    assert (rows[1]["state"], rows[1]["log_loss"]) == ("pruned", None)
    assert (rows[2]["trial"], rows[2]["max_depth"]) == (2, 4)
    top = next(run for run in logged if run.info.run_id == parent)
    assert top.info.run_name == f"search of {len(found().trials)}: log loss 0.1000"
    assert "`book-0123`" in top.data.tags["mlflow.note.content"]
    assert top.data.metrics["best_log_loss"] == 0.1
    assert top.data.metrics["pruned"] == 17
    assert top.data.metrics["importance/max_depth"] == 0.7
    assert len(top.data.params) == 12


def test_more_trials_or_a_run_left_open_are_logged_anew(uri: str) -> None:
    first = log_search(uri, "book", found(2))
    longer = log_search(uri, "book", found(4))
    assert first != longer
    with quiet():
        client = mlflow.MlflowClient(uri, uri)
        client.update_run(longer, status="RUNNING")
    again = log_search(uri, "book", found(4))
    assert again != longer
    assert {run.info.run_id: run.info.status for run in runs(uri)}[longer] == "KILLED"
    assert log_search(uri, "book", found(4)) == again


def test_a_search_without_a_hand_set_trial_or_importance_is_logged(uri: str) -> None:
    bare = replace(found(1), by_hand_log_loss=None, importance={}, study="bare")
    parent = log_search(uri, "book", bare)
    top = next(run for run in runs(uri) if run.info.run_id == parent)
    assert "by_hand_log_loss" not in top.data.metrics


def test_a_tracking_database_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database, it is a note" * 10)
    with pytest.raises(RegistryError, match="is no database"):
        log_search(f"sqlite:///{tmp_path / 'text.db'}", "book", found(1))
