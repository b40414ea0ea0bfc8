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
from contracts.tables.programs import digest
from contracts.tables.store import write_arrow
from features.declaration import Feature
from features.engine.programs import code
from features.matrix.contract import arrow_schema
from features.matrix.matrix import lineage
from features.refresh.seen import Seen

Key = dict[str, Any]
NO_RECORD = "there is no record of an earlier build"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where a build lies.

    Two folders, because what a model reads (`features`) must stay the same bytes when only how it came about has
    changed, or every edit of a comment would train anew.

    Attributes:
        features: folder of `matrix.parquet` and `lineage.parquet`.
        known: folder of `known.parquet`, `held.parquet` and the record, `made.json`.
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
    def held(self) -> Path:
        """`derived.HELD`."""
        return self.known / "held.parquet"

    @property
    def record(self) -> Path:
        """The key of the build, the SHA-256 of its files, and what its tables held."""
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
    paths = (shelf.matrix, shelf.lineage, shelf.fingerprints, shelf.held)
    return {path.name: _sha256(path) for path in paths}


def seen(shelf: Shelf) -> Seen | None:
    """What the tables of the build on the shelf held, where it was written down; ask `unusable` first."""
    return Seen.from_json(read_json(shelf.record).get("seen"))


@dataclass(frozen=True, slots=True)
class Marks:
    """What the next build compares itself with.

    Attributes:
        known: `derived.KNOWN`.
        held: `derived.HELD`.
        seen: digests of the tables.
    """

    known: pa.Table
    held: pa.Table
    seen: Seen


def write(
    shelf: Shelf,
    put: Callable[[Path, pa.Schema], object],
    chosen: Sequence[Feature],
    marks: Marks | None,
    key: Key,
) -> None:
    """Puts a build on the shelf. Killed at any point, it leaves what `unusable` finds out.

    Args:
        shelf: where to.
        put: writes the matrix of this schema to a path.
        chosen: its features.
        marks: of the tables, or None where the engine makes none.
        key: see `key_of`.
    """
    with whole_folder(shelf.features) as folder:
        put(folder / shelf.matrix.name, arrow_schema(chosen))
        write_arrow(lineage(chosen), folder / shelf.lineage.name)
    note(shelf, marks, key)


def note(shelf: Shelf, marks: Marks | None, key: Key) -> None:
    """Writes down what the files that lie on the shelf were made of; arguments as of `write`."""
    # The record comes last: it vouches for the files by their digests.
    with whole_folder(shelf.known) as folder:
        told: dict[str, Any] = {}
        if marks is not None:
            write_arrow(marks.known, folder / shelf.fingerprints.name)
            write_arrow(marks.held, folder / shelf.held.name)
            told = {"seen": marks.seen.to_json()}
        files = _files(Shelf(shelf.features, folder))
        write_json(folder / shelf.record.name, {"key": key, "files": files, **told})
