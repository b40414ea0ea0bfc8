"""Registries and versions that are not as they were left, and machines that have no room."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.errors import BonitasError
from contracts.resources import cut_code, damaged, disk_full, memory_reached, not_writable
from models.registry import server
from models.registry.beside import Beside
from models.registry.champion import no_champion
from models.registry.decisions import Decision, digest_of, verified
from models.registry.log import Log, missing, moved, vacant
from models.registry.purged import experiment_deleted
from models.registry.registry import Registry
from models.registry.signing import Claim, Keys, signed, verify, write_key
from pipelines.registered.evidence import refuse_changed
from tests.refused.case import Case, asked, written

URI = "sqlite:///mlflow.db"
KEY = Path(".bonitas/signing.key")
LOCKED = "stages: {evaluate: {outs: [{path: reports/checks.json, md5: d41d8cd98f00b204e9800998ecf8427e}]}}"


def decision(number: int, previous: str) -> Decision:
    values = {"number": number, "at": "2026-01-05T09:00:00Z", "by": "Ann", "kind": "promoted", "version": str(number), "before": None, "champion": str(number), "why": "better", "evidence": "e" * 64, "previous": previous}  # fmt: skip
    return Decision.model_validate(values)


def changed_log() -> object:
    one = decision(1, "")
    two = decision(2, digest_of(one.line))
    return verified([one.line.replace("better", "cheaper"), two.line], where="bonitas-sme")


def of_another_mlflow() -> object:
    Registry(URI, "sme")
    shutil.copy("mlflow.db", "older.db")
    with closing(sqlite3.connect("older.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
        database.commit()
    return Registry("sqlite:///older.db", "sme")


def said(error: BonitasError | None) -> Callable[[], object]:
    """What is made of the system's own words."""

    def run() -> None:
        assert error is not None
        raise error

    return run


def signature(*, is_known: bool, evidence: str) -> Callable[[], object]:
    """Verifies a version that was signed here, or elsewhere; the evidence is the one that the registry shows now."""

    def run() -> None:
        theirs = Path.cwd() / "theirs.key"
        write_key(theirs, Ed25519PrivateKey.from_private_bytes(bytes(32)))
        tags = signed(Keys(file=theirs), "bonitas-sme", "5ea1", "e" * 64)
        keys = Keys(file=theirs if is_known else Path.cwd() / KEY)
        verify(keys, Claim("bonitas-sme", "1", "5ea1", evidence, is_logged=True), tags)

    return run


def lost_key() -> object:
    """Verifies a version that was signed here with a key of which the public half alone is left."""
    write_key(Path.cwd() / KEY, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    keys = Keys().at(Path.cwd())
    tags = signed(keys, "bonitas-sme", "5ea1", "e" * 64)
    (Path.cwd() / KEY).unlink()
    return verify(keys, Claim("bonitas-sme", "1", "5ea1", "e" * 64, is_logged=True), tags)


def unsigned(*, is_logged: bool) -> Callable[[], object]:
    claim = Claim("bonitas-sme", "1", "5ea1", "e" * 64, is_logged=is_logged)
    return lambda: verify(Keys(unsigned="refuse"), claim, {})


@contextmanager
def answering(status: int, text: bytes) -> Iterator[str]:
    """A server that gives one answer to everybody; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Nothing is logged."""

    one = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=one.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{one.server_port}"
    finally:
        one.shutdown()
        one.server_close()


def asks(status: int, text: bytes = b"{}") -> Callable[[], object]:
    """Asks such a server; where it listens is left out of the message."""

    def run() -> None:
        with answering(status, text) as uri:
            try:
                server.ask(uri, 5.0)
            except BonitasError as error:
                value = str(error.value).replace(uri.rpartition(":")[2], "5000")
                raise type(error)(error.what, where=error.where, value=value, next_step=error.next_step) from error  # fmt: skip

    return run


def full(error: OSError) -> BonitasError:
    """What is said of it; how much is free is the machine's own matter."""
    found = disk_full(error)
    assert found is not None
    return type(found)(found.what, where=found.where, next_step=found.next_step)


def no_memory() -> BonitasError:
    found = memory_reached(MemoryError())
    assert found is not None
    return type(found)(found.what, where=found.where, next_step=found.next_step)


def edited_gates() -> object:
    """A gate was edited to pass after `evaluate` had written what DVC recorded of it."""
    for name, text in (("reports/checks.json", '{"passed": true}'), ("dvc.lock", LOCKED)):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    return refuse_changed()


REGISTRIES = (
    asked("A gate that was edited to pass", edited_gates),
    asked("A log of decisions that was changed", changed_log),
    asked("An alias that was moved by hand", said(moved("bonitas-sme", Log((decision(1, ""),)), "2"))),
    asked("A champion whose log is gone", said(missing("bonitas-sme", "1"))),
    asked("A champion that was deleted", said(vacant("bonitas-sme", "version 1 was deleted", {"2": "challenger"}))),
    asked("No champion yet", said(no_champion("sme", "bonitas-sme", ()))),
    asked("A version that is not there", lambda: Beside(Registry(URI, "sme"), "7")),
    asked("Tables of another MLflow", of_another_mlflow),
    asked("An experiment that was deleted", said(experiment_deleted("bonitas-sme", URI, "1"))),
    asked("A signer whom nobody knows", signature(is_known=False, evidence="e" * 64)),
    asked("A signing key that was lost", lost_key),
    asked("A signature of other evidence", signature(is_known=True, evidence="f" * 64)),
    asked("A signature that was taken away", unsigned(is_logged=True)),
    asked("A version without a signature, where they are required", unsigned(is_logged=False)),
    Case("A signing key that is none", written(str(KEY), "-----BEGIN"), lambda: ((Path.cwd() / KEY).chmod(0o600), Keys().own())),
    asked("A registry's server that is not there", lambda: server.ask("http://127.0.0.1:1", 5.0)),
    asked("A registry's server that is broken", asks(503)),
    asked("A server that is no registry", asks(200, b"<html>welcome</html>")),
)  # fmt: skip
MACHINE = (
    asked("The disk is full", said(full(OSError(errno.ENOSPC, "No space left on device", "data/raw/invoices.parquet")))),
    asked("The disk fails", said(disk_full(sqlite3.OperationalError("disk I/O error")))),
    asked("The disk is read-only", said(not_writable(OSError(errno.EROFS, "Read-only file system", "data/.raw.7.partial")))),
    asked("A volume of its own where a folder is replaced", said(not_writable(OSError(errno.EBUSY, "Device or resource busy", "data/raw")))),
    asked("The memory of the machine ran out", said(no_memory())),
    asked("The engine's limit is too low", said(memory_reached(duckdb.OutOfMemoryException("could not allocate block of size 256.0 KiB (3.9 GiB/4.0 GiB used)")))),
    asked("A database file that is damaged", said(damaged(sqlite3.DatabaseError("database disk image is malformed")))),
    asked("A compiled file of Python that is cut", said(cut_code(EOFError("marshal data too short")))),
)  # fmt: skip
