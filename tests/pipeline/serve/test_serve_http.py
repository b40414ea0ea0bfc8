"""The champion outside the pipeline: in a process without our code, and behind MLflow's own scoring server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.serve_project import FEATURES, URI, Book, environment, parts

pytestmark = pytest.mark.long

NAMES = [one.name for one in FEATURES]


FRESH = """
import json, sys
import mlflow, pandas as pd
mlflow.set_tracking_uri("sqlite:///mlflow.db")
answers = mlflow.pyfunc.load_model("models:/bonitas-demo@champion").predict(pd.read_json("rows.json", orient="split", dtype=False))
ours = [name for name in sys.modules if name.split(".")[0] in ("contracts", "models", "pipelines", "features", "decisions")]
print("ANSWER" + json.dumps({"ours": ours, "pd": answers["pd"].tolist(), "margin": answers["margin"].tolist()}))
"""


def test_a_fresh_process_without_our_code_gives_the_same_numbers(used: Path, book: Book) -> None:
    test = book.rows[parts(book.rows) == "test"].head(300)
    (used / "rows.json").write_text(test[NAMES].to_json(orient="split", double_precision=15))
    bare = {name: value for name, value in environment(used).items() if name != "PYTHONPATH"}
    # -S keeps site-packages out, and with them an editable install of ours; the libraries are put back by path
    libraries = str(Path(np.__file__).parents[1])
    code = f"import sys; sys.path.append({libraries!r})\n{FRESH}"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=used,
        env=bare,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answer = json.loads(done.stdout.split("ANSWER")[1])
    scored = pd.read_parquet("data/scored/test.parquet").set_index(["customer_id", "as_of"])
    wanted = scored.loc[
        pd.MultiIndex.from_frame(test[["customer_id", "as_of"]].assign(as_of=test["as_of"].dt.date))
    ]
    assert answer["ours"] == []
    np.testing.assert_allclose(answer["pd"], wanted["pd"], rtol=1e-12)
    np.testing.assert_allclose(answer["margin"], wanted["margin"], rtol=1e-12)


@contextmanager
def served(root: Path, uri: str) -> Iterator[str]:
    """MLflow's own scoring server, in a process group of its own that is ended whole."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", uri, "--env-manager", "local",
        "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**environment(root), "PATH": path, "PYTHONPATH": "", "MLFLOW_TRACKING_URI": URI}
    with (root / "server.log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=root, env=env, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(f"http://127.0.0.1:{port}/ping", server, root / "server.log")
            yield f"http://127.0.0.1:{port}/invocations"
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(10)
            finally:
                if _alive(server.pid):
                    os.killpg(server.pid, signal.SIGKILL)
    assert not _alive(server.pid)


def _alive(group: int) -> bool:
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True


def _wait(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own server on 127.0.0.1
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"the scoring server did not start:\n{log.read_text()[-3000:]}")


def _post(address: str, body: str) -> tuple[int, Any]:
    request = urllib.request.Request(address, body.encode(), {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_over_http_it_gives_the_same_numbers(used: Path, book: Book) -> None:
    test = book.rows[parts(book.rows) == "test"].head(100)
    scored = pd.read_parquet("data/scored/test.parquet").set_index(["customer_id", "as_of"])
    keys = pd.MultiIndex.from_frame(
        test[["customer_id", "as_of"]].assign(as_of=test["as_of"].dt.date)
    )
    sent = json.loads(
        test[["customer_id", *NAMES]].to_json(orient="split", double_precision=15, index=False)
    )
    with served(used, "models:/bonitas-demo@champion") as address:
        status, answer = _post(address, json.dumps({"dataframe_split": sent}))
        assert status == 200, answer
        answers = pd.DataFrame(answer["predictions"])
        np.testing.assert_allclose(answers["pd"], scored.loc[keys, "pd"], rtol=1e-12)
        assert answers["customer_id"].tolist() == test["customer_id"].tolist()
        _check_nulls(address)
        _check_refusals(address, sent)


def _check_nulls(address: str) -> None:
    """All nulls, an unseen category, whole numbers and a column too many are answered."""
    row: dict[str, Any] = dict.fromkeys(NAMES)
    status, answer = _post(address, json.dumps({"dataframe_records": [row, row]}))
    assert status == 200, answer
    assert len({one["pd"] for one in answer["predictions"]}) == 1
    row |= {"industry": "never seen", "ledger_billed_sum_365d": 70000, "favourite_colour": "green"}
    status, odd = _post(address, json.dumps({"dataframe_records": [row]}))
    assert status == 200, odd
    assert 0 < odd["predictions"][0]["pd"] < 1


def _check_refusals(address: str, sent: dict[str, Any]) -> None:
    """An absent column is named."""
    cut = {"columns": sent["columns"][:-1], "data": [row[:-1] for row in sent["data"]]}
    status, answer = _post(address, json.dumps({"dataframe_split": cut}))
    assert status == 400
    assert "industry" in json.dumps(answer)
