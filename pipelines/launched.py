"""How a command begins: in a process that is watched, so that also one which the system ends says what happened.

Memory that runs out is told by Python as an exception, which a stage turns into its message. But the kernel, and the libraries
beneath Python, end a process without a word: SIGKILL where the machine has no memory left, SIGSEGV or an abort where a library
gets none, and a code of its own (1, which is also that of a traceback) where OpenMP can begin no thread. Whoever watches lives, for it
has loaded nothing; and a command that comes to its end says so to it, whatever its end is.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pipelines import ROOT

MIN_MEMORY = 1 << 30
"""Bytes of address space below which no stage is begun: the libraries alone take half of it, and where a thread of theirs gets
none, Arrow waits for it without end, and OpenBLAS tries for a minute."""
NO_MEMORY = 127
"""What the C library ends with where a thread gets no memory."""
SIGNALLED = 128
"""A shell's code of a process that a signal ended, less the signal's number."""
ENDED = b"."
SHORT = 64 << 20
"""Bytes of address space left at which linear algebra may be without room: OpenBLAS asks for 32 MB at a time, and where it gets none it asks
again, at every address there is, for minutes, and anew at the next call."""
ENDLESS = 10.0
"""Seconds of processor after which somebody who asks is told to get nothing; a query that spills near its limit works between."""
STANDS = 20.0
"""Seconds by the clock after which somebody without room who does nothing at all is told to wait for a thread that never began: Arrow hands
its work to one that got no memory, and waits for the answer without end."""
FIRST, EVERY = 10.0, 30.0
"""Seconds by the clock after which a terminal is told that a command is still at work, and then again."""
DRAWS = frozenset({"train", "search"})
"""Commands that draw how far they are."""
FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1)
DIES_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux."""
LESS = (
    "Give it more memory (close other programs, raise `ulimit -v` or the container's limit), or let it take less: engine.memory_limit "
    "well below what is free, engine.threads and train.threads 1. Results depend on none of them."
)


def main() -> None:
    """Runs the project in whose folder it is called, even where `bonitas` was installed from another one."""
    here = Path.cwd()
    if (here / "pipelines" / "__main__.py").is_file() and here.resolve() != ROOT:
        os.execv(sys.executable, [sys.executable, "-m", "pipelines", *sys.argv[1:]])  # noqa: S606 - our own interpreter
    command()


def command() -> None:
    """The command that was asked for, watched. Nothing large is imported before."""
    launched(_called)


def _called() -> None:
    try:
        from pipelines.cli import app  # noqa: PLC0415 - not in the process that watches
    except EOFError as error:
        from contracts.resources import cut_code  # noqa: PLC0415

        if told := cut_code(error):
            print(told, file=sys.stderr)
            raise SystemExit(2) from None
        raise
    app(prog_name="bonitas")


def launched(work: Callable[[], None]) -> None:
    """Works in a child, and watches it; returns in the child alone.

    Raises:
        SystemExit: with the child's code; after a message and 128 + the number of the signal where one ended it.
    """
    name = next((word for word in sys.argv[1:] if not word.startswith("-")), "bonitas")
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    if 0 <= most < MIN_MEMORY:
        _say(name, f"There is too little memory to begin: this process may take {most / 1e9:.2f} GB.", f"at least {MIN_MEMORY / 1e9:.1f} GB are needed")  # fmt: skip
        raise SystemExit(2)
    sys.stdout.flush()
    watcher = os.getpid()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        _end_with(watcher)
        try:
            work()
        finally:
            os.write(writes, ENDED)
        return
    os.close(writes)
    os.set_blocking(reads, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to both
    for one in FORWARDED:
        signal.signal(one, lambda number, _: os.kill(child, number))
    status = _awaited(child, most, "" if name in DRAWS or not sys.stderr.isatty() else name)
    if status is None:
        _say(name, "The memory of this process ran out.", f"a library beneath Python asked for it, or waited for a thread that got none, without end; {_limit()}")  # fmt: skip
        raise SystemExit(2)
    raise SystemExit(_code(name, os.waitstatus_to_exitcode(status), is_told=_is_told(reads)))


def _awaited(child: int, most: int, told: str) -> int | None:
    """The status that a child ends with; None where it was without room under a limit of address space, got nowhere, and was killed.

    Args:
        child: the process.
        most: bytes of address space it may take, or no limit.
        told: the name that a terminal is told of it by while it works; empty: none is.
    """
    place, is_limited = Path(f"/proc/{child}"), most != resource.RLIM_INFINITY
    if not (is_limited or told) or not (place / "stat").exists():
        return os.waitpid(child, 0)[1]
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    since, stood, begun, due = None, None, time.monotonic(), FIRST
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status
        used, now = _used(place), time.monotonic()
        whole, resident = _taken(place)
        if told and now - begun > due:
            print(f"{told}: at work for {now - begun:.0f} s ({sum(used):.0f} s of processor, {resident / 1e9:.1f} GB of memory)", file=sys.stderr)  # fmt: skip
            due = now - begun + EVERY
        is_short = is_limited and most - whole < SHORT
        since = (since or used) if is_short else None
        if not is_short or not _is_asleep(place) or (stood and stood[1] != used):
            stood = None
        elif stood is None:
            stood = (now, used)
        is_endless_now = since and is_endless(used[0] - since[0], used[1] - since[1])
        if is_endless_now or (stood and now - stood[0] > STANDS):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        signal.sigtimedwait({signal.SIGCHLD}, 1.0)


def _used(place: Path) -> tuple[float, float]:
    """Seconds of processor of a process, its own and the system's for it."""
    user, kernel = (place / "stat").read_text().rpartition(")")[2].split()[11:13]
    tick = os.sysconf("SC_CLK_TCK")
    return int(user) / tick, int(kernel) / tick


def _taken(place: Path) -> tuple[int, int]:
    """Bytes of address space and of memory of a process."""
    whole, resident = (place / "statm").read_text().split()[:2]
    return int(whole) * resource.getpagesize(), int(resident) * resource.getpagesize()


def _is_asleep(place: Path) -> bool:
    """Whether every thread of a process waits, and no process works for it."""
    with suppress(OSError):  # a thread that has ended in between
        each = list((place / "task").iterdir())
        states = [(one / "stat").read_text().rpartition(")")[2].split()[0] for one in each]
        return set(states) == {"S"} and not any((one / "children").read_text() for one in each)
    return False


def is_endless(user: float, kernel: float) -> bool:
    """Whether a process without room does nothing but ask the system for more, by its seconds of processor since it has none.

    >>> is_endless(2.0, 12.0), is_endless(12.0, 2.0), is_endless(0.1, 0.9)
    (True, False, False)
    """
    return user + kernel > ENDLESS and kernel > 0.7 * (user + kernel)


def _is_told(reads: int) -> bool:
    """Whether the child came to an end of Python's; what it left behind may still hold the other side of the pipe."""
    with suppress(BlockingIOError):
        return os.read(reads, 1) == ENDED
    return False


def _end_with(watcher: int) -> None:
    """Where Linux runs, a child whose watcher is killed is killed as well; elsewhere it comes to its own end."""
    with suppress(Exception):
        import ctypes  # noqa: PLC0415 - a watcher needs none

        ctypes.CDLL(None).prctl(DIES_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != watcher:
        os.kill(os.getpid(), signal.SIGKILL)


def _code(name: str, code: int, *, is_told: bool) -> int:
    """The code to end with, after a message where the child could give none."""
    if code == NO_MEMORY:
        _say(name, "The memory of this process ran out.", "a thread got none")
        return 2
    if code >= 0 and not is_told:
        _say(name, "The process was ended by a library beneath Python: where it can begin no thread, it does so.", f"code {code}; {_limit()}; threads count as processes (ulimit -u)")  # fmt: skip
        return 2
    if code == -signal.SIGKILL:
        _say(name, "The process was killed (SIGKILL): the system does so when memory runs out, or somebody did.", "the system's log (`dmesg`) says which")  # fmt: skip
    elif code in {
        -signal.SIGSEGV,
        -signal.SIGABRT,
        -signal.SIGBUS,
        -signal.SIGTRAP,
        -signal.SIGILL,
    }:
        _say(name, f"The process broke down ({signal.Signals(-code).name}): where memory is short, a library that gets none does so.", _limit())  # fmt: skip
    return code if code >= 0 else SIGNALLED - code


def _limit() -> str:
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    return f"this process may take {most / 1e9:.1f} GB (ulimit -v)" if most >= 0 else "it has no limit of its own (ulimit -v)"  # fmt: skip


def _say(name: str, what: str, value: str) -> None:
    lines = (f"{name}: {what}", "  where: the memory of the machine, or the limit of this user", f"  value: {value}", f"  do:    {LESS} The earlier outputs are untouched.")  # fmt: skip
    print("\n".join(lines), file=sys.stderr)
