"""What was deleted in MLflow around a version: a run lies there until `mlflow gc` takes it away, an experiment keeps its name."""

from __future__ import annotations

import mlflow
from mlflow.exceptions import MlflowException

from contracts.errors import RegistryError
from contracts.secrets import shown

GONE = "RESOURCE_DOES_NOT_EXIST"


def is_purged(client: mlflow.MlflowClient, run: str) -> bool:
    """Whether a version's run is gone, and with it all that was kept beside the version; the version's own files lie elsewhere."""
    try:
        client.get_run(run)
    except MlflowException as error:
        if error.error_code != GONE:
            raise
        return True
    return False


def experiment_deleted(name: str, uri: str, number: str) -> RegistryError:
    """What is said where the experiment was deleted: MLflow keeps its name, so that none can be made beside it, and takes no run into it.

    Args:
        name: of the experiment.
        uri: of the registry.
        number: the experiment's id.
    """
    return RegistryError(
        "The experiment was deleted in MLflow, and nothing can be registered in a deleted one.",
        where=name,
        next_step=f"Restore it: `MLFLOW_TRACKING_URI={shown(uri)} mlflow experiments restore --experiment-id {number}`; then run again.",
    )
