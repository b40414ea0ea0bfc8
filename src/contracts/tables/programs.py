"""What was written for the engine, between runs: each program in a file named by all it follows from. Safe to delete: it is written anew.

A file is text: a line with the SHA-256 of the rest, and the rest as JSON. What is cut, or was changed, is not read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contracts.files import write_text

MAX_KEPT = 48
"""Programs on the shelf: the newest stay. One of all features takes a megabyte."""


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
                if head == sha256(body.encode()):
                    self._known[key] = json.loads(body)
        return self._known.get(key)

    def put(self, key: str, value: Any) -> None:
        """Puts a plain value under the key. A folder that cannot be written to costs time, nothing else."""
        body = json.dumps(value, separators=(",", ":"), default=asdict)
        self._known[key] = json.loads(body)
        if self.folder is None:
            return
        with suppress(OSError):
            write_text(self.folder / f"{key}.json", f"{sha256(body.encode())}\n{body}")
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


@lru_cache(maxsize=1)
def libraries() -> list[str]:
    """The libraries that write queries and run them, each with its version."""
    return [
        f"{one} {version(one)}"
        for one in ("ibis-framework", "sqlglot", "duckdb", "pyarrow", "numpy")
    ]


def digest(parts: Iterable[bytes]) -> str:
    """One SHA-256 of several contents in their order."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def sha256(content: bytes) -> str:
    """Of one content, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
