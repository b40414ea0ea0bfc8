"""What `evaluate` costs beside another commit: processor seconds of the stage on the simulated book, both in turn.

`python -m benchmarks.evaluate --beside <folder of another commit> [--customers 400] [--times 3]`. Each build makes its own book and models
first, in a folder of its own, from its own code, with its own `.venv` where there is one; only `evaluate` is measured. Seconds of a
processor, for a machine that is shared says nothing by a clock; the least of the runs counts.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("configs", "pipelines", "src")
MEASURED = "evaluate"
FEW = {"customers": "configs/portfolios/demo.yaml", "trials": "configs/params.yaml"}
"""By key that is set for both, where it stands; what is searched is not what is measured."""


class Build:
    """A copy of a commit in a folder of its own.

    Args:
        source: where the commit is checked out.
        folder: where to.
        customers: of the simulated book.
    """

    def __init__(self, source: Path, folder: Path, customers: int) -> None:
        own = source / ".venv/bin/python"
        self.python = str(own if own.exists() else sys.executable)
        self.folder = folder
        for name in COPIED:
            ignored = shutil.ignore_patterns("*.egg-info", "__pycache__")
            shutil.copytree(source / name, folder / name, ignore=ignored)
        shutil.copy(source / "dvc.yaml", folder)
        for key, value in (("customers", customers), ("trials", 1)):
            path = folder / FEW[key]
            text = path.read_text(encoding="utf-8")
            path.write_text(
                re.sub(rf"(?m)^(\s+{key}:) \d+", rf"\1 {value}", text), encoding="utf-8"
            )
        flow = yaml.safe_load((source / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
        # before there was a stage for it, what lies outside was noted by hand
        look = {} if "outside" in flow else {"look": "python -m pipelines.errands.look"}
        self.stages = look | {name: one["cmd"] for name, one in flow.items() if "cmd" in one}

    def run(self, stage: str) -> float:
        """Processor seconds of one stage."""
        module = self.stages[stage].replace("bonitas ", "python -m pipelines ")
        environment = {**os.environ, "PYTHONPATH": f"{self.folder}:{self.folder / 'src'}"}
        environment.pop(
            "PYTHONDONTWRITEBYTECODE", None
        )  # or every run compiles, which is not measured
        printed = self.folder / f"{stage}.out"
        with printed.open("w", encoding="utf-8") as out:
            command = [self.python, *module.split()[1:]]
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=out, stderr=out)  # fmt: skip
            _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{stage} failed in {self.folder}:\n{printed.read_text(encoding='utf-8')}")
        return usage.ru_utime + usage.ru_stime

    def before(self) -> None:
        """All that comes before the stage that is measured."""
        for stage in self.stages:
            if stage == MEASURED:
                return
            self.run(stage)


def main() -> None:
    """Prints rows for benchmarks/RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beside", type=Path, required=True, help="folder of the other commit")
    parser.add_argument("--customers", type=int, default=400)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        builds = {
            "then": Build(given.beside.resolve(), Path(name) / "then", given.customers),
            "now": Build(ROOT, Path(name) / "now", given.customers),
        }
        for build in builds.values():
            build.before()
        in_turn: dict[str, list[float]] = {title: [] for title in builds}
        for _ in range(given.times):
            for title, build in builds.items():
                in_turn[title].append(build.run(MEASURED))
        least = {title: min(seconds) for title, seconds in in_turn.items()}
    print("| build | CPU-s of `evaluate`, each run | least |\n|---|---|---|")
    for title, seconds in in_turn.items():
        print(f"| {title} | {', '.join(f'{one:.1f}' for one in seconds)} | {least[title]:.1f} |")
    print(f"| now / then | | {least['now'] / least['then']:.2f} |")
    print(f"load {os.getloadavg()[0]:.0f}")


if __name__ == "__main__":
    main()
