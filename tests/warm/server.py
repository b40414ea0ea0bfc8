"""The process with the libraries loaded: forks for each request, on a socket, and answers with the exit code.

It holds one thread and has computed nothing, so that a fork starts as a new process does. Ends with the process that started it.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import resource
import runpy
import signal
import socket
import sys
import tempfile
import threading
from contextlib import suppress

LIBRARIES = (
    "altair", "babel.core", "babel.dates", "babel.numbers", "duckdb", "dvc.cli", "dvc.commands.repro", "dvc.repo",
    "dvc.repo.reproduce", "dvc.stage.run", "ibis", "ibis.backends.duckdb", "jinja2", "lightgbm", "mlflow", "mlflow.pyfunc",
    "mlflow.tracking", "mlflow.store.tracking.sqlalchemy_store", "optbinning", "optuna", "pandas", "pandera.ibis",
    "pandera.pandas", "pyarrow.dataset", "pyarrow.parquet", "pydantic", "python_calamine", "rich.console", "scipy.stats",
    "shap", "sklearn.isotonic", "sklearn.linear_model", "sklearn.metrics", "sqlalchemy", "statsmodels.api", "typer",
    "vl_convert", "xlsxwriter", "yaml",
)  # fmt: skip
"""What the stages import, by the name that brings most of it."""
CHUNK = 1 << 16
LOADED_IN = 120
"""Seconds of the processor within which they load; ten are usual. The clock on the wall says nothing where others work on the same machine."""


def main(address: str) -> None:
    """Serves until its standard input, held by the process that asks, is closed."""
    allowed = resource.getrlimit(resource.RLIMIT_CPU)
    if allowed[0] == resource.RLIM_INFINITY or allowed[0] > LOADED_IN:
        resource.setrlimit(resource.RLIMIT_CPU, (LOADED_IN, allowed[1]))
    for name in LIBRARIES:
        importlib.import_module(name)
    resource.setrlimit(resource.RLIMIT_CPU, allowed)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries those who have answered
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen(8)
        _watch_owner()
        while True:
            asking, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _answer(asking)
            asking.close()


def _watch_owner() -> None:
    """A child that waits for the owner's end of the pipe to close, and then ends this process."""
    served = os.getpid()
    if os.fork() == 0:
        while os.read(0, 1):
            pass
        with suppress(ProcessLookupError):
            os.kill(served, signal.SIGKILL)
        os._exit(0)


def _answer(asking: socket.socket) -> None:
    """Runs one request in a child, so that this process lives to say how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    text, streams, _, _ = socket.recv_fds(asking, CHUNK, 3)
    while not text.endswith(b"\n"):
        text += asking.recv(CHUNK)
    request = json.loads(text)
    child = os.fork()
    if child == 0:
        asking.close()
        _become(request, streams)
    for stream in streams:
        os.close(stream)
    _, status = os.waitpid(child, 0)
    with suppress(BrokenPipeError, ConnectionResetError):
        asking.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(request: dict[str, object], streams: list[int]) -> None:
    """This process as `python -m module words...` in a folder, with an environment, the limits of who asked, and its three streams."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    folder, environment, words, limits = (request[one] for one in ("folder", "environment", "words", "limits"))  # fmt: skip
    assert isinstance(folder, str)
    assert isinstance(environment, dict)
    assert isinstance(words, list)
    assert isinstance(limits, list)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    path = [one for one in environment.get("PYTHONPATH", "").split(os.pathsep) if one]
    sys.path[:] = [folder, *path, *sys.path[1:]]
    sys.argv = words
    tempfile.tempdir = None  # of its own environment
    for kind, soft, hard in limits:
        resource.setrlimit(kind, (soft, hard))
    code = 1
    try:
        _run(words[0])
        code = 0
    except SystemExit as ended:
        code = _code(ended)
    except BaseException:  # noqa: BLE001 - as the interpreter does: the traceback, and 1
        sys.excepthook(*sys.exc_info())
    finally:
        _leave(code)


def _leave(code: int) -> None:
    """As an interpreter ends, without taking the libraries down one by one."""
    threading._shutdown()  # type: ignore[attr-defined] # waits for threads, as at any end
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError, ValueError):
            stream.flush()
    os._exit(code)


def _run(module: str) -> None:
    if module == "dvc":
        raise SystemExit(importlib.import_module("dvc.cli").main(sys.argv[1:]))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _code(ended: SystemExit) -> int:
    if ended.code is None or isinstance(ended.code, int):
        return ended.code or 0
    print(ended.code, file=sys.stderr)
    return 1


if __name__ == "__main__":
    main(sys.argv[1])
