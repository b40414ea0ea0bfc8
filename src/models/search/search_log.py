"""A finished search in MLflow: one run for the study, one nested run per trial, written once."""

from __future__ import annotations

import json
import time
from typing import Any

import mlflow
from mlflow.entities import Metric, Param, RunStatus
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from models.registry.registry import Registry
from models.registry.tracking import numbers, quiet
from models.search.search import Found

SEARCH = "search"
FINISHED, KILLED = RunStatus.to_string(RunStatus.FINISHED), RunStatus.to_string(RunStatus.KILLED)
FIGURES = ("best_log_loss", "by_hand_log_loss", "complete", "pruned", "rounds")


def log_search(uri: str, portfolio: str, found: Found) -> str:
    """Writes the study and its trials into the portfolio's experiment, unless they are there.

    A study that has got more trials since is written again, whole. A run that a killed process left open is closed
    and written anew.

    Args:
        uri: MLflow tracking database.
        portfolio: whose experiment it goes into.
        found: of the search.

    Returns:
        Id of the parent run, "search <study>".

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
        tags = {SEARCH: label, "portfolio": portfolio}
        parent = client.create_run(experiment, tags=tags, run_name=f"search {found.study}")
        parent_id = str(parent.info.run_id)
        for row in found.trials.to_dict("records"):
            _log_trial(client, experiment, row, {**tags, MLFLOW_PARENT_RUN_ID: parent_id})
        told = found.to_json()
        figures = {name: told[name] for name in FIGURES} | {"importance": found.importance}
        _write(client, parent_id, figures, found.chosen)
        # last: a run that is finished is whole
        client.set_terminated(parent_id, FINISHED)
    return parent_id


def _log_trial(
    client: mlflow.MlflowClient, experiment: str, row: dict[Any, Any], tags: dict[str, str]
) -> None:
    name = f"trial {row['number']}"
    run = client.create_run(experiment, tags={**tags, "state": row["state"]}, run_name=name)
    loss = {"log_loss": row["log_loss"]} if row["state"] == "complete" else {}
    _write(client, run.info.run_id, loss, json.loads(row["params"]))
    client.set_terminated(run.info.run_id, FINISHED)


def _write(
    client: mlflow.MlflowClient, run: str, metrics: dict[str, Any], params: dict[str, Any]
) -> None:
    now = int(time.time() * 1000)
    client.log_batch(
        run,
        metrics=[Metric(name, value, now, 0) for name, value in numbers(metrics).items()],
        params=[Param(name, str(value)) for name, value in params.items()],
    )
