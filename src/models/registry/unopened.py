"""Why a registry cannot be opened, and what helps: its address, its file, its schema, its server."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from alembic.util import CommandError
from mlflow.exceptions import MlflowException
from mlflow.store.db.base_sql_model import Base

from contracts.errors import RegistryError
from contracts.secrets import ENCODE, is_ambiguous, masked, shown

SQLITE = "sqlite:///"
WHERE = "configs/params.yaml > register.tracking_uri, or the variable that register.tracking_variable names"
NOT_LET_IN = frozenset({"UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED", "PERMISSION_DENIED"})
OWN_TABLES = frozenset({*Base.metadata.tables, "alembic_version"})
MIGRATING = ("_alembic", "sqlite_")
"""Tables that a migration makes on its way, and SQLite's own."""
OF_ADDRESSES = re.compile(r"%[0-9A-Fa-f]{2}|\?")
"""What an address reads otherwise than the name of a file does: ml%20flow.db is ml flow.db to one and not to the other."""
_DAMAGED = ("file is not a database", "malformed", "file is encrypted")
_SCHEMA = ("database schema", "more than one head", "Can't locate revision")


def refuse_address(uri: str, database: Path | None) -> None:
    """Refuses an address that keeps nothing, or that two readers would read in two ways.

    Args:
        uri: the address.
        database: the file of an SQLite address; see `store.database_of`.

    Raises:
        RegistryError: it is one.
    """
    if uri.lower().startswith("sqlite") and not uri.startswith("sqlite:"):
        raise RegistryError(
            "The registry's address writes sqlite in another way, by which its file would be made without a lock.",
            where=WHERE,
            value=uri,
            next_step="Write sqlite:///mlflow.db, in small letters and without a driver.",
        )
    if uri.startswith("sqlite:") and (
        database is None or database.name in {"", ":memory:"} or uri == SQLITE
    ):
        raise RegistryError(
            "The registry's address names no file: what is registered would be gone when the stage ends.",
            where=WHERE,
            value=uri,
            next_step="Write sqlite:///mlflow.db, or another file.",
        )
    if database and (found := OF_ADDRESSES.search(str(database))):
        raise RegistryError(
            "The registry's file, or a folder it lies in, has a sign in its name that an address reads otherwise.",
            where=WHERE,
            value=f"{found[0]!r} in {database}",
            next_step="Name the file and its folders without % and ?.",
        )
    if uri.startswith(("http://", "https://")) and not urlsplit(uri).hostname:
        raise RegistryError("The registry's address names no server.", where=WHERE, value=uri, next_step="Write http://host:5000.")  # fmt: skip
    if is_ambiguous(uri):
        raise RegistryError("The registry's address can be read in two ways.", where=WHERE, next_step=ENCODE)  # fmt: skip


def is_half_made(database: Path) -> bool:
    """Whether the first creation of a database did not come to its end: MLflow's tables alone, and not even its first experiment.

    A database with a table that is not MLflow's is somebody else's, whatever it lacks: nobody is told to delete that.
    """
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as read:
            tables = {name for (name,) in read.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}  # fmt: skip
            foreign = {name for name in tables - OWN_TABLES if not name.startswith(MIGRATING)}
            if foreign or not tables:
                return False
            filled = (
                read.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()  # noqa: S608 - names of ours
                for name in ("experiments", "runs")
                if name in tables
            )
            return not any(filled)
    except sqlite3.Error:
        return False


def not_opened(uri: str, database: Path | None, error: Exception) -> RegistryError:
    """What to say of a registry that could not be opened; no password is shown.

    Args:
        uri: its address.
        database: its file, where it is one.
        error: what was raised, by SQLAlchemy, a driver, Alembic or MLflow.
    """
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if database and is_half_made(database):
        return RegistryError(
            "The registry was left half made: its first creation did not come to an end, and nothing was ever written into it.",
            where=str(database),
            next_step=f"Delete {database.name} (it holds no run and no version) and run again.",
        )
    if isinstance(error, MlflowException) and error.error_code in NOT_LET_IN:
        return RegistryError(
            "The registry's server does not let this user in.",
            where="the variables MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
            value=masked(f"{shown(uri)}: {error.error_code}", uri),
            next_step="Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD (or MLFLOW_TRACKING_TOKEN) to what the server knows, "
            "and ask whoever runs it for the right to read and write there.",
        )
    if isinstance(error, MlflowException | CommandError) and any(one in said for one in _SCHEMA):
        return _of_another_mlflow(uri, said)
    if database and (found := _wrong_file(database, said)):
        return found
    return RegistryError(
        "The registry cannot be opened.",
        where=WHERE,
        value=masked(f"{shown(uri)}: {said}", uri),
        next_step="Correct the address, start its database server, or install its driver.",
    )


def _of_another_mlflow(uri: str, said: str) -> RegistryError:
    return RegistryError(
        "The registry's tables are of another version of MLflow than the one that is installed.",
        where=shown(uri),
        value=masked(said.partition(" Take a backup")[0], uri),
        next_step="Make a backup of the database. Where an older MLflow made it: `mlflow db upgrade` with its address; "
        "where a newer one did, install that one here.",
    )


def _wrong_file(database: Path, said: str) -> RegistryError | None:
    """What is wrong with a file that is there; None where it is not the file."""
    if any(one in said for one in _DAMAGED):
        return RegistryError(
            "The registry's file is damaged, or is no database.",
            where=str(database),
            value=said,
            next_step="Put back the last whole copy of it. Where it never was a registry, move it away: a new one is made.",
        )
    if "database is locked" in said:
        return RegistryError(
            "Another program holds the registry's file and does not let go of it.",
            where=str(database),
            value=said,
            next_step="Close what has it open (a browser of databases, a backup that is being made) and run again; nothing was written.",
        )
    return None
