"""A disk that fails, and a process that dies, at the n-th call that touches files.

Python reports each such call to its audit hooks before it is made; a hook that raises is a call that fails. What takes
part of its own accord (pyarrow, DuckDB) is reached by `small_disk`, a limit of the operating system on a file's size.
"""

from __future__ import annotations

import errno
import fcntl
import os
import resource
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts.files import whole_file, whole_folder

CALLS = frozenset(
    {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.listdir", "os.scandir",
     "os.chmod", "os.truncate", "shutil.copyfile", "shutil.move", "shutil.rmtree", "os.fsync", "fcntl.flock"}
)  # fmt: skip
"""The last two are no audit events; `_reported` makes them some."""
EXTENSIONS = (".py", ".pyc", ".so")
"""What an import opens is no call of the writer's."""


class Killed(BaseException):
    """SIGKILL: nothing catches it, and the dead make no further call."""


@dataclass
class Fault:
    """What happens at the n-th call.

    Attributes:
        at: the number of the call, from 0; None for none.
        kind: `once`: it alone fails; `on`: it and all after it fail; `killed`: the process is dead from there on.
        calls: what was called.
    """

    at: int | None
    kind: str
    calls: list[str] = field(default_factory=list)
    thread: int = field(default_factory=threading.get_ident)

    @property
    def happened(self) -> bool:
        return self.at is not None and len(self.calls) > self.at

    def meet(self, event: str, about: Any) -> None:
        if threading.get_ident() != self.thread or event not in CALLS:
            return
        if event == "open" and str(about).endswith(EXTENSIONS):
            return
        self.calls.append(event)
        number = len(self.calls) - 1
        if self.at is None or number < self.at or (self.kind == "once" and number > self.at):
            return
        if self.kind == "killed":
            raise Killed
        raise OSError(errno.EIO, f"call {number}, {event}, fails", str(about))


_now: list[Fault] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _now:
        _now[-1].meet(event, arguments[0] if arguments else None)


sys.addaudithook(_hook)


@contextmanager
def faulty(at: int | None, kind: str) -> Iterator[Fault]:
    """Runs its block on a disk with a fault; the faults it raises end here."""
    fault = Fault(at, kind)
    kept = (os.fsync, fcntl.flock)
    os.fsync, fcntl.flock = _reported("os.fsync", os.fsync), _reported("fcntl.flock", fcntl.flock)
    _now.append(fault)
    try:
        yield fault
    except (Exception, Killed):
        if (
            not fault.happened
        ):  # then it is no consequence of the fault, such as a reader's own kind of error
            raise
    finally:
        _now.pop()
        os.fsync, fcntl.flock = kept


def _reported(event: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def reported(handle: int, *more: Any) -> Any:
        _hook(event, (handle,))
        return call(handle, *more)

    return reported


@contextmanager
def small_disk(most: int) -> Iterator[None]:
    """No file may grow beyond so many bytes; Python ignores the signal, so the write itself fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def write_in_turn(path: Path, number: int, ready: Any, go: Any) -> None:
    """A process that writes half, says so, waits, and writes the rest."""
    with whole_folder(path) as folder, whole_file(path.with_name("one.txt")) as file:
        (folder / "first").write_text(f"{number}")
        ready.set()
        go.wait(60)
        (folder / "second").write_text(f"{number}")
        file.write_text(f"{number}" * 1000)


def write_again_and_again(path: Path, number: int, together: Any) -> None:
    """A process that replaces a folder thirty times, beginning when the others do."""
    together.wait(60)
    for _ in range(30):
        with whole_folder(path) as folder:
            for name in "abc":
                (folder / name).write_text(f"{number}")
