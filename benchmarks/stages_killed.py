"""Single stages killed with SIGKILL at moments spread evenly over their length, and run again: the same bytes, and one champion.

    python -m benchmarks.stages_killed --stages train evaluate explain report register --kills 12

`benchmarks.killed` kills whole runs, most of whose time is spent in a few stages; here each stage has its own number of kills.
The project is that of `benchmarks.starved`, and may be kept for both. After each kill every file is the earlier or the finished
one; then the stage is killed once more or left to end, at random, and what it makes is compared with what it made when left alone.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks.killed import end, offspring, opens
from benchmarks.starved import (
    FLOW,
    IDLE,
    LASTS,
    SAME,
    Starved,
    copied,
    differing,
    digests,
    server,
    started,
)
from tests import warm
from tests.pipeline.conftest import Workspace
from tests.warm import warmed


def killed(folder: Path, stage: str, after: float) -> bool:
    """Whether a stage that is begun was still at work after so many seconds, and was killed."""
    child: subprocess.Popen[str] = subprocess.Popen(
        ["bonitas", stage], cwd=folder, env=warmed(Workspace(folder).environment), text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        child.wait(after)
    except subprocess.TimeoutExpired:
        end(child, IDLE)
        return True
    return False


def champions(folder: Path) -> list[Any]:
    """Aliases and digests of the registry, where there is one."""
    if not (folder / "mlflow.db").exists():
        return []
    with closing(sqlite3.connect(folder / "mlflow.db")) as database:
        aliases = database.execute("SELECT alias, version FROM registered_model_aliases ORDER BY 1").fetchall()  # fmt: skip
        return [aliases, database.execute("SELECT version, value FROM model_version_tags WHERE key = 'digest'").fetchall()]  # fmt: skip


def tried(kept: Path, name: str, moments: list[float]) -> int:
    """Kills a stage at these moments in turn, in one project, and then lets it end; how many of them killed it."""
    before, after, trial = kept / FLOW[FLOW.index(name) - 1], kept / name, kept / "killed"
    old, wanted = digests(before, *SAME), digests(after, *SAME)
    shutil.rmtree(trial, ignore_errors=True)
    copied(before, trial)
    number = 0
    for moment in moments:
        number += killed(trial, name, moment)
        opens(trial)
        half = [
            path
            for path, found in digests(trial, *SAME).items()
            if found not in (old.get(path), wanted.get(path))
        ]
        if half:
            raise SystemExit(f"{name}, killed after {moment:.1f} s: neither old nor new: {half}")
    done = started(trial, name)
    found = digests(trial, *SAME)
    left = [one for place in ("data/**", "reports/**", "") for one in trial.glob(f"{place}/.*.partial".lstrip("/"))]  # fmt: skip
    if done.code or found != wanted or left or champions(trial) != champions(after):
        raise SystemExit(f"{name}, killed after {moments}: code {done.code}, {differing(found, wanted)}, left {left}, {champions(trial)}\n{done.said[-2000:]}")  # fmt: skip
    return number


def main() -> None:
    """Prints a line a stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--customers", type=int, default=220)
    parser.add_argument("--stages", nargs="+", choices=FLOW[1:], default=["train", "evaluate", "explain", "register", "report"])  # fmt: skip
    parser.add_argument("--kills", type=int, default=12, help="of each stage")
    parser.add_argument("--in-a-row", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kept", type=Path)
    told = parser.parse_args()
    random.seed(told.seed)
    warm.WAIT = LASTS
    server()
    time.sleep(2.0)  # until it has forked the process that ends it with this one
    IDLE.update(offspring(server().pid))
    with tempfile.TemporaryDirectory(prefix="killed-") as temporary:
        kept = told.kept or Path(temporary)
        starved = Starved(kept)
        starved.begin(told.customers)
        for place in range(1 + max(FLOW.index(one) for one in told.stages)):
            starved.stage(place, None)
        for name in told.stages:
            lasts, number, rows = starved.seconds(name), 0, 0
            while number < told.kills:
                moments = [random.uniform(0, lasts) for _ in range(told.in_a_row)]  # noqa: S311 - no secret
                number += tried(kept, name, moments)
                rows += 1
            print(f"{name}: {number} kills in {rows} projects, {lasts:.0f} s when left alone: the same bytes and champion each time", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
