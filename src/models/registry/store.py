"""The database behind the registry: made whole or not at all, opened within a time limit, and decided in by one at a time.

A first creation that is killed, or that two processes begin at once, would leave tables of which MLflow can make nothing
any more. So an SQLite file is made under a name of its own, by one process, and renamed when it is whole. On a server
the same lock is an advisory one of its own (PostgreSQL, MySQL). An MLflow server gives none; there a decision is
checked again after it was written.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from threading import Thread
from typing import Any, TypeVar

import mlflow
import sqlalchemy
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
from sqlalchemy.pool import NullPool

from contracts.errors import BonitasError, RegistryError
from contracts.files import as_file, whole_file
from contracts.locks import alone_with, patiently
from contracts.resources import run_out
from contracts.secrets import shown
from models.registry import addresses
from models.registry.server import ask
from models.registry.tracking import quiet
from models.registry.unopened import SQLITE, WHERE, not_opened, refuse_address

ANSWER_SECONDS = 10.0  # how long a registry may take to answer at all
LOCK_SECONDS = 300.0  # how long another process may take to register a version
LOCK_KEY = 6_240_553_190_122_749_431  # of the advisory lock: any number, the same for all of us
LOCK_NAME = "bonitas"
ADVISORY = {
    "postgresql": f"SELECT pg_try_advisory_lock({LOCK_KEY})",
    "mysql": f"SELECT GET_LOCK('{LOCK_NAME}', 0)",
}
"""What takes the lock of a server at once or says that it cannot; the server takes it back when the session ends."""


T = TypeVar("T")


def database_of(uri: str) -> Path | None:
    """The file of an SQLite address, from the folder the stage runs in; None for any other database.

    >>> database_of("postgresql://registry/mlflow") is None
    True
    """
    if not uri.startswith(SQLITE):
        return None
    path = Path(uri.removeprefix(SQLITE).replace("\0", "%00"))
    try:
        return path.resolve()
    except RuntimeError:  # a link that leads back to itself
        as_file(path)
        raise


def opened(uri: str, *, patience: float = ANSWER_SECONDS) -> mlflow.MlflowClient:
    """The registry at an address, with its tables.

    Args:
        uri: of an MLflow tracking and registry database, or of an MLflow server; a file's in full.
        patience: seconds it may take to answer.

    Raises:
        RegistryError: it cannot be opened, does not answer, or was left half made. No password is shown.
    """
    database = database_of(uri)
    refuse_address(uri, database)
    try:
        with quiet():
            _within(patience, lambda: _asked(uri, patience), uri)
            if database:
                as_file(database)
            with alone(uri):
                if database and not (database.is_file() and database.stat().st_size):
                    _make(database)
                client = (
                    _within(patience, lambda: _client(uri), uri)
                    if _is_server(uri)
                    else _client(uri)
                )
            if database:
                addresses.make_relative(database)
            return client
    except BonitasError:
        raise
    except Exception as error:
        if missing := run_out(error):
            raise missing from error
        # SQLAlchemy, its drivers and Alembic each raise their own kind when a database is not there or not ours
        raise not_opened(uri, database, error) from error


def _is_server(uri: str) -> bool:
    return uri.startswith(("http://", "https://"))


def _client(uri: str) -> mlflow.MlflowClient:
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    client = mlflow.MlflowClient(uri, uri)
    client.search_experiments(max_results=1)
    return client


def _asked(uri: str, seconds: float) -> None:
    """Asks a server, or connects to that of a database: MLflow itself would try for most of a minute without a word."""
    if _is_server(uri):
        ask(uri, seconds)
    elif not uri.startswith("sqlite:") and "://" in uri:
        engine = sqlalchemy.create_engine(uri, poolclass=NullPool)
        with engine.connect():
            pass


def _within(seconds: float, ask: Callable[[], T], uri: str) -> T:
    """What `ask` returns, if it does so in time: drivers have limits of their own, or none."""
    answers: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(ask())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            failures.append(error)

    thread = Thread(target=run, daemon=True)  # given up, not ended: it holds nothing that is ours
    thread.start()
    thread.join(seconds)
    if failures:
        raise failures[0]
    if not answers:
        raise RegistryError(
            f"The registry does not answer: nothing came within {seconds:g} seconds.",
            where=WHERE,
            value=shown(uri),
            next_step="Start its server, or correct the address; ask whoever runs it whether a firewall or a proxy stands between.",
        )
    return answers[0]


def _make(database: Path) -> None:
    """The file with all its tables, or no file."""
    with whole_file(database) as partial, _unsynced():
        store: Any = SqlAlchemyStore(f"{SQLITE}{partial}", f"./{addresses.FOLDER}")  # type: ignore[no-untyped-call]
        store.engine.dispose()


@contextmanager
def _unsynced() -> Iterator[None]:
    """MLflow's hundreds of migrations do not wait for the disk one by one: the whole file does, once, before it gets its name."""

    def quick(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous = OFF")

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", quick)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", quick)


@contextmanager
def alone(uri: str, *, patience: float = LOCK_SECONDS) -> Iterator[None]:
    """Keeps other processes from making the registry or deciding in it, under a lock that its store gives.

    Raises:
        RegistryError: another process had the lock all that time.
    """
    with ExitStack() as held:
        try:
            held.enter_context(_lock(uri, patience))
        except TimeoutError as error:
            raise RegistryError(
                "Another process is writing to the registry and does not come to an end.",
                where=shown(uri),
                value=str(error),
                next_step="Wait for it or end it, then run again; nothing was written.",
            ) from error
        yield


def _lock(uri: str, patience: float) -> AbstractContextManager[None]:
    database = database_of(uri)
    if database:
        return alone_with(database, patience=patience, waiting=_tell)
    scheme = uri.partition("://")[0].partition("+")[0]
    return _session_with(uri, ADVISORY[scheme], patience) if scheme in ADVISORY else nullcontext()


def _tell() -> None:
    print("waiting for another process that is writing to the registry ...", file=sys.stderr)


@contextmanager
def _session_with(uri: str, lock: str, patience: float) -> Iterator[None]:
    """A session of a server that holds its advisory lock. The server takes it back with the session, also from the dead."""
    engine = sqlalchemy.create_engine(uri, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as session:
        patiently(
            lambda: bool(session.execute(sqlalchemy.text(lock)).scalar()),
            patience=patience,
            waiting=_tell,
        )
        yield
