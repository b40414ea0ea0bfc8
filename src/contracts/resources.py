"""Resources that run out, whoever finds out (Python, Arrow, DuckDB, SQLite): a full disk, a memory limit that is reached."""

from __future__ import annotations

import errno
import os
import re
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from contracts.errors import BonitasError

_DISK_CODES = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DISK_WORDS = re.compile(
    r"(?i)no space left|disk quota exceeded|file too large|disk is full|not enough disk space|no usable temporary directory"
)
_INPUT_OUTPUT = re.compile(r"(?i)disk i/o error")
_SHORT = 16 << 20
"""Bytes free below which SQLite's "disk I/O error" is taken for want of room: of a limit of files it tells no more."""
_READ_ONLY_CODES = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_READ_ONLY_WORDS = re.compile(r"(?i)read-only file system|permission denied|readonly database")
_MOUNT_CODES = frozenset({errno.EBUSY, errno.EXDEV})
_MEMORY_CODES = frozenset({errno.ENOMEM})
_MEMORY_WORDS = re.compile(
    r"(?i)out of memory|cannot allocate memory|bad_alloc|failed to map segment|failed to allocate|unable to allocate"
    r"|can't start new thread|could not allocate|mmap.*failed"
)
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
        if _INPUT_OUTPUT.search(str(one)):
            return _full(one) if _is_short() else _failing(one)
    return None


def _is_short() -> bool:
    """Whether files may not grow as they like here."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return most != resource.RLIM_INFINITY or shutil.disk_usage(Path.cwd()).free < _SHORT


def _failing(error: BaseException) -> DiskError:
    return DiskError(
        "The disk failed while a database was read or written.",
        where="the registry (mlflow.db), the studies (.bonitas/studies.db), or another SQLite file",
        value=str(error).splitlines()[0][:200],
        next_step="Look into the system's log for errors of the disk; SQLite's files do not belong on a network disk. The earlier outputs are untouched.",
    )


def chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those it came from, the last one first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _full(error: BaseException) -> DiskError:
    name = getattr(error, "filename", None)
    places = {"the project's folder": Path.cwd()}
    with suppress(OSError):  # where none of them can be written to there is no temporary folder
        places["the temporary folder"] = Path(tempfile.gettempdir())
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


def not_writable(error: BaseException) -> DiskError | None:
    """The error to show where an exception, or one it came from, says that a place may not be written to; else None.

    >>> not_writable(ValueError("no")) is None
    True
    >>> print(not_writable(OSError(30, "Read-only file system", "data/.raw.7.partial")).where)
    data/.raw.7.partial
    """
    for one in chain(error):
        if isinstance(one, OSError) and one.errno in _MOUNT_CODES:
            return _mounted(one)
        is_code = isinstance(one, OSError) and one.errno in _READ_ONLY_CODES
        if is_code or (not isinstance(one, BonitasError) and _READ_ONLY_WORDS.search(str(one))):
            said = re.search(r"'([^']+)'", str(one))  # Arrow tells the file in its sentence alone
            name = getattr(one, "filename2", None) or getattr(one, "filename", None) or (said[1] if said else None)  # fmt: skip
            if name and Path(str(name)).exists() and not os.access(name, os.R_OK):
                return DiskError("A file or folder may not be read.", where=str(name), next_step="Give the user who runs this the right to read it.")  # fmt: skip
            return _read_only(str(name) if name else "the project's folder or the temporary folder")
    return None


def _mounted(error: OSError) -> DiskError:
    return DiskError(
        "A folder cannot be replaced: a disk or volume of its own is mounted on it.",
        where=str(error.filename),
        next_step="Mount the volume on the project's folder, or on data or reports as a whole: stages replace what lies below them "
        "in one step, which a disk can do within itself alone. The earlier outputs are untouched.",
    )


def _read_only(where: str) -> DiskError:
    return DiskError(
        "A place cannot be written to: the disk is read-only, or this user may not write there.",
        where=where,
        next_step="Run as the user the folder belongs to, or make it writable (data, reports, .bonitas, mlflow.db and mlruns "
        "in the project's folder; TMPDIR for temporary files). The earlier outputs are untouched.",
    )


class EngineError(BonitasError):
    """The engine cannot do the work with what it has been given."""


def memory_reached(error: BaseException) -> EngineError | None:
    """The error to show where an exception, or one it came from, says that memory ran out; else None.

    Two cases have opposite remedies: the engine kept to its limit, or there was less memory than it was allowed.

    >>> memory_reached(ValueError("no")) is None
    True
    >>> print(memory_reached(MemoryError()).what)
    The memory of this process ran out.
    """
    for one in chain(error):
        is_ours = isinstance(one, BonitasError)
        is_code = isinstance(one, MemoryError) or (isinstance(one, OSError) and one.errno in _MEMORY_CODES)  # fmt: skip
        if is_code or type(one).__name__ == "OutOfMemoryException" or (not is_ours and _MEMORY_WORDS.search(str(one))):  # fmt: skip
            used = _MEMORY_USED.search(str(one))
            return _limit_reached(used[1]) if used else _exhausted()
    return None


def _limit_reached(used: str) -> EngineError:
    return EngineError(
        "The work does not fit into the engine's memory limit, although it spills to disk.",
        where="configs/params.yaml: engine > memory_limit",
        value=used,
        next_step="Raise engine.memory_limit, or set engine.threads to 1: each thread needs memory of its own. "
        "Results depend on neither. Fewer features (features.families, features.names) need less as well.",
    )


def _exhausted() -> EngineError:
    """There was less memory than the engine may take: raising its limit would make it worse."""
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    limits = [f"this process may take {most / 1e9:.1f} GB (ulimit -v)"] if most != resource.RLIM_INFINITY else []  # fmt: skip
    with suppress(OSError, ValueError):
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        limits.append(f"{free / 1e9:.1f} GB of the machine are free")
    return EngineError(
        "The memory of this process ran out.",
        where="the memory of the machine, or the limit of this user",
        value="; ".join(limits) or None,
        next_step="Give it more memory (close other programs, raise `ulimit -v` or the container's limit), or let it take less: "
        "engine.memory_limit well below what is free, engine.threads and train.threads 1. Results depend on none of them.",
    )


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


DRAWING = 75 * 10**9
"""Bytes of address space that whoever draws charts (V8, in vl-convert) reserves, of which it uses a hundredth."""


def refuse_no_room_to_draw() -> None:
    """Raises EngineError where a limit of address space would break down this process in the middle of a chart."""
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if most != resource.RLIM_INFINITY and most < DRAWING:
        raise EngineError(
            "No chart can be drawn within this limit of address space: the engine that draws reserves 70 GB of it, and uses a hundredth.",
            where="the limit of this user (ulimit -v)",
            value=f"{most / 1e9:.1f} GB",
            next_step="Run this stage with `ulimit -v unlimited`, and limit memory by a container or by systemd (MemoryMax), which count what is used.",
        )


_DAMAGED = re.compile(r"database disk image is malformed|file is not a database|no such table: \w+")


def damaged(error: BaseException) -> DiskError | None:
    """The error to show where an exception, or one it came from, says that an SQLite file is damaged; else None.

    >>> damaged(ValueError("no")) is None
    True
    >>> print(damaged(OSError("(sqlite3.DatabaseError) database disk image is malformed")).value)
    database disk image is malformed
    """
    found = next((said for one in chain(error) if (said := _DAMAGED.search(str(one)))), None)
    return found and DiskError(
        "A database file is damaged.",
        where="the registry (mlflow.db), or another SQLite file that is read here",
        value=found[0],
        next_step="Put back the last whole copy of it; `sqlite3 FILE 'PRAGMA integrity_check'` says which file it is and what it lacks.",
    )


def cut_code(error: BaseException) -> DiskError | None:
    """The error to show where an exception, or one it came from, says that a compiled module is cut; else None.

    >>> cut_code(ValueError("no")) is None
    True
    >>> print(cut_code(EOFError("marshal data too short")).value)
    marshal data too short
    """
    found = [
        str(one) for one in chain(error) if isinstance(one, EOFError) and "marshal" in str(one)
    ]
    if not found:
        return None
    return DiskError(
        "A compiled file of Python is cut: the disk was full while it was written.",
        where="a folder __pycache__ of the project or of its .venv",
        value=found[0],
        next_step="Free space, delete these folders (`find . -name __pycache__ -prune -exec rm -r {} +`; Python makes them again) and run again.",
    )


def run_out(error: BaseException) -> BonitasError | None:
    """What to show where memory, room on the disk or the right to write is missing, whoever found out; else None."""
    found = disk_full(error) or memory_reached(error) or cut_code(error)
    # of a place that may not be written to, or read, an error of ours says more
    return found if found or isinstance(error, BonitasError) else not_writable(error)


def refuse_read_only(*folders: Path) -> None:
    """Raises DiskError where one of the folders, or what it would be made in, may not be written to: before the work, not after."""
    for folder in folders:
        there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise _read_only(str(folder))
