"""A disk that is full, whoever finds out: Python, Arrow, DuckDB or SQLite."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from contracts.errors import BonitasError

_CODES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WORDS = re.compile(
    r"(?i)no space left|disk quota exceeded|file too large|disk is full|not enough disk space"
)


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
        is_code = isinstance(one, OSError) and one.errno in _CODES
        if is_code or _WORDS.search(str(one)):
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
