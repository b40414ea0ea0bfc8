"""The registry's database: made whole or not at all, opened in time, decided in by one at a time, its password never shown."""

from __future__ import annotations

import shutil
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from contracts.errors import ConfigError, RegistryError
from contracts.locks import alone_with
from contracts.secrets import masked, shown
from models.registry.log import NOTE, key
from models.registry.registry import CHAMPION, VERDICT, Registry
from models.registry.store import opened
from models.registry.unopened import is_half_made
from pipelines import paths
from pipelines.monitor import monitor
from pipelines.register import register
from pipelines.settings import load
from tests.ingest_servers import ENCODED, running_server
from tests.ingest_servers import PASSWORD as SERVER_PASSWORD
from tests.registry_at_once import in_a_process
from tests.serve_project import URI, inside, receipt, simulate, write_model

PASSWORD, WRITTEN = "p@ss/w:rd #1", "p%40ss%2Fw%3Ard%20%231"
SECRET_URL = f"postgresql://owner:{WRITTEN}@127.0.0.1:1/mlflow?sslpassword=inner%26most"


@pytest.mark.parametrize(
    "made",
    [
        ["CREATE TABLE metrics (key text)"],
        ["CREATE TABLE alembic_version (version_num text)", "CREATE TABLE experiments (name text)"],
    ],
)
def test_a_half_made_registry_is_recognised(tmp_path: Path, made: list[str]) -> None:
    database = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(database)) as half:
        for table in made:
            half.execute(table)
        half.commit()
    assert is_half_made(database)
    with pytest.raises(RegistryError, match="left half made") as caught:
        opened(f"sqlite:///{database}")
    assert caught.value.next_step.startswith("Delete mlflow.db")


def test_a_whole_registry_is_not_taken_for_half_made(registered: Path) -> None:
    assert not is_half_made(registered / "mlflow.db")


def test_nobody_is_told_to_delete_a_database_of_somebody_else(tmp_path: Path) -> None:
    database = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(database)) as other:
        other.execute("CREATE TABLE params (name text)")  # MLflow has a table of that name, too
        other.execute("CREATE TABLE orders (id text)")
        other.commit()
    assert not is_half_made(database)


def test_a_server_that_never_answers_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://owner:{WRITTEN}@127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(RegistryError, match="does not answer: nothing came") as caught:
            opened(uri, patience=0.5)
        assert time.monotonic() - started < 5.0
    assert caught.value.value == f"http://***@{uri.rpartition('@')[2]}"


def test_a_registry_that_another_process_holds_says_so(tmp_path: Path) -> None:
    from models.registry import store  # noqa: PLC0415

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    with (
        alone_with(tmp_path / "mlflow.db", patience=0.0),
        pytest.raises(RegistryError, match="does not come to an end"),
        store.alone(uri, patience=0.2),
    ):
        pytest.fail("two had the lock")
    with store.alone(uri, patience=0.0):
        pass


def test_a_password_is_in_no_message(
    used: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BONITAS_REGISTRY", SECRET_URL)
    with pytest.raises(RegistryError) as caught:
        monitor(load())
    out = capfd.readouterr()
    for text in (str(caught.value), repr(load()), out.out, out.err):
        assert not any(
            secret in text for secret in (PASSWORD, WRITTEN, "p%40ss", "w%3Ard", "inner")
        )
    for file in (path for path in used.rglob("*") if path.is_file()):
        assert not any(
            one.encode() in file.read_bytes() for one in (PASSWORD, WRITTEN, "inner%26most")
        ), file


@pytest.mark.parametrize(
    "address", [SECRET_URL, "http://a:b@h", "postgresql://h/db?password=x", "https://ann:p@ss@h"]
)
def test_a_config_that_holds_a_password_is_refused_without_showing_it(
    copied: Path, address: str
) -> None:
    params = copied / paths.PARAMS
    lines = params.read_text().splitlines()
    place = next(number for number, line in enumerate(lines) if "tracking_uri:" in line)
    lines[place] = f"  tracking_uri: {address}"
    params.write_text("\n".join(lines))
    with pytest.raises(ConfigError, match="holds an address with a password") as caught:
        load()
    assert address not in str(caught.value)
    assert caught.value.where == f"{paths.PARAMS}, line {place + 1}"
    assert "tracking_variable" in caught.value.next_step


def test_every_way_of_writing_a_password_is_masked() -> None:
    text = f"{PASSWORD}, {WRITTEN}, inner&most, inner%26most; {SECRET_URL}"
    hidden = masked(text, SECRET_URL)
    assert not any(one in hidden for one in ("p@ss", "p%40ss", "w:rd", "inner"))
    assert shown(SECRET_URL) == "postgresql://***@127.0.0.1:1/mlflow?sslpassword=***"
    assert shown(URI) == URI


def test_without_a_lock_one_digest_stays_one_version_and_one_champion_stands(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on an MLflow server: another process writes the same version between our look and our writing."""
    register(load())
    first = receipt()
    with monkeypatch.context() as patch:
        looks = iter([None])  # the other's version was not there yet when we looked
        really = Registry.find
        patch.setattr(Registry, "find", lambda self, digest: next(looks, really(self, digest)))
        register(load())
    found = Registry(URI, "demo")
    assert [str(version.version) for version in found.versions()] == ["1"]
    assert receipt() == first
    # a version whose maker has not yet said what it is was there first, and is judged against
    found.client.delete_registered_model_alias("bonitas-demo", CHAMPION)
    found.client.delete_registered_model_tag("bonitas-demo", key(1))
    noted = found.client.get_experiment_by_name("bonitas-demo")
    assert noted is not None
    found.client.delete_experiment_tag(noted.experiment_id, NOTE)
    found.client.delete_model_version_tag("bonitas-demo", "1", VERDICT)
    write_model(project, simulate(), trees=1)
    register(load())
    assert receipt()["verdict"] == "candidate"
    assert str(found.aliased(CHAMPION).version) == "1"  # type: ignore[union-attr]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["registry", "studies"])
def test_a_first_creation_survives_kills_and_company(tmp_path: Path, kind: str) -> None:
    kills = in_a_process(tmp_path, "kills", kind, 12)
    assert len(kills) == 12
    assert sum("killed=True" in one for one in kills) >= 6
    assert not [one for one in kills if not one.endswith("again=0 left=[]")]
    assert in_a_process(tmp_path, "pairs", kind, 3) == [[0, 0]] * 3


@pytest.mark.slow
def test_two_first_registrations_at_once_end_in_one_champion(project: Path, tmp_path: Path) -> None:
    """Two clones that share a registry, with two models and then with one: one version a digest, one first champion."""
    other, home, anew = tmp_path / "other", tmp_path / "home", tmp_path / "anew"
    shutil.copytree(project, other, ignore=shutil.ignore_patterns("other"))
    with inside(other):
        write_model(other, simulate(), trees=25)
    share(f"sqlite:///{home}/mlflow.db", project, other)
    assert in_a_process(tmp_path, "register", project, other) == [0, 0]
    with inside(home):
        found = Registry(URI, "demo").versions()
        assert len({one.tags["digest"] for one in found}) == len(found) == 2
        assert [one.tags["why"].startswith("the first version") for one in found] == [True, False]
    # another place: MLflow goes on reading a database that was deleted and made anew
    share(f"sqlite:///{anew}/mlflow.db", project, other)
    shutil.copytree(project / "data", other / "data", dirs_exist_ok=True)
    assert in_a_process(tmp_path, "register", project, other) == [0, 0]
    with inside(anew):
        assert len(Registry(URI, "demo").versions()) == 1


@pytest.mark.slow
def test_two_first_registrations_at_once_on_a_server(project: Path, tmp_path: Path) -> None:
    """PostgreSQL's own lock: two models in one registry, then one model from two clones; no password is left anywhere."""
    pytest.importorskip(
        "psycopg", reason="pip install psycopg, which a registry on PostgreSQL needs"
    )
    other = tmp_path / "other"
    shutil.copytree(project, other, ignore=shutil.ignore_patterns("other"))
    with inside(other):
        write_model(other, simulate(), trees=25)
    with running_server() as server:
        for name, n_models in (("two", 2), ("one", 1)):
            server.run(f"CREATE DATABASE {name}")
            uri = server.url(name).replace("postgresql:", "postgresql+psycopg:")
            done = in_a_process(tmp_path, "register", project, other, BONITAS_REGISTRY=uri)
            assert done == [0, 0], name
            found = Registry(uri, "demo").versions()
            assert len(found) == len({one.tags["digest"] for one in found}) == n_models
            assert [one.tags["why"].startswith("the first version") for one in found] == [True, False][:n_models]  # fmt: skip
            shutil.copytree(project / "data", other / "data", dirs_exist_ok=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if ENCODED.encode() in path.read_bytes() or SERVER_PASSWORD.encode() in path.read_bytes()]  # fmt: skip


def share(uri: str, *folders: Path) -> None:
    """Names a registry in the params of several projects."""
    for folder in folders:
        lines = (folder / paths.PARAMS).read_text().splitlines()
        shared = [f"  tracking_uri: {uri}" if "tracking_uri:" in line else line for line in lines]
        (folder / paths.PARAMS).write_text("\n".join(shared))
