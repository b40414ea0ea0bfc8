"""The test rows a version was judged on, kept beside it: who, when, what happened, and which PD it gave.

With them any two versions can be compared on the rows they share, whatever features or windows they were made of, and also
after the inputs of one have left the matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.errors import RegistryError
from models.registry.beside import Beside
from models.registry.champion import no_version
from models.registry.registry import PARENT, Registry
from models.registry.seal import sha256

ROWS = "test_rows"
"""Tag of a version: sha256 of the file of its rows."""
FILE = "test.parquet"
LOCK = "dvc.lock"
"""Beside it: what DVC recorded of the run the version came from."""


def kept(rows: Path, lock: Path) -> tuple[dict[str, str], list[Path]]:
    """The tags and the files that a new version gets for its test rows.

    Args:
        rows: contract SCORED_TEST, as evaluated.
        lock: DVC's record of the run; left out where there is none, as where a stage is called by hand.
    """
    return {ROWS: sha256(rows.read_bytes())}, [rows, *([lock] if lock.is_file() else [])]


def rows_of(registry: Registry, number: str, folder: Path) -> Path:
    """The file of a version's test rows, fetched into a folder and compared with the digest in its tags.

    Raises:
        RegistryError: it keeps none, or they are not those it was registered with.
    """
    tags = tags_of(registry, number)
    if ROWS not in tags:
        raise RegistryError(
            f"Version {number} of '{registry.portfolio}' keeps no test rows.",
            where=registry.name,
            next_step="It was registered before versions kept them, or its PDs were never tested. Name the git revision or the DVC "
            "experiment that it came from instead, or train it again and register it.",
        )
    found = Beside(registry, number).fetched(FILE, folder)
    if sha256(found.read_bytes()) != tags[ROWS]:
        raise RegistryError(
            f"The test rows of version {number} of '{registry.portfolio}' are not those it was registered with.",
            where=f"{registry.name}, reports/{FILE}",
            next_step="Restore the file from a backup of the registry's artifacts, or register the model anew.",
        )
    return found


def lock_of(registry: Registry, number: str, folder: Path) -> Path | None:
    """DVC's record of the run a version came from, fetched into a folder; None where it keeps none."""
    beside = Beside(registry, number)
    return None if beside.lacking([LOCK]) else beside.fetched(LOCK, folder)


def tags_of(registry: Registry, number: str) -> Mapping[str, Any]:
    """The tags of a version. Raises RegistryError where there is no such version (any more)."""
    found = _tags(registry, number)
    if found is None:
        raise no_version(registry.portfolio, number, registry.there())
    return found


def trained(registry: Registry, number: str) -> str:
    """The version whose boosters this one has: itself, or, however often the calibration was corrected since, the one that was trained.

    Where an older one was deleted, the oldest that is left: it keeps neither rows nor record of a run, and so nothing is said of them.
    """
    passed = [number]
    while (parent := tags_of(registry, passed[-1]).get(PARENT)) not in {None, "none", *passed}:
        if _tags(registry, str(parent)) is None:
            break
        passed.append(str(parent))
    return passed[-1]


def _tags(registry: Registry, number: str) -> Mapping[str, Any] | None:
    return next((one.tags for one in registry.versions() if str(one.version) == number), None)
