"""Processes that make a registry or register a version, killed or at once: `python -m tests.registry_at_once <what> ...`.

One process imports MLflow, which takes seconds, and forks one child for each try.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.serve_project import ROOT, environment


def in_a_process(folder: Path, *words: object, **variables: str) -> Any:
    """What one of the functions below found, run in a process of its own with these environment variables."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.registry_at_once", *map(str, words)]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**environment(folder), "PYTHONPATH": path, **variables}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def forked(work: Callable[[], object]) -> int:
    """The number of a child that does the work and ends."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException as error:  # noqa: BLE001 - the child says what it died of
        print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    os._exit(0)


def status(child: int) -> int:
    """0 where the child ended well, negative where it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kills(kind: str, times: int) -> list[str]:
    """First creations killed with SIGKILL at times spread over the whole of one; then what the next process finds."""
    make = makers()[kind]
    started = time.monotonic()
    assert status(forked(lambda: make(Path(f"whole-{kind}.db")))) == 0
    lasts = time.monotonic() - started
    found = []
    for number in range(times):
        file = Path(f"killed-{kind}{number}.db")
        child = forked(lambda file=file: make(file))  # type: ignore[misc]
        time.sleep(lasts * number / times)
        os.kill(child, signal.SIGKILL)
        was_killed, is_there = status(child) < 0, file.exists()
        again = status(forked(lambda file=file: make(file)))  # type: ignore[misc]
        left = [path.name for path in Path().glob(f".{file.name}*")]
        found.append(f"killed={was_killed} there={is_there} again={again} left={left}")
    return found


def pairs(kind: str, times: int) -> list[list[int]]:
    """Two first creations at once."""
    make = makers()[kind]
    found = []
    for number in range(times):
        children = [forked(lambda: make(Path(f"pair-{kind}{number}.db"))) for _ in range(2)]  # noqa: B023
        found.append([status(child) for child in children])
    return found


def register_at_once(*folders: str) -> list[int]:
    """`register` in several projects at once."""
    from pipelines.register import register  # noqa: PLC0415
    from pipelines.settings import load  # noqa: PLC0415

    def work(folder: str) -> None:
        os.chdir(folder)
        register(load())

    children = [forked(lambda folder=folder: work(folder)) for folder in folders]  # type: ignore[misc]
    return [status(child) for child in children]


def promote_at_once(*numbers: str) -> list[int]:
    """`promote` of several versions at once, in the project of this folder."""
    from pipelines.errands.promote import promote  # noqa: PLC0415
    from pipelines.settings import load  # noqa: PLC0415

    children = [forked(lambda number=number: promote(load(), number, "Ann", "at once")) for number in numbers]  # type: ignore[misc]  # fmt: skip
    return [status(child) for child in children]


def recalibrate_at_once(times: str) -> list[int]:
    """`recalibrate` so many times at once, in the project of this folder."""
    from pipelines.recalibrate import recalibrate  # noqa: PLC0415
    from pipelines.settings import load  # noqa: PLC0415

    children = [forked(lambda: recalibrate(load())) for _ in range(int(times))]
    return [status(child) for child in children]


def makers() -> dict[str, Callable[[Path], object]]:
    """What makes a database at a path, by kind."""
    from models.registry.store import opened  # noqa: PLC0415
    from models.search.study import Storage, _opened  # noqa: PLC0415

    return {
        "registry": lambda path: opened(f"sqlite:///{path.resolve()}"),
        "studies": lambda path: _opened(Storage(f"sqlite:///{path.resolve()}")),
    }


if __name__ == "__main__":
    what, first, *others = sys.argv[1:]
    if what == "register":
        answer: Any = register_at_once(first, *others)
    elif what == "promote":
        answer = promote_at_once(first, *others)
    elif what == "recalibrate":
        answer = recalibrate_at_once(first)
    else:
        answer = {"kills": kills, "pairs": pairs}[what](first, int(others[0]))
    print(json.dumps(answer))
