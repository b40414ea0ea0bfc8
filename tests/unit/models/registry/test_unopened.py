"""A registry that cannot be opened: what is wrong with it is said, and what helps; nothing that lies in its place is replaced."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from contracts.errors import BonitasError, ConfigError, RegistryError
from models.registry import server
from models.registry.registry import Registry
from models.registry.store import opened
from pipelines.stage import EXIT_BAD_INPUT, readable

URI = "sqlite:///mlflow.db"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry that nothing was written to."""
    path = tmp_path_factory.mktemp("whole") / "mlflow.db"
    opened(f"sqlite:///{path}")
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as made, closing(sqlite3.connect(copy)) as alone:
        made.backup(alone)
    return copy


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("sqlite+pysqlite:///mlflow.db", "without a lock"),
        ("SQLITE:///mlflow.db", "without a lock"),
        ("sqlite://mlflow.db", "names no file"),
        ("sqlite:///ml%20flow.db", "reads otherwise"),
        ("sqlite:///mlflow.db?mode=ro", "reads otherwise"),
        ("sqlite:///a\0b.db", "reads otherwise"),
        ("http://", "names no server"),
    ],
)  # fmt: skip
def test_an_address_of_two_readings_is_refused_and_makes_nothing(
    here: Path, uri: str, said: str
) -> None:
    with pytest.raises(RegistryError, match=said) as caught:
        opened(uri)
    assert caught.value.next_step
    assert not list(here.iterdir())


def pipe(path: Path) -> None:
    os.mkfifo(path)


def loop(path: Path) -> None:
    path.symlink_to(path.name)


def link_to_a_pipe(path: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("pipe")


@pytest.mark.parametrize("put", [Path.mkdir, pipe, loop, link_to_a_pipe])
def test_what_is_no_file_is_refused_and_stays(here: Path, put: Callable[[Path], None]) -> None:
    path = here / "mlflow.db"
    put(path)
    before = {one.name: stat.S_IFMT(one.lstat().st_mode) for one in here.iterdir()}
    with pytest.raises(ConfigError, match="where a file belongs"):
        opened(f"sqlite:///{here}/mlflow.db")
    assert {one.name: stat.S_IFMT(one.lstat().st_mode) for one in here.iterdir()} == before


def test_a_file_that_is_no_database_and_one_that_is_cut(here: Path, whole: Path) -> None:
    for content in (b"hello world\n" * 100, whole.read_bytes()[:50_000]):
        (here / "mlflow.db").write_bytes(content)
        with pytest.raises(RegistryError, match="damaged, or is no database") as caught:
            opened(f"sqlite:///{here}/mlflow.db")
        assert "last whole copy" in caught.value.next_step
        assert (here / "mlflow.db").read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE alembic_version SET version_num = '451aebb31d03'",  # the first there was
        "UPDATE alembic_version SET version_num = 'ffffffffffff'",
        "DELETE FROM alembic_version",
        "INSERT INTO alembic_version VALUES ('aaaaaaaaaaaa')",
    ],
)
def test_tables_of_another_mlflow(here: Path, whole: Path, change: str) -> None:
    shutil.copy(whole, here / "mlflow.db")
    with closing(sqlite3.connect("mlflow.db")) as database:
        database.execute(change)
        database.commit()
    with pytest.raises(RegistryError, match="another version of MLflow") as caught:
        opened(f"sqlite:///{here}/mlflow.db")
    assert "mlflow db upgrade" in caught.value.next_step
    assert "Take a backup" not in str(caught.value.value)


def test_a_page_that_is_found_damaged_later_ends_the_stage_in_words(
    here: Path, whole: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = bytearray(whole.read_bytes())
    held[5_000:9_000] = b"\xff" * 4_000
    (here / "mlflow.db").write_bytes(held)
    with pytest.raises(SystemExit) as ended, readable("history"):
        Registry(URI, "demo").versions()
    assert ended.value.code == EXIT_BAD_INPUT
    assert "damaged" in capsys.readouterr().err


@contextmanager
def answering(status: int, body: bytes, headers: dict[str, str]) -> Iterator[str]:
    """A server that gives one answer to everybody; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{made.server_port}"
        finally:
            made.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "headers", "said"),
    [
        (500, b"<html>oops</html>", {}, "answers with the error 500"),
        (503, b"", {"Retry-After": "3600"}, "answers with the error 503"),
        (429, b"", {"Retry-After": "3600"}, "answers with the error 429"),
        (200, b"<html>Welcome to nginx</html>", {}, "no MLflow server"),
        (200, b'{"error_code": 1}', {}, "no MLflow server"),
        (200, b"", {}, "no MLflow server"),
        (200, b"[]", {}, "no MLflow server"),
        (404, b"<html>no</html>", {}, "no MLflow server"),
        (302, b"", {"Location": "/again"}, "does not answer"),  # in a circle
        (301, b"", {"Location": "http://127.0.0.1:1/login"}, "does not answer"),
        (401, b"", {}, "does not let this user in"),
    ],
)  # fmt: skip
def test_what_answers_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, status: int, body: bytes, headers: dict[str, str], said: str
) -> None:
    monkeypatch.setattr(server, "PAUSES", (0.0, 0.0))
    with answering(status, body, headers) as uri, pytest.raises(BonitasError, match=said) as caught:
        opened(uri, patience=20.0)
    assert caught.value.next_step
    assert uri in str(caught.value.value)


def test_a_server_that_recovers_at_once_is_one_that_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is asked three times: a server that is being restarted is not refused."""
    answers = iter([503, 503, 200])

    class Told:
        def __init__(self, status: int) -> None:
            self.status_code, self.reason, self.url, self.text = status, "", "", "{}"

        def json(self) -> object:
            return json.loads(self.text)

    monkeypatch.setattr(server, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(server, "http_request", lambda *_, **__: Told(next(answers)))
    server.ask("http://127.0.0.1:1", 1.0)
    assert next(answers, None) is None
