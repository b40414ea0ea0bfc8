"""The record of the last build: what its values were computed from, and whether its files are still those it wrote."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
from ibis.backends import BaseBackend

from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ContractError
from contracts.files import read_json, whole_folder, write_json
from contracts.tables.store import write_arrow
from features.declaration import Feature
from features.engine.programs import code, digest
from features.matrix.matrix import arrow_schema, lineage

Key = dict[str, Any]
NO_RECORD = "there is no record of an earlier build"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a build lies.

    Two folders, because what a model reads (`features`) must stay the same bytes when only how it came about has
    changed, or every edit of a comment would train anew.

    Attributes:
        features: folder of `matrix.parquet` and `lineage.parquet`.
        known: folder of `known.parquet` and the record, `made.json`.
    """

    features: Path
    known: Path

    @property
    def matrix(self) -> Path:
        """The matrix."""
        return self.features / "matrix.parquet"

    @property
    def lineage(self) -> Path:
        """The declarations of its features."""
        return self.features / "lineage.parquet"

    @property
    def fingerprints(self) -> Path:
        """`derived.KNOWN`."""
        return self.known / "known.parquet"

    @property
    def record(self) -> Path:
        """The key of the build and the SHA-256 of its files."""
        return self.known / "made.json"


def key_of(
    con: BaseBackend, chosen: Sequence[Feature], portfolio: PortfolioConfig, config: FeaturesConfig
) -> Key:
    """Everything but the data that a value of the matrix, or a byte of its file, may depend on."""
    attributes = [one.model_dump(mode="json") for one in portfolio.attributes]
    return {
        "code": code(),
        "declarations": digest([json.dumps(lineage(chosen).to_pylist()).encode()]),
        "choice": config.model_dump(mode="json"),
        "attributes": digest([json.dumps(attributes).encode()]),
        "settlement": portfolio.settlement.model_dump(mode="json"),
        "reporting_currency": portfolio.reporting_currency,
        "engine": f"{con.name} {con.version}",
        "libraries": f"ibis {version('ibis-framework')}, pyarrow {pa.__version__}",
        # logarithms come from the system's library
        "machine": f"{platform.system()} {platform.machine()}",
    }


def _sha256(path: Path) -> str | None:
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unusable(shelf: Shelf, key: Key) -> str | None:
    """Why what lies on the shelf cannot be continued, as a clause; None where it can."""
    if not shelf.record.exists():
        return NO_RECORD
    try:
        made = read_json(shelf.record)
    except (ContractError, OSError, ValueError):
        made = None
    if not isinstance(made, dict) or not all(
        isinstance(made.get(k), dict) for k in ("key", "files")
    ):
        return f"{shelf.record.name} cannot be read"
    changed = [name for name in key if made["key"].get(name) != key[name]]
    if changed:
        return f"built with other {', '.join(changed)}"
    differing = [name for name, found in _files(shelf).items() if made["files"].get(name) != found]
    return f"{', '.join(differing)} not as recorded" if differing else None


def _files(shelf: Shelf) -> dict[str, str | None]:
    paths = (shelf.matrix, shelf.lineage, shelf.fingerprints)
    return {path.name: _sha256(path) for path in paths}


def write(
    shelf: Shelf,
    put: Callable[[Path, pa.Schema], object],
    chosen: Sequence[Feature],
    known: pa.Table | None,
    key: Key,
) -> None:
    """Puts a build on the shelf. Killed at any point, it leaves what `unusable` finds out.

    Args:
        shelf: where to.
        put: writes the matrix of this schema to a path.
        chosen: its features.
        known: `derived.KNOWN`, or None where the engine makes no fingerprints.
        key: see `key_of`.
    """
    with whole_folder(shelf.features) as folder:
        put(folder / shelf.matrix.name, arrow_schema(chosen))
        write_arrow(lineage(chosen), folder / shelf.lineage.name)
    # The record comes last: it vouches for the files by their digests.
    with whole_folder(shelf.known) as folder:
        if known is not None:
            write_arrow(known, folder / shelf.fingerprints.name)
        files = _files(Shelf(shelf.features, folder))
        write_json(folder / shelf.record.name, {"key": key, "files": files})
