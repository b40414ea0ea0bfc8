"""Promotions and registrations killed with SIGKILL at random moments; then registry, log, alias and receipt must agree.

    python -m benchmarks.decisions_killed --promotions 50 --registrations 10 --first 50

On the small project of the tests, in a real registry. One process imports MLflow and forks a child for each try, which is
killed at a moment drawn from the time an unharmed one takes. Another child then looks at the registry as any reader
does, which finishes what was pending, and says what it found; the try is repeated to its end before the next.
The first registration of all, into a registry that is not there yet, is tried in a new project each time, and what it leaves there
is compared to the byte with what one that was left alone left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.killed import opens
from benchmarks.starved import digests
from models.registry.log import CHAMPION
from models.registry.registry import Registry
from pipelines.errands.promote import promote
from pipelines.explain import explain
from pipelines.register import register
from pipelines.settings import load
from tests.registry_at_once import forked, status
from tests.serve_project import URI, inside, make, receipt, simulate, stand_in_git, write_model

FOUND = Path("found.json")


def must(holds: object) -> None:
    """Ends the run where something does not agree."""
    if not holds:
        raise SystemExit("registry, log, alias and receipt do not agree")


def prepared() -> None:
    """A champion and a challenger."""
    book = simulate()
    make(Path(), book)
    explain(load())
    register(load())
    stand_in_git(Path())
    write_model(Path(), book, trees=38)
    register(load())


def seen() -> None:
    """What a reader finds: log and alias, which it has brought to agree."""
    registry = Registry(URI, "demo")
    champion, log = registry.crowned(), registry.log.read()
    must(log.pending is None)
    must(champion == log.champion == registry.log.aliased(CHAMPION))
    versions = registry.versions()
    digests = [one.tags["digest"] for one in versions]
    must(len(digests) == len(set(digests)))
    FOUND.write_text(json.dumps({"champion": champion, "lines": len(log.decisions), "versions": len(versions)}))  # fmt: skip


def looked() -> dict[str, object]:
    """`seen` in a process of its own."""
    must(status(forked(seen)) == 0)
    found: dict[str, object] = json.loads(FOUND.read_text())
    return found


def killed(work: Callable[[], object], lasts: float) -> bool:
    """Whether a child that does the work could be killed before it ended."""
    child = forked(work)
    time.sleep(random.uniform(0, lasts))  # noqa: S311 - no secret
    os.kill(child, signal.SIGKILL)
    return status(child) < 0


def timed(work: Callable[[], object]) -> float:
    """Seconds that a child takes for it."""
    started = time.monotonic()
    must(status(forked(work)) == 0)
    return time.monotonic() - started


def promoted(target: str, number: int) -> None:
    """One promotion."""
    promote(load(), target, "Ann", f"try {number}")


def promotions(times: int) -> str:
    """Promotions from one version to the other and back."""
    lasts = timed(partial(promoted, "2", 0))
    counted: Counter[str] = Counter()
    for number in range(times):
        before = looked()
        target = "1" if before["champion"] == "2" else "2"
        decide = partial(promoted, target, number)
        was_killed = killed(decide, lasts)
        after = looked()
        is_done = after["champion"] == target
        must(after["lines"] == int(str(before["lines"])) + is_done)
        if not is_done:
            must(status(forked(decide)) == 0)
            must(looked() == {**after, "champion": target, "lines": int(str(after["lines"])) + 1})
        counted[f"killed={was_killed} decided={is_done}"] += 1
    return f"{times} promotions, {dict(sorted(counted.items()))}: log and alias agreed each time, one line a decision"


def registrations(times: int) -> str:
    """Registrations of a new model each, repeated to the end after the kill."""
    book = simulate()
    lasts = 0.0
    counted: Counter[str] = Counter()
    for number in range(times + 1):
        # in a child as well: threads of LightGBM do not survive a fork
        must(status(forked(partial(write_model, Path(), book, trees=10 + number))) == 0)
        before = int(str(looked()["versions"]))
        if number == 0:
            lasts = timed(lambda: register(load()))
            continue
        counted[f"killed={killed(lambda: register(load()), lasts)}"] += 1
        looked()
        must(status(forked(lambda: register(load()))) == 0)
        must(looked()["versions"] == before + 1)
        must(receipt()["version"] == str(before + 1))
        must(receipt()["alias"] == "challenger")
    return f"{times} registrations, {dict(counted)}: one version each, receipt and registry agreed"


def registered(folder: Path) -> None:
    """The registration of one project."""
    with inside(folder):
        register(load())


def firsts(times: int) -> str:
    """First registrations in new projects, killed up to twice and then repeated to the end."""
    begin, alone, trial = Path("begin"), Path("alone"), Path("trial")
    begin.mkdir()
    must(status(forked(partial(unregistered, begin))) == 0)
    shutil.copytree(begin, alone)
    lasts = timed(partial(registered, alone))
    wanted = digests(alone, "data")
    counted: Counter[str] = Counter()
    for number in range(times):
        shutil.rmtree(trial, ignore_errors=True)
        shutil.copytree(begin, trial)
        for _ in range(1 + number % 2):
            counted[f"killed={killed(partial(registered, trial), lasts)}"] += 1
            opens(trial)
            counted["a registry was there"] += (trial / "mlflow.db").exists()
        must(status(forked(partial(registered, trial))) == 0)
        with inside(trial):
            must(looked() == {"champion": "1", "lines": 1, "versions": 1})
            FOUND.unlink()
        must(digests(trial, "data") == wanted)
        left = [one.name for one in trial.rglob(".*") if one.name.endswith(".partial") or one.name.startswith(".mlflow")]  # fmt: skip
        must(not left)
        print(f"{number + 1} first registrations: {dict(counted)}", flush=True)
    return f"{times} first registrations, {dict(counted)}: the same bytes, one version, one champion and one decision each time"


def unregistered(folder: Path) -> None:
    """A project that is ready for its first registration."""
    with inside(folder):
        make(Path(), simulate())
        explain(load())


def main() -> None:
    """Prints a line for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--promotions", type=int, default=50)
    parser.add_argument("--registrations", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    random.seed(told.seed)
    with tempfile.TemporaryDirectory() as folder, inside(Path(folder)):
        if told.first:
            print(firsts(told.first), flush=True)
        if not told.promotions and not told.registrations:
            return
        must(status(forked(prepared)) == 0)
        print(promotions(told.promotions), flush=True)
        print(registrations(told.registrations), flush=True)


if __name__ == "__main__":
    main()
