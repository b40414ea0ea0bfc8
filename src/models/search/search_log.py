"""A finished search in MLflow: one run for the study, written once; its trials are folded into it, as a curve and as a table."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from typing import Any

import mlflow
from mlflow.entities import Metric, Param, RunStatus
from mlflow.utils.mlflow_tags import (
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_RUN_NOTE,
    MLFLOW_SOURCE_NAME,
    MLFLOW_SOURCE_TYPE,
)

from models.registry.registry import Registry
from models.registry.tracking import quiet, sectioned
from models.search.search import Found

SEARCH = "search"
NOTE = MLFLOW_RUN_NOTE
SOURCE = {MLFLOW_SOURCE_NAME: "bonitas train", MLFLOW_SOURCE_TYPE: "LOCAL"}
TABLE = "trials.json"
"""Artifact of its run, which MLflow shows as a table."""
LOGGED = "mlflow.loggedArtifacts"
"""Tag by which MLflow knows its tables."""
FINISHED, KILLED = RunStatus.to_string(RunStatus.FINISHED), RunStatus.to_string(RunStatus.KILLED)
FIGURES = ("best_log_loss", "by_hand_log_loss", "complete", "pruned", "rounds")


def log_search(uri: str, portfolio: str, found: Found) -> str:
    """Writes the study with its trials into the portfolio's experiment, unless it is there.

    A study that has got more trials since is written again, whole. A run that a killed process left open is closed
    and written anew.

    Args:
        uri: MLflow tracking database.
        portfolio: whose experiment it goes into.
        found: of the search.

    Returns:
        Id of its run, whose name says how many trials there were and what they found.

    Raises:
        RegistryError: the database cannot be opened.
    """
    registry = Registry(uri, portfolio)
    client, label = registry.client, f"{found.study}/{len(found.trials)}"
    with quiet(), registry.alone():
        experiment = registry.experiment()
        for run in client.search_runs([experiment], f"tags.{SEARCH} = '{label}'"):
            if run.info.status == FINISHED and MLFLOW_PARENT_RUN_ID not in run.data.tags:
                return str(run.info.run_id)
            if run.info.status != FINISHED:
                client.set_terminated(run.info.run_id, KILLED)
        tags = {SEARCH: label, "portfolio": portfolio, NOTE: _note(found), **SOURCE}
        name = f"search of {len(found.trials)}: log loss {found.log_loss:.4f}"
        run_id = str(client.create_run(experiment, tags=tags, run_name=name).info.run_id)
        client.log_batch(run_id, metrics=list(_trials(found)))
        with registry.at_home():
            client.log_dict(run_id, _table(found), TABLE)
        client.set_tag(run_id, LOGGED, json.dumps([{"path": TABLE, "type": "table"}]))
        told = found.to_json()
        figures = {name: told[name] for name in FIGURES} | {"importance": found.importance}
        _write(client, run_id, figures, found.chosen)
        # last: a run that is finished is whole
        client.set_terminated(run_id, FINISHED)
    return run_id


def _note(found: Found) -> str:
    """The description of its run."""
    told = found.to_json()
    hand = told["by_hand_log_loss"]
    beside = "" if hand is None else f"; settings chosen by hand: {hand:.5f}"
    return (
        f"Study `{found.study}`: {told['complete']} trials finished and {told['pruned']} were pruned. Best mean log loss on the time-ordered folds: "
        f"{told['best_log_loss']:.5f}{beside}. The chosen settings are the parameters, every trial is a row of the table `{TABLE}`, "
        "and the figures `importance` say which settings mattered."
    )


def _trials(found: Found) -> Iterator[Metric]:
    """The loss of each finished trial, and the least so far, by its number."""
    now, best = int(time.time() * 1000), math.inf
    for row in found.trials.to_dict("records"):
        if row["state"] == "complete":
            best = min(best, row["log_loss"])
            yield Metric("trial_log_loss", float(row["log_loss"]), now, int(row["number"]))
            yield Metric("trial_best_log_loss", float(best), now, int(row["number"]))


def _table(found: Found) -> dict[str, list[Any]]:
    """As `mlflow.log_table` writes one. A row per trial: number, state, loss (none where it was pruned), each setting that any of them had."""
    rows = found.trials.to_dict("records")
    settings = [json.loads(row["params"]) for row in rows]
    names = list(dict.fromkeys(name for one in settings for name in one))
    data = [
        [
            int(row["number"]),
            str(row["state"]),
            row["log_loss"] if row["state"] == "complete" else None,
            *(one.get(name) for name in names),
        ]
        for row, one in zip(rows, settings, strict=True)
    ]
    return {"columns": ["trial", "state", "log_loss", *names], "data": data}


def _write(
    client: mlflow.MlflowClient, run: str, metrics: dict[str, Any], params: dict[str, Any]
) -> None:
    now = int(time.time() * 1000)
    client.log_batch(
        run,
        metrics=[Metric(name, value, now, 0) for name, value in sectioned(metrics).items()],
        params=[Param(name, str(value)) for name, value in params.items()],
    )
