"""What MLflow's users look for beside a version, read back as they would read it; and that no secret got there."""

from __future__ import annotations

import getpass
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import lightgbm as lgb
import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from contracts.files import write_json
from models.registry.registry import Registry
from models.registry.seal import sha256
from models.registry.tracking import quiet
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.serve_project import FEATURES, URI, Book, inside, make, stand_in_git, write_model

SECRETS = ("hunter2", "s3cr3t", "MC4CAQAwBQYDK2VwBCIEIA")
CURVE = [{"round": one, "train_log_loss": 0.3 / one, "valid_log_loss": 0.31 / one} for one in range(1, 41)]  # fmt: skip


@pytest.fixture(scope="module")
def project(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version of committed code, and one of changes that hold secrets."""
    root = tmp_path_factory.mktemp("background") / "project"
    root.mkdir()
    make(root, book)
    write_json(root / "data/model/curve.json", CURVE)
    members = [{"flavour": "searched", "rounds": 40, "settings": {"max_depth": 3}}]
    write_json(root / "data/model/members.json", {"members": members})
    stand_in_git(root)
    with inside(root):
        explain(load())
        register(load())
        shutil.copyfile("data/scored/test.parquet", "first.parquet")
        params = Path("configs/params.yaml")
        params.write_text(params.read_text() + "\n# db_password: hunter2\n# url: postgresql://ann:s3cr3t@db/erp\n")  # fmt: skip
        pem = f"-----BEGIN PRIVATE KEY-----\n{SECRETS[2]}\n-----END PRIVATE KEY-----\n"
        Path("configs/notes.txt").write_text(f"kept\n{pem}")
        write_model(root, book, trees=30)
        register(load())
    return root


def read(root: Path, number: str) -> tuple[mlflow.MlflowClient, ModelVersion, Run]:
    registry = Registry(f"sqlite:///{root}/mlflow.db", "demo")
    version = registry.client.get_model_version("bonitas-demo", number)
    return registry.client, version, registry.client.get_run(str(version.run_id))


def artifact(client: mlflow.MlflowClient, run: Run, name: str, to: Path) -> Any:
    return Path(client.download_artifacts(run.info.run_id, name, str(to))).read_text(encoding="utf-8")  # fmt: skip


def test_inputs_settings_curves_and_importances(project: Path, tmp_path: Path) -> None:
    with inside(project), quiet():
        client, version, run = read(project, "1")
        assert run.info.run_name == "AUC 0.800, log loss –: searched"
        held = {one.dataset.name: one for one in run.inputs.dataset_inputs}
        assert {name: one.tags[0].value for name, one in held.items()} == {
            "data/features/matrix.parquet": "training",
            "data/interim/partition.parquet": "split",
            "data/scored/test.parquet": "test",
        }
        matrix = held["data/features/matrix.parquet"].dataset
        assert matrix.digest == sha256(Path("data/features/matrix.parquet").read_bytes())[:36]
        columns = json.loads(matrix.schema)["mlflow_colspec"]
        assert [one["name"] for one in columns] == [one.name for one in FEATURES]
        tested = held["data/scored/test.parquet"].dataset
        assert tested.digest == sha256(Path("first.parquet").read_bytes())[:36]
        assert json.loads(tested.profile)["rows"] == len(pd.read_parquet("first.parquet"))
        # MLflow itself finds the file again
        source = mlflow.data.get_source(tested)
        assert source.load(str(tmp_path)).endswith("test.parquet")
        params = run.data.params
        wanted = {
            "features.windows_days.0": "90", "evaluate.confidence": "0.95", "evaluate.seed": "7", "default.days": "90", "split.test_months": "12",
            "chosen.members.0.flavour": "searched", "chosen.members.0.settings.max_depth": "3", "chosen.calibrator.method": "identity",
        }  # fmt: skip
        assert wanted.items() <= params.items()
        for name in ("train_log_loss", "valid_log_loss"):
            found = client.get_metric_history(run.info.run_id, name)
            assert {one.step: one.value for one in found} == {one["round"]: one[name] for one in CURVE}  # fmt: skip
        both = json.loads(artifact(client, run, "feature_importance.json", tmp_path))
        shares = both["gain"]
        assert sum(both["split"].values()) == pytest.approx(1.0)
        picture = artifact(client, run, "feature_importance.svg", tmp_path)
        assert picture.startswith("<svg")
        assert all(name in picture for name, share in shares.items() if share > 0)
        # the experiment says that it holds models, and not agents
        assert (
            client.get_experiment(run.info.experiment_id).tags["mlflow.experimentKind"]
            == "custom_model_development"
        )
        gain = lgb.Booster(model_file=f"{version_folder(client, version, tmp_path)}/artifacts/bundle/booster.txt").feature_importance("gain")  # fmt: skip
        assert {name: pytest.approx(value) for name, value in shares.items()} == dict(zip([one.name for one in FEATURES], gain / gain.sum(), strict=True))  # fmt: skip


def version_folder(client: mlflow.MlflowClient, version: ModelVersion, to: Path) -> str:
    del client
    return str(mlflow.artifacts.download_artifacts(f"models:/{version.name}/{version.version}", dst_path=str(to)))  # fmt: skip


def test_who_made_it_of_what_and_the_links_between(project: Path) -> None:
    with inside(project), quiet():
        client, version, run = read(project, "1")
        commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()  # fmt: skip
        assert run.data.tags["mlflow.source.git.commit"] == commit
        assert run.data.tags["mlflow.user"] == getpass.getuser()
        assert run.data.tags["origin"] == "clean"
        assert "dirty" not in run.data.tags
        card = Path("data/model/bundle/model_card.md").read_text(encoding="utf-8")
        second = client.get_model_version("bonitas-demo", "2")
        # in a list of versions the first words are seen, and the card begins with the same ones in each
        title = client.get_run(str(second.run_id)).info.run_name
        assert title.startswith("AUC")
        assert second.description[: len(title) + 502] == f"{title}\n\n{card[:500]}"
        assert run_note(client, second)[:500] == card[:500]
        assert len(second.description) <= 5_000
        # run -> version, logged model -> version and run, version -> run and logged model
        assert run.data.tags["registered_version"] == "1"
        model = client.get_logged_model(str(version.source).rpartition("/")[2])
        assert (model.tags["registered_version"], model.source_run_id) == ("1", run.info.run_id)
        assert model.tags["mlflow.note.content"] == version.description
        assert version.run_id == run.info.run_id
        # by this tag MLflow's page of the logged model shows its versions, and by these names which rows a figure is of
        assert json.loads(model.tags["mlflow.modelVersions"]) == [
            {"name": "bonitas-demo", "version": "1"}
        ]
        tested = next(
            one.dataset
            for one in run.inputs.dataset_inputs
            if one.dataset.name == "data/scored/test.parquet"
        )
        rows = {one.key: (one.dataset_name, one.dataset_digest) for one in model.metrics or []}
        assert rows["test.roc_auc"] == (tested.name, tested.digest)
        assert {name for name, told in rows.items() if told[0]} == {
            name for name in rows if name.startswith("test.")
        }
        assert "bonitas history" in client.get_registered_model("bonitas-demo").description
        # one run a version, no other
        runs = client.search_runs([run.info.experiment_id])
        assert {one.data.tags.get("registered_version") for one in runs} == {"1", "2"}
        names = {file.path for file in client.list_artifacts(run.info.run_id)}
        assert "uncommitted.patch" not in names


def run_note(client: mlflow.MlflowClient, version: ModelVersion) -> str:
    return client.get_run(str(version.run_id)).data.tags["mlflow.note.content"]


def test_changes_that_are_not_committed_are_kept_without_their_secrets(project: Path, tmp_path: Path) -> None:  # fmt: skip
    with inside(project), quiet():
        client, _, run = read(project, "2")
        assert run.data.tags["origin"] == "dirty"
        assert "configs/params.yaml" in run.data.tags["dirty"]
        patch = artifact(client, run, "uncommitted.patch", tmp_path)
    assert "+++ b/configs/params.yaml" in patch
    assert "configs/notes.txt" in patch
    assert "+kept" in patch
    assert not [one for one in SECRETS if one in patch]
    # what git made of it applies, as far as no secret stood there
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(project), str(clone)], check=True)
    (clone / "it.patch").write_text(patch)
    subprocess.run(["git", "apply", "it.patch"], cwd=clone, check=True)
    assert (clone / "configs/notes.txt").read_text().startswith("kept\n")


def test_the_example_is_nobody_and_is_answered(project: Path, tmp_path: Path) -> None:
    with inside(project), quiet():
        _, version, _ = read(project, "1")
        folder = mlflow.artifacts.download_artifacts(f"models:/bonitas-demo/{version.version}", dst_path=str(tmp_path / "m"))  # fmt: skip
        model = mlflow.pyfunc.load_model(folder)
        sent = model.input_example
        assert sent is not None
        answer = model.predict(sent)
        matrix = pd.read_parquet("data/features/matrix.parquet")
    assert len(sent) == 1
    assert set(sent.columns) == {"customer_id", *(one.name for one in FEATURES)}
    assert 0.0 < float(answer["pd"].iloc[0]) < 1.0
    # typical of healthy customers in every feature, so that no customer is like it
    numbers = [one.name for one in FEATURES if one.dtype == "number"]
    gaps = np.abs(matrix[numbers].to_numpy() - sent[numbers].to_numpy(dtype=float)).sum(axis=1)
    assert np.nanmin(gaps) > 0.0


@pytest.mark.usefixtures("project")
def test_registering_again_writes_nothing_more(project: Path) -> None:
    with inside(project), quiet():
        client, _, run = read(project, "2")
        before = [one.info.run_id for one in client.search_runs([run.info.experiment_id])]
        register(load())
        assert [one.info.run_id for one in client.search_runs([run.info.experiment_id])] == before
    assert URI.endswith("mlflow.db")
