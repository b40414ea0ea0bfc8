"""Every stage with too little room, too little memory, or nowhere to write: one message with the right advice, and the same bytes afterwards.

    python -m benchmarks.starved --stages train explain      # as root: mounts are made of small and of read-only disks

A small project is taken from nothing through all stages. Before each, copies of it run that stage under one limit at a time:

- files: no file may grow beyond so many bytes (`ulimit -f`), down from the largest that the stage writes to none at all;
- disk: the whole project on a disk with room for a part of what the stage writes; and a temporary folder without room;
- memory: a share of the address space that the stage took when it was left alone (`ulimit -v`); and of the engine's own limit;
- read-only: the whole project, each folder that the stage writes to, and the temporary folder.

A stage may end well, with the bytes it makes when left alone, or with code 2 and one message of the limit's own kind. Each file
that is there afterwards is the earlier or the finished one, nothing unfinished lies about, and the next run makes the same bytes.
A row of the table is a stage and a kind of limit: how often it was tried, ended well, ended in its message, and what went wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from benchmarks.killed import end, offspring, small
from pipelines import ROOT
from pipelines.cli import STAGES
from tests import warm
from tests.pipeline.conftest import Workspace
from tests.warm import _started, warmed

FLOW = (*STAGES[: STAGES.index("monitor")], "report", *STAGES[STAGES.index("monitor") :])
DISK, MEMORY, READ_ONLY = "The disk is full", "(The memory of this process ran out|The work does not fit into the engine|The process was killed|The process broke down|There is too little memory|The process was ended by a library|No chart can be drawn)", "(A place cannot be written to|A folder cannot be replaced)"  # fmt: skip
SHARES = (0.0, 0.5, 0.9)
"""Of the address space that a stage takes beyond the libraries', where no others are asked for."""
IDLE: set[int] = set()
"""Processes of the warm one that are no stage."""
TOLD = (2, 134, 135, 137, 139)
"""A message of the stage, and of whoever watches it where a library or the system ended it."""
LASTS = 900.0
TIMINGS = ".bonitas/timings.jsonl"
BEGIN = "begin"
WAIVED = "waivers:\\n" + "".join(f"  {code}: So small a book shows little, and its version is none to lend by\\n" for code in ("PD-D1", "PD-D2", "PD-O1", "PD-G1", "PD-P1", "PD-H1"))  # fmt: skip
"""Gates that so few customers cannot pass, so that there is a version."""
SAME = ("data", "reports")
"""What must be the same to the byte; MLflow's and Optuna's databases hold moments."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One way to starve a stage.

    Attributes:
        kind: of limit, a row of the table.
        shown: how much of it.
        message: what must be said of it.
        own: called in the new process before it runs.
        around: what is done to the copy of the project while it runs; gives further environment.
    """

    kind: str
    shown: str
    message: str
    own: Callable[[], None] = lambda: None
    around: Callable[[Path], AbstractContextManager[Any]] = field(default=lambda _: nullcontext())


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    code: int
    said: str
    seconds: float
    peak: int


def started(folder: Path, stage: str, limit: Limit | None = None, *, is_own: bool = False) -> Ended:
    """A stage in a fork of the process that has loaded the libraries; or as users start it, in a process of its own that is watched."""
    begun, peak = time.monotonic(), 0
    with ExitStack() as held:
        more = held.enter_context(limit.around(folder)) if limit else None
        plain = {**Workspace(folder).environment, **(more or {})}
        command = [sys.executable, "-m", "pipelines", stage] if is_own else ["bonitas", stage]
        child = subprocess.Popen(
            command, cwd=folder, env=plain if is_own else warmed(plain), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, preexec_fn=limit.own if limit else None, start_new_session=True,  # noqa: PLW1509 - before any thread of ours runs
        )  # fmt: skip
        said: list[str] = []
        reader = Thread(target=lambda: said.append(child.stdout.read()))
        reader.start()
        while child.poll() is None:
            peak = max(peak, *(taken(one) for one in offspring(server().pid)), 0)
            if time.monotonic() - begun > LASTS:
                end(child, IDLE)
            time.sleep(0.01)
        reader.join()
        return Ended(child.returncode, said[0], time.monotonic() - begun, peak)


def server() -> subprocess.Popen[bytes]:
    """The process that has loaded the libraries."""
    return _started()[1]


def taken(process: int) -> int:
    """The most address space that a process has taken, in bytes."""
    with suppress(OSError):
        found = re.search(r"VmPeak:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0


def digests(folder: Path, *within: str) -> dict[str, str]:
    """The sha256 of each file, by its path."""
    return {
        str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest()
        for name in within
        for one in sorted((folder / name).rglob("*"))
        if one.is_file()
        and not any(part.startswith(".") for part in one.relative_to(folder / name).parts)
    }


def sizes(folder: Path, known: dict[str, str]) -> dict[str, int]:
    """The size of each file that is new or changed."""
    now = digests(folder, *SAME, ".bonitas", ".")
    return {name: (folder / name).stat().st_size for name, kept in now.items() if known.get(name) != kept and name.partition("/")[0] in (*SAME, ".bonitas", "mlflow.db", "mlruns") and TIMINGS not in name and "__pycache__" not in name}  # fmt: skip


def at_most(kind: int, number: int) -> Callable[[], None]:
    """Sets a limit of the operating system on the process itself."""
    return lambda: resource.setrlimit(kind, (number, number))


def mount(*words: str | Path) -> None:
    """Calls `mount`."""
    subprocess.run(["mount", *map(str, words)], check=True)


@contextmanager
def small_disk(folder: Path, room: int) -> Iterator[None]:
    """The folder on a disk that has so many bytes free."""
    aside = shutil.move(folder, folder.with_suffix(".aside"))
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={1 << 30}", "none", folder)
    shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)
    used = shutil.disk_usage(folder).used
    mount("-o", f"remount,size={-(-(used + room) // 4096) * 4096}", folder)
    try:
        yield
    finally:
        shutil.rmtree(aside)
        shutil.copytree(folder, aside, symlinks=True)
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()
        Path(aside).rename(folder)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in the folder can be written."""
    folder.mkdir(parents=True, exist_ok=True)
    mount("--bind", folder, folder)
    mount("-o", "remount,bind,ro", folder)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def no_temporary(_: Path, *, is_full: bool) -> Iterator[dict[str, str]]:
    """A temporary folder that is full, or may not be written to."""
    with tempfile.TemporaryDirectory(prefix="starved-") as place:
        mount("-t", "tmpfs", "-o", "size=64k,nr_inodes=9" if is_full else "ro", "none", place)
        try:
            if is_full:
                with suppress(OSError):
                    (Path(place) / "full").write_bytes(bytes(1 << 20))
            yield {"TMPDIR": place, "SQLITE_TMPDIR": place}
        finally:
            subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def engine_of(folder: Path, limit: str) -> Iterator[None]:
    """The engine's own memory limit."""
    path = folder / "configs/params.yaml"
    kept = path.read_text()
    path.write_text(re.sub(r"memory_limit: \S+", f"memory_limit: {limit}", kept))
    try:
        yield
    finally:
        path.write_text(kept)


def limits(written: dict[str, int], peak: int, shares: Sequence[float]) -> Iterator[Limit]:
    """All that a stage is tried with: by what it writes, and the address space it takes."""
    steps = sorted({0, *(max(0, size - 1) for size in written.values())})
    for most in steps[:: max(1, len(steps) // 3)]:
        yield Limit("files", f"{most} bytes", DISK, at_most(resource.RLIMIT_FSIZE, most))
    libraries = taken(server().pid)
    for share in shares:
        most = int(libraries + share * (peak - libraries))
        yield Limit("memory", f"{most / 1e9:.2f} GB", MEMORY, at_most(resource.RLIMIT_AS, most))
    for engine in ("1MB", "40MB"):
        yield Limit(
            "engine", engine, MEMORY, around=lambda folder, engine=engine: engine_of(folder, engine)
        )  # type: ignore[misc]
    if os.geteuid():
        return
    total = sum(written.values())
    for share in (0.0, 0.6):
        yield Limit(
            "disk",
            f"{share:.0%}",
            DISK,
            around=lambda folder, room=int(total * share): small_disk(folder, room),
        )  # type: ignore[misc]
    yield Limit("disk", "TMPDIR", DISK, around=lambda folder: no_temporary(folder, is_full=True))
    yield Limit("read-only", "TMPDIR", READ_ONLY, around=lambda folder: no_temporary(folder, is_full=False))  # fmt: skip
    for name in sorted({".", *(str(Path(one).parent) for one in written)}):
        yield Limit(
            "read-only", name, READ_ONLY, around=lambda folder, name=name: read_only(folder / name)
        )  # type: ignore[misc]


def wrong(folder: Path, ended: Ended, limit: Limit, before: dict[str, str], wanted: dict[str, str]) -> str:  # fmt: skip
    """What is not as it must be; empty where all is."""
    now = digests(folder, *SAME)
    half = [name for name, kept in now.items() if kept not in (before.get(name), wanted.get(name))]
    if half:
        return f"half-written: {half[:3]}"
    if ended.code == 0:
        return "" if now == wanted else f"other bytes: {differing(now, wanted)}"
    if ended.code not in TOLD or "Traceback" in ended.said:
        return f"code {ended.code}: {ended.said.strip()[-300:]}"
    if not re.search(limit.message, ended.said) or ended.said.count("  do:    ") != 1:
        return f"not its message: {ended.said.strip()[:500]}"
    return ""


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """The names in which two disagree, a few of them."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))[:4]


class Starved:
    """A project stage by stage, and what came of its tries.

    Args:
        kept: a folder with the project as it is before the first stage, and as each stage leaves it.
        shares: of the address space that a stage takes beyond the libraries', one try each.
        is_own: whether tries are processes of their own, which are watched, and not forks of one that has loaded the libraries.
    """

    def __init__(
        self, kept: Path, shares: Sequence[float] = SHARES, *, is_own: bool = False
    ) -> None:
        self.kept, self.shares, self.is_own = kept, shares, is_own
        self.rows: dict[tuple[str, str], Counter[str]] = {}
        self.faults: list[str] = []

    def begin(self, customers: int) -> None:
        """The project before its first stage."""
        if not (self.kept / BEGIN).exists():
            work = small(self.kept / BEGIN, customers)
            work.set("configs/portfolios/demo.yaml", r"waivers:.*\n", WAIVED)

    def seconds(self, name: str) -> float:
        """How long a stage took when it was left alone."""
        return float(json.loads((self.kept / f"{name}.json").read_text())["seconds"])

    def stage(self, place: int, kinds: list[str] | None) -> None:
        """Runs a stage alone, where that is not kept from earlier, and then under all limits of these kinds."""
        name, before = FLOW[place], self.kept / ("begin" if place == 0 else FLOW[place - 1])
        after, note = self.kept / name, self.kept / f"{name}.json"
        if not note.exists():
            shutil.rmtree(after, ignore_errors=True)
            copied(before, after)
            done = started(after, name)
            if done.code:
                raise SystemExit(f"{name} failed when left alone:\n{done.said[-3000:]}")
            look(after, name)
            note.write_text(json.dumps({"peak": done.peak, "seconds": done.seconds}))
        if kinds is None:
            return
        alone, written = (
            json.loads(note.read_text()),
            sizes(after, digests(before, *SAME, ".bonitas", ".")),
        )
        print(f"# {name}: {alone['seconds']:.0f} s, {alone['peak'] / 1e9:.2f} GB, {len(written)} files, {sum(written.values()):,} bytes", flush=True)  # fmt: skip
        for limit in limits(written, alone["peak"], self.shares):
            if not kinds or limit.kind in kinds:
                self.tried(name, limit, before, after)

    def tried(self, name: str, limit: Limit, before: Path, after: Path) -> None:
        """One try, and the next run after it."""
        trial, old, wanted = self.kept / "trial", digests(before, *SAME), digests(after, *SAME)
        shutil.rmtree(trial, ignore_errors=True)
        copied(before, trial)
        ended = started(trial, name, limit, is_own=self.is_own)
        if not ended.code:
            look(trial, name)
        found = wrong(trial, ended, limit, old, wanted)
        if ended.code and not found and is_touched(before, trial):
            found = again(trial, name, wanted)
        how = "wrong" if found else "message" if ended.code else "well"
        self.rows.setdefault((name, limit.kind), Counter())[how] += 1
        if found:
            self.faults.append(f"{name}, {limit.kind} {limit.shown}: {found}")
        print(f"{name:12} {limit.kind:9} {limit.shown:22} {how:8} {ended.seconds:5.1f} s  {found}", flush=True)  # fmt: skip
        shutil.rmtree(trial)


def copied(source: Path, target: Path) -> None:
    """A project as another one is, with the code of today."""
    shutil.copytree(
        source, target, symlinks=True, ignore=shutil.ignore_patterns("src", "pipelines")
    )
    for name in ("src", "pipelines"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("*.pyc.*"))


def is_touched(before: Path, trial: Path) -> bool:
    """Whether the run that failed left anything that the next one may read."""
    kept = ("data", "reports", ".bonitas", "mlruns")
    one, other = (digests(folder, *kept) for folder in (before, trial))
    files = [one.relative_to(trial) for one in trial.glob("mlflow.db*")]
    return {k: v for k, v in one.items() if k != TIMINGS} != {k: v for k, v in other.items() if k != TIMINGS} or any(not (before / name).exists() for name in files)  # fmt: skip


def look(folder: Path, name: str) -> None:
    """The look at the champion that `register` reads, where that follows."""
    if FLOW[FLOW.index(name) + 1 :][:1] == ("register",):
        started(folder, "look")


def again(trial: Path, name: str, wanted: dict[str, str]) -> str:
    """The next run, and what is wrong with it."""
    after = started(trial, name)
    look(trial, name)
    left = [str(one.relative_to(trial)) for one in trial.rglob("*") if re.search(r"\.(partial|replaced)(-\w+)?$", one.name)]  # fmt: skip
    now = digests(trial, *SAME)
    if after.code or now != wanted or left:
        return f"the next run: code {after.code}, {differing(now, wanted)}, left {left[:3]}: {after.said[-300:] if after.code else ''}"
    return ""


def main() -> None:
    """Prints a line a try, then the table and the faults."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--stages", nargs="+", choices=FLOW, default=list(FLOW))
    parser.add_argument("--kinds", nargs="+", default=[], help="of limits; all by default")
    parser.add_argument("--shares", nargs="+", type=float, default=list(SHARES), help="of the address space that a stage takes beyond the libraries'")  # fmt: skip
    parser.add_argument("--own", action="store_true", help="processes of their own, as users start them")  # fmt: skip
    parser.add_argument("--kept", type=Path, help="where the project is kept after each stage, for another time")  # fmt: skip
    told = parser.parse_args()
    warm.WAIT = LASTS
    server()
    time.sleep(2.0)  # until it has forked the process that ends it with this one
    IDLE.update(offspring(server().pid))
    with tempfile.TemporaryDirectory(prefix="starved-") as temporary:
        starved = Starved(told.kept or Path(temporary), told.shares, is_own=told.own)
        starved.begin(told.customers)
        for place in range(1 + max(FLOW.index(one) for one in told.stages)):
            starved.stage(place, told.kinds if FLOW[place] in told.stages else None)
    print(
        "\n| stage | limit | tried | ended well | ended in its message | wrong |\n|---|---|---|---|---|---|"
    )
    for (name, kind), row in starved.rows.items():
        print(
            f"| {name} | {kind} | {row.total()} | {row['well']} | {row['message']} | {row['wrong']} |"
        )
    print("\n".join(starved.faults))


if __name__ == "__main__":
    main()
