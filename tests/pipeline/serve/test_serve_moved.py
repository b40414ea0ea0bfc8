"""A project folder that is moved or copied keeps its champion: for upkeep, for new versions, and for MLflow itself."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from unittest import mock

import mlflow
import pytest

from contracts.files import read_json
from models.registry.addresses import COLUMNS
from models.registry.registry import Registry, champion_card
from pipelines.errands.look import look_at_champion
from pipelines.monitor import monitor
from pipelines.recalibrate import recalibrate
from pipelines.register import register
from pipelines.settings import load
from tests.serve_project import URI, Book, environment, inside, receipt, write_model


def texts(database: Path) -> Iterator[tuple[str, str]]:
    """Every text the registry holds, with its place."""
    with closing(sqlite3.connect(database)) as read:
        for (table,) in read.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():  # fmt: skip
            for row in read.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - names from the database itself
                yield from ((table, value) for value in row if isinstance(value, str))


def as_before(database: Path) -> None:
    """The addresses as they were written before: in full, and here those of the folder the registry lies in."""
    with closing(sqlite3.connect(database)) as old:
        for table, column in COLUMNS:
            change = f"UPDATE {table} SET {column} = ? || {column} WHERE {column} LIKE 'mlruns/%'"  # noqa: S608 - our names
            old.execute(change, (f"{database.parent}/",))
        old.commit()
    assert sum(str(database.parent) in text for _, text in texts(database)) >= 5


@pytest.fixture(params=["now", "before"])
def moved(request: pytest.FixtureRequest, registered: Path, tmp_path: Path) -> Path:
    """The project with a champion, after its folder was moved; the version is one of now, or of before."""
    first, second = tmp_path / "first", tmp_path / "a folder of another name"
    shutil.copytree(registered, first)
    if request.param == "before":
        as_before(first / "mlflow.db")
    first.rename(second)
    return second


def test_a_registry_names_no_place_on_this_machine(registered: Path) -> None:
    found = [(table, text) for table, text in texts(registered / "mlflow.db") if str(registered) in text]  # fmt: skip
    assert found == []
    models = list((registered / "mlruns").rglob("MLmodel"))
    assert models
    assert not any(str(registered) in model.read_text() for model in models)


def test_upkeep_goes_on_with_the_same_champion(moved: Path) -> None:
    champion = receipt_of(moved)
    with inside(moved):
        monitor(load())
        recalibrate(load())
        assert read_json(Path("reports/monitoring.json"))["champion"]["version"] == "1"
        used = Registry(URI, "demo").required_champion()
        assert used.digest == champion
        assert used.folder.resolve().is_relative_to(moved)
    assert not any("/first/" in text for _, text in texts(moved / "mlflow.db"))


def receipt_of(root: Path) -> str:
    with inside(root):
        return str(receipt()["digest"])


MLFLOW = """
import json, mlflow
mlflow.set_tracking_uri("sqlite:///mlflow.db")
client = mlflow.MlflowClient()
version = client.get_model_version_by_alias("bonitas-demo", "champion")
experiment = client.get_run(version.run_id).info.experiment_id
(logged,) = client.search_logged_models([experiment], filter_string=f"source_run_id = '{version.run_id}'")
addresses = ["models:/bonitas-demo@champion", "models:/bonitas-demo/1", version.source, f"runs:/{version.run_id}/{logged.name}"]
loaded = [mlflow.pyfunc.load_model(address).metadata.get_input_schema().input_names()[-1] for address in addresses]
print("ANSWER" + json.dumps([loaded, [file.path for file in client.list_artifacts(version.run_id, "reports")]]))
"""


@pytest.mark.long
def test_mlflow_loads_it_by_each_of_its_names(moved: Path) -> None:
    """As `mlflow models serve` and `mlflow ui` do: without our code, in the project's folder."""
    with inside(moved):
        look_at_champion(load())  # as every run does; it brings a registry of before up to date
    bare = {name: value for name, value in environment(moved).items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", MLFLOW], cwd=moved, env=bare, capture_output=True, text=True, check=True, timeout=120
    )  # fmt: skip
    loaded, reports = json.loads(done.stdout.split("ANSWER")[1])
    assert loaded == ["industry"] * 4
    assert reports == ["reports/test.parquet", "reports/validation_model.json"]


def test_the_next_version_is_registered_where_the_project_lies_now(moved: Path, book: Book) -> None:
    with inside(moved):
        write_model(moved, book, trees=60)
        register(load())
        assert receipt()["version"] == "2"
        found = Registry(URI, "demo")
        assert found._folder_of("2").resolve().is_relative_to(moved)
        assert (found._folder_of("2") / "MLmodel").is_file()
    assert not (moved.parent / "first").exists()


@pytest.mark.parametrize("remove", [False, True])
def test_a_copy_works_on_its_own_files(registered: Path, tmp_path: Path, *, remove: bool) -> None:
    """Two copies side by side, each with its own champion, whether or not the first is there."""
    first, second = tmp_path / "first", tmp_path / "second"
    shutil.copytree(registered, first)
    as_before(first / "mlflow.db")
    shutil.copytree(first, second)
    if remove:
        shutil.rmtree(first)
    with inside(second):
        assert Registry(URI, "demo").required_champion().folder.is_relative_to(second)
    if not remove:
        assert any(
            str(first) in text for _, text in texts(first / "mlflow.db")
        )  # not ours to change


def test_it_is_read_and_written_from_another_working_directory(
    registered: Path, tmp_path: Path, book: Book
) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    shutil.copytree(registered, home)
    shutil.copytree(registered, away, ignore=shutil.ignore_patterns("mlruns", "mlflow.db"))
    params = away / "configs/params.yaml"
    params.write_text(params.read_text().replace(URI, f"sqlite:///{home}/mlflow.db"))
    with inside(away):
        monitor(load())
        write_model(away, book, trees=60)
        register(load())
        assert receipt()["version"] == "2"
    assert not (away / "mlruns").exists()
    with inside(home):
        assert Registry(URI, "demo")._folder_of("2").is_relative_to(home)
        assert champion_card(URI, "demo") is not None


def test_a_server_is_asked_and_never_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever MLflow answers: with another address than a file's, no database is opened by us."""
    called: list[str] = []
    monkeypatch.setattr("models.registry.addresses.make_relative", lambda _: called.append("made"))
    server = mock.create_autospec(mlflow.MlflowClient, instance=True)
    monkeypatch.setattr("mlflow.MlflowClient", lambda *_: server)
    monkeypatch.setattr("models.registry.store.ask", lambda *_: None)
    monkeypatch.setattr("mlflow.set_tracking_uri", lambda _: None)
    monkeypatch.setattr("mlflow.set_registry_uri", lambda _: None)
    assert Registry("https://mlflow.example", "demo").database is None
    assert server.search_experiments.called
    assert called == []
