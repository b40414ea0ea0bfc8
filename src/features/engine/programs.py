"""Programs between runs: each in a file named by all that its queries follow from. Safe to delete: it is written anew."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends import BaseBackend

import contracts
import features
from contracts.files import write_text
from features.engine.backend import SPARK

MAX_KEPT = 48
"""Programs on the shelf: the newest stay. One of all features takes a megabyte."""
_HELD = "_programs"


@dataclass(slots=True)
class Programs:
    """Programs by key.

    Attributes:
        folder: where they outlive the process; None where they do not.
    """

    folder: Path | None = None
    _known: dict[str, Any] = field(default_factory=dict)

    def find(self, key: str) -> Any | None:
        """What was put under the key; None where there is nothing, or nothing whole."""
        if key not in self._known and self.folder is not None:
            with suppress(OSError, ValueError):
                head, _, body = (self.folder / f"{key}.json").read_text("utf-8").partition("\n")
                if head == _sha256(body.encode()):
                    self._known[key] = json.loads(body)
        return self._known.get(key)

    def put(self, key: str, value: Any) -> None:
        """Puts a plain value under the key. A folder that cannot be written to costs time, nothing else."""
        body = json.dumps(value, separators=(",", ":"), default=asdict)
        self._known[key] = json.loads(body)
        if self.folder is None:
            return
        with suppress(OSError):
            write_text(self.folder / f"{key}.json", f"{_sha256(body.encode())}\n{body}")
            found = sorted(self.folder.glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
            for old in found[:-MAX_KEPT]:
                old.unlink(missing_ok=True)

    def remembered(self, key: str, found: Callable[[], Any]) -> Any:
        """What is under the key; found and put there where nothing is."""
        known = self.find(key)
        if known is None:
            self.put(key, found())
            known = self.find(key)
        return known


def programs_of(con: BaseBackend) -> Programs:
    """The programs of a connection; without `keep_programs` new ones, which know nothing."""
    kept: Programs | None = getattr(con, _HELD, None)
    return kept if kept is not None else Programs()


def keep_programs(con: BaseBackend, folder: Path) -> None:
    """Programs of this connection are kept in a folder."""
    setattr(con, _HELD, Programs(folder))


def key_of(con: BaseBackend, read: Mapping[str, ir.Table], asked: Any) -> str | None:
    """The key of a program: code, libraries, what is asked for, and the text of every relation it begins with.

    Args:
        con: the engine.
        read: the relations, by name.
        asked: plain values that say, beside the code, what is computed of them.

    Returns:
        None where a relation has a name that no other process would give it, and for Spark.
    """
    if con.name == SPARK or any(one.op().find(ops.InMemoryTable) for one in read.values()):
        return None
    texts = {
        name: [con.compile(table), *map(str, table.schema().items())]
        for name, table in read.items()
    }
    return of_code({"asked": asked, "read": texts, "engine": con.version})


def of_code(asked: Any) -> str:
    """A digest of plain values, of the code of features and contracts, and of the libraries that write queries."""
    return _sha256(json.dumps([asked, code(), _libraries()], sort_keys=True, default=str).encode())


@lru_cache(maxsize=1)
def _libraries() -> list[str]:
    return [
        f"{one} {version(one)}"
        for one in ("ibis-framework", "sqlglot", "duckdb", "pyarrow", "numpy")
    ]


@lru_cache(maxsize=1)
def code() -> str:
    """One digest of name and content of every source file of this room and of the contracts it stands on."""
    return digest(_sources())


def _sources() -> Iterable[bytes]:
    for package in (contracts, features):
        folder = Path(package.__path__[0])
        for path in sorted(folder.rglob("*.py")):
            yield f"{package.__name__}/{path.relative_to(folder).as_posix()}".encode()
            yield path.read_bytes()


def digest(parts: Iterable[bytes]) -> str:
    """One SHA-256 of several contents in their order."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
