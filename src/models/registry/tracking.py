"""What is written to MLflow beside a version, and how a bundle becomes an MLflow model."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version as installed
from pathlib import Path
from platform import python_version
from typing import Any

import mlflow
from mlflow.entities import Metric
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec

from contracts.scratch import scratch
from models.registry import bundle as bundles
from models.registry import seal
from models.registry.background import Background, add_example, log_background
from models.registry.bundle import Bundle
from models.registry.origin import Origin

KIND, TRAINING = "mlflow.experimentKind", "custom_model_development"
"""Tag of an experiment that says that it holds models, and not agents; which of the two menus MLflow opens with is remembered by the browser."""
SERVED_BY = ("numpy", "pandas", "lightgbm", "mlflow")
REPORTS = "reports"
"""Folder of a run that holds what people read beside its version."""
EVIDENCE_FILE = "evidence.json"
"""What decisions on the version stand on; its sha256 is a tag of the version."""
FIRST_SECTION = "test"
"""Part of `reports/metrics.json` that people look at first."""
MAX_BATCH = 1_000  # metrics that MLflow takes at once
LONGEST_PARAM = 500  # MLflow refuses or cuts longer values, by its version


@dataclass(frozen=True, slots=True)
class Record:
    """What is written beside a version: settings, figures, tags, files to look at, the gates it passed, and its background."""

    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    reports: Sequence[Path] = ()
    gates: Sequence[Mapping[str, Any]] = ()
    background: Background = field(default_factory=Background)

    @property
    def evidence(self) -> str:
        """What a decision on the version stands on: its gates and figures, as JSON."""
        held = {"gates": list(self.gates), "metrics": self.metrics}
        return json.dumps(held, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"


@contextmanager
def quiet() -> Iterator[None]:
    """Silences what MLflow says about itself on every run, and nothing else.

    Its database set-up and Alembic log at INFO; its progress bars draw on standard error.
    """
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    loggers = [logging.getLogger(name) for name in ("mlflow.store.db.utils", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            # the bundle's contract says what to send; a row of a real customer may not be kept as an example
            warnings.filterwarnings("ignore", message=".*input example was not provided")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def log_version(run: str, bundle: Bundle, record: Record, origin: Origin) -> tuple[Any, str, str]:
    """Writes all that is kept of a version to the active run, whose id it is.

    Returns:
        MLflow's ModelInfo, the sha256 of the seal, and that of the evidence.
    """
    evidence = log_record(record)
    info, sealed = log_model(bundle)
    log_figures(run, record, info.model_id)
    log_background(run, bundle, record.background, origin)
    return info, sealed, evidence


def log_record(record: Record) -> str:
    """Writes settings, reports and evidence to the active run; returns the sha256 of the evidence."""
    mlflow.log_params({name: str(v)[:LONGEST_PARAM] for name, v in flat(record.params).items()})
    for report in record.reports:
        mlflow.log_artifact(str(report), REPORTS)
    mlflow.log_text(record.evidence, EVIDENCE_FILE)
    return seal.sha256(record.evidence.encode("utf-8"))


def log_figures(run: str, record: Record, model_id: str) -> None:
    """Writes the figures to a run and to its logged model; those of the test part name the rows they were measured on.

    After the model: MLflow forgets the rows of a figure that is logged before there is a model to keep them.
    """
    tested = next((one for one in record.background.inputs if one.context == FIRST_SECTION), None)
    rows = {} if tested is None else {"dataset_name": tested.path.as_posix(), "dataset_digest": tested.digest}  # fmt: skip
    now = int(time.time() * 1000)
    metrics = [
        Metric(name, value, now, 0, model_id, **(rows if name.startswith(f"{FIRST_SECTION}.") else {}))
        for name, value in sectioned(record.metrics).items()
    ]  # fmt: skip
    for first in range(0, len(metrics), MAX_BATCH):
        mlflow.MlflowClient().log_batch(run, metrics[first : first + MAX_BATCH])


def log_model(bundle: Bundle) -> tuple[Any, str]:
    """Logs a bundle to the active run as models-from-code and seals it.

    Returns:
        MLflow's ModelInfo, and the sha256 of the seal.
    """
    with scratch() as place:
        folder = place / "bundle"
        bundles.write(folder, bundle)
        info = mlflow.pyfunc.log_model(name=named(bundle), **_described(folder, bundle))
        client = mlflow.MlflowClient()
        made = place / "made"
        shutil.copytree(mlflow.artifacts.download_artifacts(info.model_uri), made)
        for name in add_example(made, bundle):
            client.log_model_artifact(info.model_id, str(made / name))
        text = seal.seal_of(seal.files_in(made))
        (place / seal.SEAL).write_text(text, encoding="utf-8", newline="\n")
        client.log_model_artifact(info.model_id, f"{place}/{seal.SEAL}")
        return info, seal.sha256(text.encode("utf-8"))


def named(bundle: Bundle) -> str:
    """Of the logged model, as MLflow lists it among others: portfolio and the beginning of the digest."""
    return f"{bundle.json('contract.json')['portfolio']}-{bundle.digest[:8]}"


def scored(bundle: Bundle, files: Mapping[str, bytes], frame: Any) -> Any:
    """What a version answers to a frame, run from bytes that were verified, in a folder that nobody else knows.

    Args:
        bundle: verified against its digest.
        files: of the whole version, verified against its seal; none of a version made before there was a seal, which
            is then made anew from its bundle.
        frame: features by name.
    """
    with loaded(bundle, files) as model:
        return model.predict(frame)


@contextmanager
def loaded(bundle: Bundle, files: Mapping[str, bytes]) -> Iterator[Any]:
    """The version as MLflow loads it, to be asked more than once; arguments as of `scored`."""
    with scratch() as place, quiet():
        folder = place / "version"
        if files:
            seal.write_files(folder, files)
        else:
            made = place / "bundle"
            bundles.write(made, bundle)
            mlflow.pyfunc.save_model(path=str(folder), **_described(made, bundle))
        yield mlflow.pyfunc.load_model(str(folder))


def _described(folder: Path, bundle: Bundle) -> dict[str, Any]:
    """What MLflow is told of a bundle in a folder."""
    requirements = [f"{name}=={installed(name)}" for name in SERVED_BY]
    return {
        "python_model": str(folder / "serving.py"),
        "artifacts": {"bundle": str(folder)},
        "signature": signature(bundle.json("contract.json")["features"]),
        # spelled out, or MLflow asks pip, which a uv-made environment does not have, and warns
        "conda_env": {
            "name": "bonitas",
            "channels": ["conda-forge"],
            "dependencies": [f"python={python_version()}", "pip", {"pip": requirements}],
        },
    }


def signature(features: Sequence[Mapping[str, Any]]) -> ModelSignature:
    """Inputs: every feature, a double or a string, may be null; customer_id may be left out. Outputs: the answer."""
    kinds = {"number": "double", "category": "string"}
    inputs: list[ColSpec | TensorSpec] = [ColSpec("string", "customer_id", required=False)]
    inputs += [ColSpec(kinds[feature["dtype"]], feature["name"]) for feature in features]
    outputs: list[ColSpec | TensorSpec] = [
        ColSpec("string", "customer_id", required=False),
        *(ColSpec("double", name) for name in ("margin", "pd")),
        *(ColSpec("long", name) for name in ("score", "grade")),
    ]
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs))


def flat(values: Any, prefix: str = "") -> dict[str, Any]:
    """Nested keys joined by dots; list items by their position.

    >>> flat({"a": {"b": 1}, "c": [2, 3]})
    {'a.b': 1, 'c.0': 2, 'c.1': 3}
    """
    items = values.items() if isinstance(values, Mapping) else enumerate(values)
    found: dict[str, Any] = {}
    for key, value in items:
        name = f"{prefix}{key}"
        if isinstance(value, (Mapping, list, tuple)):
            found |= flat(value, f"{name}.")
        else:
            found[name] = value
    return found


def sectioned(values: Mapping[str, Any]) -> dict[str, float]:
    """Figures under the names that MLflow's page of metrics sorts into sections: those of the test part stand in the first one.

    MLflow opens a section for what precedes a slash. An interval is named by its ends, and once.

    >>> sectioned({"test": {"auc": 0.8, "auc_ci": [0.7, 0.9], "auc_low": 0.7, "auc_high": 0.9}, "baseline": {"auc": 0.6}})
    {'test.auc': 0.8, 'test.auc_low': 0.7, 'test.auc_high': 0.9, 'baseline/auc': 0.6}
    """
    held = numbers(values)
    told = {}
    for name, value in held.items():
        stem, is_end, _ = name.partition("_ci.")
        if is_end and f"{stem}_low" in held:
            continue
        first, _, rest = name.partition(".")
        told[f"{first}/{rest}" if rest and first != FIRST_SECTION else name] = value
    return told


def numbers(values: Any) -> dict[str, float]:
    """The finite numbers among nested values, by their joined keys: what MLflow takes as metrics."""
    return {
        name: float(value)
        for name, value in flat(values).items()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    }
