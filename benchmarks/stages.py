"""What stages cost in two builds, run in turn so that the machine's other load weighs on both.

`python -m benchmarks.stages OTHER --stages train origins --times 2` where OTHER is a checkout of the other build; in both a run of the demo has finished,
each with its own `data/`, which the stages write anew. Processor seconds (user and system, of the stage and its threads) are printed beside
wall time: on a shared machine only they, and their ratio, say something. Kept trials of the search and kept queries are put aside first, as in a
fresh clone, so nothing of an earlier run is played; `--keep` leaves them.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
KEPT = (".bonitas/studies.db", ".bonitas/programs", "data/interim/known")


@dataclass(frozen=True, slots=True)
class Cost:
    """One run of a stage: processor seconds and seconds by the clock."""

    cpu: float
    wall: float


def cost(folder: Path, stage: str, *, is_kept: bool) -> Cost:
    """Runs a stage of a checkout in its own folder."""
    if not is_kept:
        for name in KEPT:
            path = folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    paths = {"PYTHONPATH": f"{folder / 'src'}{os.pathsep}{folder}", "DO_NOT_TRACK": "true"}
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pipelines", stage],
        cwd=folder,
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{stage} in {folder} failed:\n{done.stdout}\n{done.stderr}")
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(used, wall)


def main() -> None:
    """Prints one row a stage: least of the runs of each build."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("other", type=Path)
    asked.add_argument("--stages", nargs="+", required=True)
    asked.add_argument("--times", type=int, default=1)
    asked.add_argument("--keep", action="store_true")
    given = asked.parse_args()
    print(f"load {os.getloadavg()[0]:.0f}; CPU-s (by the clock)")
    print("| stage | other | here | ratio |\n|---|---|---|---|")
    for stage in given.stages:
        runs: dict[Path, list[Cost]] = {given.other.resolve(): [], HERE: []}
        for _ in range(given.times):
            for folder, found in runs.items():
                found.append(cost(folder, stage, is_kept=given.keep))
        then, now = (min(found, key=lambda one: one.cpu) for found in runs.values())
        ratio = now.cpu / then.cpu
        print(f"| {stage} | {then.cpu:.1f} ({then.wall:.0f}) | {now.cpu:.1f} ({now.wall:.0f}) | {ratio:.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
