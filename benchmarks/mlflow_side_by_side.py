"""What MLflow holds after the script that a newcomer would write, beside what it holds after ours: is anything missing?

    python -m benchmarks.mlflow_side_by_side            # after `make demo`; the script's registry lies in a scratch folder

`newcomer` is that script: LightGBM and autologging, 25 lines, on the same features and split.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path

import lightgbm as lgb
import mlflow
import pandas as pd
from mlflow import MlflowClient
from sklearn.metrics import log_loss, roc_auc_score

from contracts.scratch import scratch
from models.registry.tracking import quiet


def newcomer(data: Path) -> None:
    """A first script: reads, trains with early stopping, tests, and leaves the rest to autologging."""
    keys = ["customer_id", "as_of"]
    matrix = pd.read_parquet(data / "features/matrix.parquet")
    split = pd.read_parquet(data / "interim/partition.parquet")
    rows = split.merge(matrix, on=keys)
    rows = rows.astype({name: "category" for name, kind in rows.dtypes.items() if kind == "str" and name not in keys})  # fmt: skip
    features = [name for name in matrix.columns if name not in keys]
    parts = {part: rows[rows["part"] == part] for part in ("train", "calibrate", "test")}
    x = {part: frame[features] for part, frame in parts.items()}
    y = {part: frame["defaulted"].astype(int) for part, frame in parts.items()}
    mlflow.set_experiment("newcomer")
    mlflow.lightgbm.autolog(log_input_examples=True, log_datasets=True)
    with mlflow.start_run():
        sets = {part: lgb.Dataset(x[part], y[part]) for part in ("train", "calibrate")}
        params = {"objective": "binary", "metric": "binary_logloss", "learning_rate": 0.05, "verbosity": -1}  # fmt: skip
        model = lgb.train(params, sets["train"], 600, valid_sets=list(sets.values()), valid_names=list(sets), callbacks=[lgb.early_stopping(40)])  # fmt: skip
        pds = model.predict(x["test"])
        mlflow.log_metric("test_auc", roc_auc_score(y["test"], pds))
        mlflow.log_metric("test_log_loss", log_loss(y["test"], pds))


def held(uri: str, experiment: str, wanted: str) -> dict[str, str]:
    """What the newest run of an experiment whose name does not begin with `wanted` holds, as words."""
    client = MlflowClient(uri)
    known = client.get_experiment_by_name(experiment)
    if known is None:
        raise SystemExit(f"There is no experiment {experiment} in {uri}: `make demo` makes it.")
    run = next(one for one in client.search_runs([known.experiment_id]) if not str(one.info.run_name).startswith(wanted))  # fmt: skip
    model = client.search_logged_models([known.experiment_id])[0]
    metrics, tags = run.data.metrics, run.data.tags
    curves = [name for name in metrics if len(client.get_metric_history(run.info.run_id, name)) > 1]
    files = sorted(one.path for one in client.list_artifacts(run.info.run_id))
    inputs = [
        f"{one.dataset.name} {one.dataset.digest[:8]}"
        for one in (run.inputs.dataset_inputs if run.inputs else [])
    ]
    about = mlflow.models.get_model_info(f"models:/{model.model_id}")
    example = about.saved_input_example_info
    return {
        "name of the run": str(run.info.run_name),
        "source, user, commit": ", ".join(
            tags.get(f"mlflow.{one}", "-")[-24:]
            for one in ("source.name", "user", "source.git.commit")
        ),
        "description": f"{len(tags.get('mlflow.note.content', ''))} characters",
        "input data sets": f"{len(inputs)}: {'; '.join(inputs)}",
        "parameters": str(len(run.data.params)),
        "settings of the booster": _first(
            [name for name in run.data.params if "learning_rate" in name]
        ),
        "metrics": str(len(metrics)),
        "of the test, with an interval": str(sum(f"{name}_low" in metrics for name in metrics)),
        "curves by round": ", ".join(curves),
        "files": ", ".join(files),
        "signature": f"{len(about.signature.inputs.inputs)} inputs, {len(about.signature.outputs.inputs)} outputs"
        if about.signature
        else "-",
        "input example": "-" if example is None else str(example.get("artifact_path")),
        "saved as": ", ".join(about.flavors),
        "registered version": str(tags.get("registered_version", "-")),
    }


def _first(names: list[str]) -> str:
    return names[0] if names else "-"


def table(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Both beside each other, as Markdown."""
    lines = ["| held | 25 lines and autologging | Bonitas |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {theirs[name]} | {ours[name]} |" for name in ours)])


def main() -> None:
    """Runs the script in a scratch folder and prints the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--registry", default="sqlite:///mlflow.db")
    asked.add_argument("--portfolio", default="demo")
    given = asked.parse_args()
    data = Path("data").resolve()
    mlflow.set_tracking_uri(given.registry)
    with quiet():
        ours = held(given.registry, f"bonitas-{given.portfolio}", "search")
    home = Path.cwd()
    with scratch() as place:
        uri = f"sqlite:///{place}/mlflow.db"
        os.chdir(place)
        mlflow.set_tracking_uri(uri)
        began = time.process_time(), time.perf_counter()
        newcomer(data)
        spent = time.process_time() - began[0], time.perf_counter() - began[1]
        theirs = held(uri, "newcomer", "search")
        os.chdir(home)
    print(f"the script: {spent[0]:.1f} CPU-s, {spent[1]:.1f} s by the clock")
    print(table(theirs, ours))


if __name__ == "__main__":
    main()
