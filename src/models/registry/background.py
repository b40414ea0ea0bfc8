"""What MLflow's users look for beside a version: its inputs, importances, learning curve, an example, its card, and where it came from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.entities import Dataset, DatasetInput, InputTag, LifecycleStage, Metric
from mlflow.entities.model_registry import ModelVersion
from mlflow.models import Model, convert_input_example_to_serving_input

from contracts.files import write_text
from models.base.data import ModelContract
from models.boosting.booster import of_texts
from models.registry.bundle import Bundle
from models.registry.origin import Origin
from models.registry.purged import is_purged
from models.registry.seal import sha256

CONTEXT = "mlflow.data.context"
"""The tag by which MLflow tells what a data set was used for."""
LINK = "registered_version"
"""Tag of a run and of a logged model."""
VERSIONS = "mlflow.modelVersions"
"""Tag of a logged model by which MLflow's page of it names its versions."""
NOTE = "mlflow.note.content"
"""Tag of a run and of a logged model that MLflow shows as its description."""
LONGEST_DIGEST = 36  # characters of a digest that MLflow keeps
LONGEST_CARD = 5_000  # characters of a version's description that a database server keeps
LONGEST_PATCH = 1_000_000
PATCH, IMPORTANCE, IMPORTANCE_PICTURE = (
    "uncommitted.patch",
    "feature_importance.json",
    "feature_importance.svg",
)
MORE = "\n\n(The rest is in `model_card.md` of the version.)\n"


@dataclass(frozen=True, slots=True)
class Input:
    """A file that the version was made from.

    Attributes:
        path: of the file, from the project's folder.
        digest: the beginning of its sha256.
        context: what it was used for: training, split, test.
        profile: rows and what else is known of it.
    """

    path: Path
    digest: str
    context: str
    profile: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(path: Path, context: str, profile: Mapping[str, Any]) -> Input:
        """Read now, from the folder we are in; MLflow is asked from the registry's."""
        return Input(path, sha256(path.read_bytes())[:LONGEST_DIGEST], context, profile)


@dataclass(frozen=True, slots=True)
class Background:
    """What is told of a version beside its record.

    Attributes:
        title: name of its run, for people.
        inputs: files it was made from.
        curve: loss by round, one mapping a round with `round` and figures.
        picture: draws features' shares of the gain, as the text of an SVG file; None: no picture is kept.
    """

    title: str = ""
    inputs: Sequence[Input] = ()
    curve: Sequence[Mapping[str, float]] = ()
    picture: Callable[[Mapping[str, float]], str] | None = None


def log_background(run: str, bundle: Bundle, told: Background, origin: Origin) -> None:
    """Writes it to the active run.

    Args:
        run: its id.
        bundle: the version.
        told: what is told of it.
        origin: what it was made from.
    """
    client = mlflow.MlflowClient()
    if told.inputs:
        client.log_inputs(run, [_dataset(one, bundle) for one in told.inputs])
    if points := list(_points(told.curve)):
        client.log_batch(run, metrics=points)
    shares = {kind: importances(bundle, kind) for kind in ("gain", "split")}
    mlflow.log_dict(shares, IMPORTANCE)
    if told.picture is not None:
        mlflow.log_text(told.picture(shares["gain"]), IMPORTANCE_PICTURE)
    if origin.patch:
        mlflow.log_text(_cut(origin.patch, LONGEST_PATCH, "\n... cut\n"), PATCH)


def _dataset(one: Input, bundle: Bundle) -> DatasetInput:
    """The file as MLflow keeps a data set: name, digest, where it lies, its columns where they are the model's, how many rows."""
    contract = ModelContract.from_json(bundle.json("contract.json"))
    kinds = {"number": "double", "category": "string"}
    columns = [
        {"type": kinds[feature.dtype], "name": feature.name, "required": False}
        for feature in contract.features
    ]
    found = Dataset(
        name=one.path.as_posix(),
        digest=one.digest,
        source_type="local",
        source=json.dumps({"uri": one.path.as_posix()}),
        schema=json.dumps({"mlflow_colspec": columns}) if one.context == "training" else None,
        profile=json.dumps(dict(one.profile), default=str),
    )
    return DatasetInput(found, [InputTag(CONTEXT, one.context)])


def _points(curve: Sequence[Mapping[str, float]]) -> Iterator[Metric]:
    now = int(time.time() * 1000)
    for row in curve:
        for name, value in row.items():
            if name != "round" and np.isfinite(value):
                yield Metric(name, float(value), now, int(row["round"]))


def importances(bundle: Bundle, kind: str = "gain") -> dict[str, float]:
    """By feature, its share of the gain of all splits, or of their number, mean over the boosters, largest first; of no tree at all, 0.

    Args:
        bundle: the version.
        kind: gain or split.
    """
    contract = ModelContract.from_json(bundle.json("contract.json"))
    shares = []
    for booster in of_texts(bundle.files, contract).boosters:
        gain = np.asarray(booster.feature_importance(kind), dtype=np.float64)
        shares.append(gain / gain.sum() if gain.sum() > 0 else gain)
    mean = np.mean(shares, axis=0)
    ordered = sorted(zip(contract.names, mean.tolist(), strict=True), key=lambda one: (-one[1], one[0]))  # fmt: skip
    return dict(ordered)


EXAMPLE, SERVED, MODEL = "input_example.json", "serving_input_example.json", "MLmodel"


def add_example(folder: Path, bundle: Bundle) -> tuple[str, ...]:
    """Puts an input example into the folder of a version that is not sealed yet; returns the files that are new or changed.

    MLflow itself would load the version to try its example, and a version is not loaded before it is sealed.
    """
    row = example(bundle)
    model = Model.load(str(folder))
    model.saved_input_example_info = {
        "artifact_path": EXAMPLE,
        "type": "dataframe",
        "pandas_orient": "split",
        "serving_input_path": SERVED,
    }
    model.save(str(folder / MODEL))
    write_text(folder / EXAMPLE, row.to_json(orient="split", index=False, double_precision=15))
    write_text(folder / SERVED, str(convert_input_example_to_serving_input(row)))
    return (MODEL, EXAMPLE, SERVED)


def example(bundle: Bundle) -> pd.DataFrame:
    """A row to send: the values typical of healthy customers, for a row of a real customer may not be kept.

    What is not known is missing: a number is NaN, a category None.
    """
    features = ModelContract.from_json(bundle.json("contract.json")).features
    kept = bundle.json("reasons.json").get("features", {})
    row: dict[str, list[Any]] = {"customer_id": ["C1"]}
    for one in features:
        value = kept.get(one.name, {}).get("typical") if isinstance(kept, Mapping) else None
        if one.dtype == "number":
            row[one.name] = [float("nan") if value is None else float(value)]
        else:
            row[one.name] = [None if value is None else str(value)]
    made = pd.DataFrame({name: pd.Series(value, dtype=object if isinstance(value[0], str | None) else None) for name, value in row.items()})  # fmt: skip
    # MLflow compares the columns with a range, of which pandas warns where they are its own kind of text
    made.columns = made.columns.astype(object)
    return made


def description(bundle: Bundle, title: str = "") -> str:
    """The model card as the description of a run; of a version after its title, for a list of versions shows the first words."""
    card = bundle.files["model_card.md"].decode("utf-8")
    return _cut(f"{title}\n\n{card}" if title else card, LONGEST_CARD, MORE)


def about(portfolio: str) -> str:
    """Description of a registered model."""
    return (
        f"The customer health score of the portfolio `{portfolio}`: probability of default, score and grade. The alias `champion` is in use; `challenger`, `candidate` and "
        "`recalibrated` wait for a decision. The tags `decision.*` are the log of decisions, each bound to the one before: `bonitas history` reads it, `bonitas promote` "
        "writes it, and an alias that was moved here by hand is refused."
    )


def _cut(text: str, most: int, more: str) -> str:
    r"""A text of at most so many characters, cut at the end of a line.

    >>> _cut("first\nsecond\nthird", 14, "\n...")
    'first\n...'
    """
    if len(text) <= most:
        return text
    return text[: most - len(more)].rpartition("\n")[0] + more


def link(client: mlflow.MlflowClient, version: ModelVersion) -> None:
    """From the run and the logged model to the version, once; MLflow itself leads from the version to both.

    A logged model's page shows the versions that its tag names, which MLflow writes only where a version is made by
    `mlflow.register_model`; a version that is made by the client shows as not registered.
    """
    number, run = str(version.version), version.run_id
    if run is None or is_purged(client, run):
        return
    held = client.get_run(run)
    if held.info.lifecycle_stage != LifecycleStage.ACTIVE:
        return
    # MLflow gives no model_id back, but where it lies
    model = str(version.source).rpartition("/")[2]
    versions = json.dumps([{"name": version.name, "version": number}])
    if model.startswith("m-") and client.get_logged_model(model).tags.get(VERSIONS) != versions:
        told = {LINK: number, "run": run, VERSIONS: versions, NOTE: str(version.description or "")}
        client.set_logged_model_tags(model, told)
    if held.data.tags.get(LINK) != number:
        client.set_tag(run, LINK, number)
