"""One process at a time: a lock beside a file, which the system takes back from a process that ends or is killed."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PAUSE = 0.1  # seconds between two tries
SPEAKS_AFTER = 5.0  # seconds of waiting before a person is told
_NO_LOCKS = frozenset({errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})
_NOT_WRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@contextmanager
def alone_with(
    path: Path, *, patience: float, waiting: Callable[[], None] = lambda: None
) -> Iterator[None]:
    """Keeps other processes out while what lies at `path` is made, or something is decided by what it holds.

    The lock is the file `<name>.lock` beside it, which stays. Where the folder may not be written to nothing can be
    made or decided, and where its disk knows no locks none can be had: then the block runs without.

    Args:
        path: what is locked; it need not exist.
        patience: seconds to wait for another process.
        waiting: called once, after some seconds of waiting.

    Raises:
        TimeoutError: another process had it all that time.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        yield
        return
    try:
        patiently(lambda: _taken(handle), patience=patience, waiting=waiting)
        yield
    finally:
        os.close(handle)


def patiently(take: Callable[[], bool], *, patience: float, waiting: Callable[[], None]) -> None:
    """Tries to take a lock again and again. Raises TimeoutError where it could not be had in `patience` seconds."""
    started, is_told = time.monotonic(), False
    while not take():
        waited = time.monotonic() - started
        if waited >= patience:
            raise TimeoutError(f"waited {waited:.0f} s for another process")
        if waited >= SPEAKS_AFTER and not is_told:
            is_told = True
            waiting()
        time.sleep(PAUSE)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return True
        raise
    return True
