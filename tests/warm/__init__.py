"""Commands of the project in a fork of a process that has loaded the libraries, instead of loading them for each command.

What is asked is a stage or DVC in a project's folder. The fork imports *that folder's* code, from its files; of what a new
process would do it leaves out only the loading of other people's libraries, three quarters of a small stage's time.
Tests that are about a new process (what it loads, prints or reports) start one.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from tests.warm.ask import ADDRESS

WAIT = 1800.0
"""Seconds for the libraries to load, on a machine however busy; the process itself ends where it has used more than `server.LOADED_IN` of its own."""


@cache
def _started() -> tuple[Path, subprocess.Popen[bytes]]:
    """A folder with the socket and the two commands, and the process; its input is held open as long as this one lives."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    here = Path(__file__).parent
    body = (here / "ask.py").read_text(encoding="utf-8")
    for name in ("bonitas", "dvc"):
        command = folder / name
        command.write_text(f"#!{sys.executable} -ISE\n{body}", encoding="utf-8")
        command.chmod(0o755)
    environment = {
        **os.environ,
        "PYTHONPATH": "",
        "OMP_WAIT_POLICY": "PASSIVE",
        "OPENBLAS_NUM_THREADS": "1",
    }  # read as OpenMP loads, as in `pipelines`
    log = (folder / "log").open("wb")
    server = subprocess.Popen(
        [sys.executable, str(here / "server.py"), str(folder / "socket")],
        env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log,
    )  # fmt: skip
    log.close()
    until = time.monotonic() + WAIT
    while not (folder / "socket").exists():
        ended = server.poll()
        assert ended is None, f"ended with {ended}:\n{(folder / 'log').read_text(encoding='utf-8')}"
        assert time.monotonic() < until, "the libraries have not loaded"
        time.sleep(0.05)
    return folder, server


def warmed(environment: dict[str, str]) -> dict[str, str]:
    """The environment in which `bonitas` and `dvc` are forks of the warm process."""
    folder, _ = _started()
    path = f"{folder}{os.pathsep}{environment['PATH']}"
    return {**environment, "PATH": path, ADDRESS: str(folder / "socket")}
