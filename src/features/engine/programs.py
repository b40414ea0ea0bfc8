"""Programs of features between runs, and what a key of one is made of: all that its queries follow from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends import BaseBackend

import contracts
import features
from contracts.tables.programs import Programs, digest, libraries, sha256
from features.engine.backend import SPARK

_HELD = "_programs"


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
    return sha256(json.dumps([asked, code(), libraries()], sort_keys=True, default=str).encode())


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
