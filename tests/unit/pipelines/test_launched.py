"""A command is watched: where the system ends it, whoever watches says so, and what it ends with is passed on."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from textwrap import indent

import pytest

from pipelines import ROOT
from pipelines.launched import MIN_MEMORY

BEGIN = "import os, signal, sys, time\nsys.argv = ['bonitas', 'train']\nfrom pipelines.launched import launched\ndef work():\n"


def started(body: str, *, begin: str = BEGIN, **more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", f"{begin}{indent(body, '    ')}\nlaunched(work)"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", 137, "train: The process was killed (SIGKILL)"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", 139, "train: The process broke down (SIGSEGV)"),
        ("os.abort()", 134, "train: The process broke down (SIGABRT)"),
        ("os._exit(127)", 2, "train: The memory of this process ran out."),
        ("os._exit(1)", 2, "train: The process was ended by a library beneath Python"),
        ("os._exit(0)", 2, "train: The process was ended by a library beneath Python"),
        ("os.kill(os.getpid(), signal.SIGTERM)", 143, ""),
        ("sys.exit(2)", 2, ""),
        ("print('well')", 0, ""),
        ("print('well')\nos.fork() or time.sleep(1)", 0, ""),  # one that lives on holds the pipe
    ],
)
def test_what_ended_a_command_is_told(body: str, code: int, message: str) -> None:
    out, said = (process := started(body)).communicate(timeout=60)
    assert process.returncode == code
    assert said.partition("\n")[0].startswith(message)
    assert said.count("  do:    ") == bool(message)
    assert out == ("well\n" if code == 0 else "")


@pytest.mark.slow
def test_openmp_that_can_begin_no_thread_is_told() -> None:
    body = """import resource
import lightgbm as lgb, numpy as np
x = np.random.default_rng(1).normal(size=(2000, 9))
taken = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (12 << 20),) * 2)
lgb.train({'objective': 'binary', 'num_threads': 8, 'verbosity': -1}, lgb.Dataset(x, x[:, 0] > 0), 5)"""
    _, said = (process := started(body)).communicate(timeout=120)
    assert process.returncode == 2
    assert "Thread creation failed" in said
    assert "train: The process was ended by a library beneath Python" in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells what a process takes")
def test_who_asks_for_memory_without_end_is_ended_and_told() -> None:
    body = """import mmap, resource
import numpy as np
from scipy.linalg.lapack import dpotrf
wanted = np.eye(300)
taken = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()
held = mmap.mmap(-1, (4 << 30) - taken - (24 << 20))
dpotrf(wanted)"""
    most = 4 << 30
    process = started(body, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)))
    _, said = process.communicate(timeout=280)
    assert process.returncode == 2
    assert said.startswith("train: The memory of this process ran out.")
    assert "without end" in said


FILLED = """import mmap, resource, threading
taken = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()
held = mmap.mmap(-1, (4 << 30) - taken - ({room} << 20))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells what a process takes")
@pytest.mark.parametrize(
    ("room", "does", "code"),
    [
        (24, "threading.Event().wait(40)", 2),  # as Arrow waits for a thread that got no memory
        (400, "threading.Event().wait(6)", 0),  # it has room, and whatever it waits for may come
        (24, "[time.sleep(0.2) or sum(range(400_000)) for _ in range(30)]", 0),  # it works on
        (24, "import subprocess; subprocess.run(['sleep', '6'])", 0),  # somebody works for it
    ],
)
def test_who_waits_without_room_for_what_never_comes_is_ended_and_told(room: int, does: str, code: int) -> None:  # fmt: skip
    begin = BEGIN.replace("def work", "import pipelines.launched\npipelines.launched.STANDS = 3.0\ndef work")  # fmt: skip
    most = 4 << 30
    process = started(
        FILLED.format(room=room) + does, begin=begin, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)),
    )  # fmt: skip
    _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert said.startswith("train: The memory of this process ran out." if code else "")
    assert ("waited for a thread that got none" in said) == bool(code)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells what a process takes")
@pytest.mark.parametrize(("command", "is_told"), [("explain", True), ("train", False)])
def test_a_terminal_is_told_that_a_long_command_is_at_work(command: str, is_told: bool) -> None:  # noqa: FBT001
    begin = BEGIN.replace("'train'", f"'{command}'").replace("def work", "import pipelines.launched as one\none.FIRST, one.EVERY = 0.5, 0.5\ndef work")  # fmt: skip
    ours, theirs = os.openpty()
    with started("time.sleep(4)", begin=begin, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        with suppress(OSError):  # the other side is closed
            while more := os.read(ours, 4096):
                said += more
        assert process.wait(60) == 0
    os.close(ours)
    found = re.findall(rf"{command}: at work for \d+ s \(\d+ s of processor, 0\.\d GB of memory\)", said.decode())  # fmt: skip
    assert (len(found) >= 2) == is_told
    assert bool(said) == is_told


def test_a_signal_is_passed_on() -> None:
    # short sleeps: a signal that comes just before one is heard after it
    body = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\nprint('ready', flush=True)\nfor _ in range(600): time.sleep(0.1)"
    with started(body) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.terminate()
        assert process.wait(60) == 7


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a child is not told")
def test_a_command_does_not_outlive_who_watches_it() -> None:
    with started("print(os.getpid(), flush=True)\ntime.sleep(600)") as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        process.kill()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return  # dead, and not buried yet
        except FileNotFoundError:
            return
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    pytest.fail("the command lived on")


def test_too_little_memory_is_said_before_a_library_hangs_of_it() -> None:
    limit = MIN_MEMORY // 2
    begun = time.monotonic()
    process = started("import pyarrow", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))  # fmt: skip
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert said.startswith(
        "train: There is too little memory to begin: this process may take 0.54 GB."
    )
    assert time.monotonic() - begun < 30
