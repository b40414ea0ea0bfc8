"""`make retrain` killed with SIGKILL, all its processes at once, at random moments and run again; then it must be as if nobody had.

    python -m benchmarks.killed --kills 100 --every 15

On a small book, from nothing to a champion. A run is begun again after each kill until one ends by itself; then the bytes of
features, model, scores and pages, dvc.lock, the registry's champion, its aliases, the receipt and the log of decisions are compared with
those of a run that was left alone, nothing unfinished may lie about, and the next run is begun from nothing.

Stages are forks of a process that has loaded the libraries (tests.warm), so that a kill falls into a stage's own work and not into
the loading of other people's code. A run is killed at a moment drawn evenly from 0 to twice `--every` seconds, and later where it was
killed in the same stage before. `--alone` names a run that was left alone earlier, of the same code. With `--after featurize` each run
begins where that stage has ended, so that the kills fall into those behind it.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from tests import warm
from tests.pipeline.conftest import COPIED, RETRAIN, Workspace, new_workspace
from tests.pipeline.test_pipeline_whole import digests, locked
from tests.warm import _started, warmed

SMALLER = (
    ("configs/portfolios/demo.yaml", r"every: month", "every: quarter"),
    ("configs/params.yaml", r"families: \[\]", "families: [ageing, billing, payments]"),
    ("configs/params.yaml", r"flavours: \[.*\]", "flavours: [by_hand, shallow]"),
    ("configs/params.yaml", r"members: 3", "members: 2"),
    ("configs/params.yaml", r"unseen_folds: 3", "unseen_folds: 2"),
    ("configs/params.yaml", r"origins: 3", "origins: 1"),
    ("configs/params.yaml", r"history: 24", "history: 4"),
)
"""What makes a run cheap and leaves no stage out."""
COMMANDS = " && ".join(["bonitas look", f"dvc repro {' '.join(RETRAIN)}", "bonitas attach", "bonitas decide"])  # fmt: skip
"""What `make retrain` does, after the champion has been looked at."""
DAY = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:+Z]+)?|evidence \w+|\(\d+\.\d s\)")
"""What no two runs share: moments, how long they took, and the digest over MLflow's own numbers and clock."""
RUNNING = re.compile(r"Running stage '(.+?)'")
LASTS = 3600.0
"""Seconds after which a run hangs."""


def begun(work: Workspace) -> subprocess.Popen[str]:
    """The whole pipeline, in a session of its own."""
    log = (work.folder.parent / f"{work.folder.name}.log").open("w")
    return subprocess.Popen(
        ["sh", "-c", COMMANDS], cwd=work.folder, env=warmed(work.environment), stdout=log, stderr=log,
        text=True, start_new_session=True,
    )  # fmt: skip


def offspring(process: int) -> list[int]:
    """The numbers of a process's children, of theirs, and so on."""
    try:
        own = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return []
    return [each for one in map(int, own) for each in (one, *offspring(one))]


def end(process: subprocess.Popen[str], idle: set[int]) -> None:
    """SIGKILL to all that works for it: its session, and the forks of the warm process."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    while at_work := set(offspring(_started()[1].pid)) - idle:
        for one in at_work:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        time.sleep(0.05)
    process.wait()


def stage_of(work: Workspace) -> str:
    """The stage that the killed run was in."""
    said = RUNNING.findall((work.folder.parent / f"{work.folder.name}.log").read_text())
    return said[-1] if said else "before the first"


def finished(work: Workspace, every: float, idle: set[int], kills: Counter[str]) -> str:
    """Runs until a run ends by itself; what it said last. Who is killed in one stage again is given longer."""
    last, longest = "", 2 * every
    while True:
        process = begun(work)
        try:
            process.wait(random.uniform(0, longest))  # noqa: S311 - no secret
        except subprocess.TimeoutExpired:
            end(process, idle)
            stage = stage_of(work)
            longest = longest * 1.5 if stage == last else max(2 * every, longest / 1.5)
            last = stage
            kills[stage] += 1
            print(f"killed in {stage}", flush=True)
            opens(work.folder)
            continue
        said = (work.folder.parent / f"{work.folder.name}.log").read_text()
        if process.returncode:
            raise SystemExit(f"a run after a kill ended with {process.returncode}:\n{said[-4000:]}")
        return said


def opens(folder: Path) -> None:
    """Whether the registry's database is whole after a kill, if it is there."""
    path = folder / "mlflow.db"
    if path.exists():
        with closing(sqlite3.connect(path)) as database:
            answer = database.execute("PRAGMA integrity_check").fetchone()
            version = database.execute("SELECT count(*) FROM alembic_version").fetchone()
        if answer != ("ok",) or version != (1,):
            raise SystemExit(f"the registry is not whole: {answer}, {version}")


def registry(work: Workspace) -> dict[str, Any]:
    """Versions, aliases and decisions, without the days."""
    with closing(sqlite3.connect(work.folder / "mlflow.db")) as database:
        aliases = database.execute("SELECT alias, version FROM registered_model_aliases ORDER BY 1").fetchall()  # fmt: skip
        versions = database.execute("SELECT version, value FROM model_version_tags WHERE key = 'digest' ORDER BY 1").fetchall()  # fmt: skip
    return {
        "aliases": aliases,
        "versions": versions,
        "history": DAY.sub("DAY", work.stage("history").stdout),
    }


def state(work: Workspace) -> dict[str, Any]:
    """All that must be the same."""
    left = [str(one.relative_to(work.folder)) for one in (work.folder / "data").rglob(".*") if one.name != ".gitignore"]  # fmt: skip
    return {**digests(work.folder), "lock": locked(work.folder), **registry(work), "left": left}


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """What two states disagree in."""
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def small(folder: Path, customers: int) -> Workspace:
    """A new project with the small book."""
    work = new_workspace(folder)
    work.set("configs/portfolios/demo.yaml", r"customers: \d+", f"customers: {customers}")
    for change in SMALLER:
        work.set(*change)
    return work


def begun_until(stage: str, folder: Path, alone: Workspace) -> Workspace:
    """The same project when a stage has ended."""
    work = anew(folder, alone)
    work.stage("look")
    work.call("dvc", "repro", stage)
    return work


def again(folder: Path, begin: Workspace) -> Workspace:
    """A project as another one is."""
    shutil.copytree(begin.folder, folder, symlinks=True)
    return Workspace(folder)


def anew(folder: Path, alone: Workspace) -> Workspace:
    """The same project before its first run: its code and settings, and nothing else."""
    for name in COPIED:
        source, target = alone.folder / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    work = Workspace(folder)
    work.call("dvc", "init", "--no-scm", "--quiet")
    work.call("dvc", "config", "core.analytics", "false")
    return work


def main() -> None:
    """Prints a line a finished run, and what the kills fell into."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--every", type=float, default=15.0)
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", type=Path)
    parser.add_argument("--after", help="the stage at whose end each run begins")
    told = parser.parse_args()
    random.seed(told.seed)
    warm.WAIT = LASTS
    kills: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="killed-") as temporary:
        folder, started = Path(temporary), time.monotonic()
        alone = Workspace(told.alone) if told.alone else small(folder / "alone", told.customers)
        _started()
        time.sleep(2.0)  # until it has forked the process that ends it with this one
        idle = set(offspring(_started()[1].pid))
        if not told.alone and begun(alone).wait(LASTS):
            raise SystemExit((folder / "alone.log").read_text()[-4000:])
        print(f"left alone: {time.monotonic() - started:.0f} s", flush=True)
        wanted, runs = state(alone), 0
        begin = begun_until(told.after, folder / "begin", alone) if told.after else None
        if ("champion", 1) not in wanted["aliases"]:
            raise SystemExit(f"the book makes no champion: {wanted['history']}")
        while kills.total() < told.kills:
            runs += 1
            place = folder / f"run{runs}"
            work = again(place, begin) if begin else anew(place, alone)
            finished(work, told.every, idle, kills)
            if wrong := differing(wanted, state(work)):
                kept = shutil.copytree(work.folder, Path(tempfile.mkdtemp(prefix="differs-")) / "run")  # fmt: skip
                raise SystemExit(f"run {runs} differs in {wrong}; it is kept in {kept}")
            shutil.rmtree(work.folder)
            print(f"run {runs}: {kills.total()} kills so far, the same in all", flush=True)
    print(
        f"{kills.total()} kills in {runs} runs: the same bytes, champion, aliases, receipt and log each time"
    )
    print(dict(sorted(kills.items())))


if __name__ == "__main__":
    main()
