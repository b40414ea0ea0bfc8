"""Resources that run out, whoever finds out (Python, Arrow, DuckDB, SQLite): a full disk, a memory limit that is reached."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import BonitasError

_DISK_CODES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DISK_WORDS = re.compile(
    r"(?i)no space left|disk quota exceeded|file too large|disk is full|not enough disk space"
)
_MEMORY_NAMES = frozenset({"OutOfMemoryException", "MemoryError"})
_MEMORY_USED = re.compile(r"\(([^()]*\bused)\)")


class DiskError(BonitasError):
    """There is no room for what has to be written."""


def disk_full(error: BaseException) -> DiskError | None:
    """The error to show where an exception, or one it came from, says that the disk is full; else None.

    >>> disk_full(ValueError("no")) is None
    True
    >>> print(disk_full(OSError(28, "No space left on device", "data/raw/invoices.parquet")).where)
    data/raw/invoices.parquet
    """
    for one in chain(error):
        is_code = isinstance(one, OSError) and one.errno in _DISK_CODES
        if is_code or _DISK_WORDS.search(str(one)):
            return _full(one)
    return None


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those it came from, the last one first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _full(error: BaseException) -> DiskError:
    name = getattr(error, "filename", None)
    places = {"the project's folder": Path.cwd(), "the temporary folder": Path(tempfile.gettempdir())}  # fmt: skip
    free = [
        f"{shutil.disk_usage(path).free / 1e9:.1f} GB free in {what} ({path})"
        for what, path in places.items()
    ]
    return DiskError(
        "The disk is full: what was to be written does not fit, or is larger than this user's files may be.",
        where=str(name) if name else "the project's folder or the temporary folder",
        value="; ".join(free),
        next_step="Free space there (or set TMPDIR to a larger disk; see also `ulimit -f`) and run again. "
        "The earlier outputs are untouched.",
    )


class EngineError(BonitasError):
    """The engine cannot do the work with what it has been given."""


def memory_reached(error: BaseException) -> EngineError | None:
    """The error to show where an exception, or one it came from, says that memory ran out; else None.

    >>> memory_reached(ValueError("no")) is None
    True
    >>> print(memory_reached(MemoryError()).what)
    The work does not fit into the engine's memory limit, although it spills to disk.
    """
    for one in chain(error):
        if type(one).__name__ in _MEMORY_NAMES:
            used = _MEMORY_USED.search(str(one))
            return EngineError(
                "The work does not fit into the engine's memory limit, although it spills to disk.",
                where="configs/params.yaml: engine > memory_limit",
                value=used[1] if used else None,
                next_step="Raise engine.memory_limit, or set engine.threads to 1: each thread needs memory of its own. "
                "Results depend on neither. Fewer features (features.families, features.names) need less as well.",
            )
    return None


@contextmanager
def within_memory() -> Iterator[None]:
    """Work, or as a decorator a function, whose memory limit may be reached: then it raises EngineError."""
    try:
        yield
    except Exception as error:
        reached = memory_reached(error)
        if reached is None:
            raise
        raise reached from error
