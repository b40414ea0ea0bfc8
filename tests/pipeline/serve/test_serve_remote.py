"""A registry behind MLflow's own server, with users and passwords and a PostgreSQL store: all by environment alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from contracts.errors import RegistryError
from contracts.files import write_text
from models.registry import shelf
from models.registry.registry import Registry
from models.registry.store import opened
from pipelines.errands.history import history
from pipelines.errands.promote import promote
from pipelines.errands.score import score
from pipelines.register import register
from pipelines.settings import load
from tests.ingest_servers import ENCODED, PASSWORD, Server, free_port, running_server
from tests.serve_project import FEATURES, environment, receipt, simulate, write_model

pytestmark = pytest.mark.long
USER, SECRET = "lender", "s3cret of the server"


@contextmanager
def tracking(server: Server, folder: Path) -> Iterator[str]:
    """`mlflow server` with basic authentication, versions in PostgreSQL, files beside it; its address."""
    folder.mkdir()
    port = free_port()
    write_text(folder / "auth.ini", f"[mlflow]\ndefault_permission = READ\ndatabase_uri = sqlite:///{folder}/users.db\n"
        f"admin_username = {USER}\nadmin_password = {SECRET}\nauthorization_function = mlflow.server.auth:authenticate_request_basic_auth\n")  # fmt: skip
    store = server.url("mlflow").replace("postgresql:", "postgresql+psycopg:")
    command = [
        sys.executable, "-m", "mlflow", "server", "--app-name", "basic-auth", "--backend-store-uri", store,
        "--artifacts-destination", str(folder / "files"), "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
    ]  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"), "MLFLOW_FLASK_SERVER_SECRET_KEY": "of this test", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # fmt: skip
    env = {**environment(folder), **own, "PATH": path, "PYTHONPATH": ""}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True)  # fmt: skip
    try:
        _wait(f"http://127.0.0.1:{port}/health", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own server on 127.0.0.1
                return
        except urllib.error.HTTPError:
            return  # it answers
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


def test_register_decide_history_and_score_by_environment_alone(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    pytest.importorskip(
        "psycopg", reason="pip install psycopg, which a registry on PostgreSQL needs"
    )
    pytest.importorskip("flask_wtf", reason="pip install mlflow[auth], which its server needs")
    before = {path: path.read_bytes() for path in Path("configs").rglob("*") if path.is_file()}
    aside = tmp_path_factory.mktemp("server") / "mlflow"
    with running_server() as server:
        server.run("CREATE DATABASE mlflow")
        with tracking(server, aside) as uri:
            monkeypatch.setenv("BONITAS_REGISTRY", uri)
            # a busy machine that runs tests is no server that does not answer
            monkeypatch.setattr(shelf, "opened", partial(opened, patience=200.0))
            _refused(monkeypatch)
            monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", USER)
            monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", SECRET)
            _kept_up(project, uri)
        kept = server.text("mlflow")
    assert not Path("mlflow.db").exists()
    assert {
        path: path.read_bytes() for path in Path("configs").rglob("*") if path.is_file()
    } == before
    said = capfd.readouterr()
    files = {str(path): path.read_bytes() for path in project.rglob("*") if path.is_file()}
    held = {**files, "the store": kept.encode(), "log": (aside / "log").read_bytes(), "out": said.out.encode(), "err": said.err.encode()}  # fmt: skip
    assert "decision.00002" in kept
    for secret in (SECRET, PASSWORD, ENCODED):
        assert not [name for name, content in held.items() if secret.encode() in content]


def _refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a password, and with a wrong one: what is wrong is said, and which variables hold it."""
    for secret in (None, "wrong"):
        if secret:
            monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", USER)
            monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", secret)
        with pytest.raises(RegistryError, match="does not let this user in") as caught:
            register(load())
        assert "MLFLOW_TRACKING_PASSWORD" in caught.value.next_step, str(caught.value)


def _kept_up(project: Path, uri: str) -> None:
    register(load())
    assert (receipt()["version"], receipt()["alias"]) == ("1", "champion")
    write_model(project, simulate(), trees=25)
    register(load())
    register(load())  # the same again: no further version
    assert (receipt()["version"], receipt()["alias"]) == (
        "2",
        "candidate",
    )  # outside of git, nobody asked for it
    assert "version 2 is champion" in promote(load(), "2", "Ann", "it ranks better")
    found = Registry(uri, "demo")
    assert [(one.kind, one.version, one.by) for one in found.log.read().decisions] == [("promoted", "1", "pipeline"), ("promoted", "2", "Ann")]  # fmt: skip
    assert "version 2 is champion; 2 decisions" in history(load(), None)
    scored = pd.read_parquet("data/scored/test.parquet").head(200)
    rows = pd.read_parquet("data/features/matrix.parquet").merge(
        scored[["customer_id", "as_of", "pd"]]
    )
    rows[["customer_id", "as_of", *(one.name for one in FEATURES)]].to_parquet("in.parquet")
    told = score(load(), "champion", (Path("in.parquet"), Path("out.parquet")), reasons=True, language="en")  # fmt: skip
    assert "version 2: 200 of 200 rows scored" in told
    out = pd.read_parquet("out.parquet")
    np.testing.assert_allclose(out["pd"], rows["pd"], rtol=1e-12)
    assert out["reason_1"].notna().sum() > 10
