"""Where a registry in a file keeps its artifacts: by addresses that begin at the project's folder, so that it can move.

MLflow 3 writes the full path of the folder it runs in into every experiment, run, model and version, and a project
that was moved, copied or mounted elsewhere no longer finds its champion. An address such as `mlruns/bonitas-demo/...`
is read from the folder MLflow is opened in, as the registry's own (`sqlite:///mlflow.db`) is. So those below the
project's `mlruns` are kept in this form. A registry on a server is none of ours to change.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

FOLDER = "mlruns"
PREFIX = "bonitas-"
COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)
"""Everywhere MLflow 3 keeps an address."""
PATIENCE = 60.0  # seconds to wait for another process that writes


def place_of(database: Path, experiment: str) -> str:
    """Where the artifacts of an experiment lie, as MLflow wants to be told: in full."""
    return str(database.parent / FOLDER / experiment)


def resolved(database: Path, address: str) -> Path:
    """The folder an address means: from the project's folder, and in it also where the project has moved since.

    Args:
        database: the registry's file, in the project's folder.
        address: as MLflow gives it, with or without `file:`.
    """
    path = Path(address.removeprefix("file://").removeprefix("file:"))
    _, below, inner = path.as_posix().rpartition(f"/{FOLDER}/{PREFIX}")
    moved = database.parent / FOLDER / f"{PREFIX}{inner}"
    return moved if below and moved.exists() else database.parent / path


def make_relative(database: Path) -> None:
    """Shortens every full address below the `mlruns` of this project, wherever it lay when they were written.

    All in one transaction, so a kill leaves the registry as it was; again, it finds nothing to do. An address
    stays as it is where its files are not here (a registry copied alone goes on meaning those it came from), and
    so does all of a registry that may not be written to: `resolved` reads either.
    """
    try:
        with closing(sqlite3.connect(database, timeout=PATIENCE, isolation_level=None)) as registry:
            if not _roots(registry, database):
                return
            registry.execute("BEGIN IMMEDIATE")
            for root in _roots(registry, database):
                for table, column in COLUMNS:
                    for scheme in ("", "file://", "file:"):
                        begin = f"{scheme}{root}/"
                        registry.execute(
                            f"UPDATE {table} SET {column} = substr({column}, ?) "  # noqa: S608 - names of MLflow's tables
                            f"WHERE substr({column}, 1, ?) = ?",
                            (len(begin) + 1, len(begin) + len(FOLDER) + 1, f"{begin}{FOLDER}/"),
                        )
            registry.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if not any(kind in str(error) for kind in ("readonly", "unable to open")):
            raise


def _roots(registry: sqlite3.Connection, database: Path) -> list[str]:
    """Folders in which this project lay when it made its experiments, longest first."""
    found = set()
    for name, address in registry.execute("SELECT name, artifact_location FROM experiments"):
        root, below, _ = str(address or "").rpartition(f"/{FOLDER}/{name}")
        root = root.removeprefix("file://").removeprefix("file:")
        is_ours = name.startswith(PREFIX) and bool(below) and root.startswith("/")
        if is_ours and (Path(root) == database.parent or (database.parent / FOLDER / name).is_dir()):  # fmt: skip
            found.add(root)
    return sorted(found, key=len, reverse=True)
