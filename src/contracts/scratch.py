"""Temporary folders that outlive nobody: what a killed process left is found and removed by the next one.

Each holds a lock file that its process keeps locked, which the system takes back from the dead; so a folder whose lock can
be had is nobody's any more, in whatever container its process ran.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

BEGIN = "bonitas-scratch-"
LOCK, FILES = ".held", "files"
YOUNG = 60.0  # seconds in which a folder may still be without its lock


@contextmanager
def scratch(within: Path | None = None) -> Iterator[Path]:
    """Yields an empty temporary folder, removed afterwards; removes those of the dead first.

    Args:
        within: where to make it; the temporary folder of the system by default.
    """
    root = Path(tempfile.gettempdir()) if within is None else within
    root.mkdir(parents=True, exist_ok=True)
    _sweep(root)
    folder, handle = _held(root)
    try:
        yield folder / FILES
    finally:
        try:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)  # whatever happened: what is left belongs to nobody now


def _held(root: Path) -> tuple[Path, int]:
    """A new folder and the handle that locks it; another one where a sweep took it in the moment before it was locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=BEGIN, dir=root))
        with suppress(FileNotFoundError):
            return folder, _locked(folder)


def _locked(folder: Path) -> int:
    """The handle that locks the folder; given back at once where anything fails, so that the folder is nobody's.

    Raises:
        FileNotFoundError: the folder was swept.
    """
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if _is_ours(handle):
            (
                folder / FILES
            ).mkdir()  # missing where the lock that we have is of a file that is gone
            return handle
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    raise FileNotFoundError(folder)


def _is_ours(handle: int) -> bool:
    """Whether the lock is had; on a disk without locks nobody takes a folder for abandoned either."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _sweep(root: Path) -> None:
    for folder in root.glob(f"{BEGIN}*"):
        with suppress(OSError):  # somebody else's, or being removed
            if not (folder / LOCK).exists():
                if time.time() - folder.stat().st_mtime > YOUNG:
                    folder.rmdir()  # it is empty: its process died before it wrote anything
                continue
            handle = os.open(folder / LOCK, os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
