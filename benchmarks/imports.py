"""What a process costs to start: the imports of each stage, and which packages they go to.

`python -m benchmarks.imports [OTHER]`, where OTHER is a checkout of another build: both in turn. A stage is imported in a process of its
own; seconds of a processor are those of the imports alone, without the start of Python. The packages are from `-X importtime`, by the
clock: each package's share is all that was first imported for it, its own dependencies included.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]
TIMES = 3
SHOWN = 4
_SPENT = (
    "import time; import pipelines; import importlib; before = time.process_time(); "
    "importlib.import_module('pipelines.{stage}'); print(time.process_time() - before)"
)
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(\S+)")


def stages(root: Path) -> list[str]:
    """The stages of a checkout: commands of its `dvc.yaml` that are modules of `pipelines`."""
    found = re.findall(r"cmd: (?:bonitas|python -m pipelines\.?)\s*(\w+)", (root / "dvc.yaml").read_text("utf-8"))  # fmt: skip
    return [one for one in dict.fromkeys(found) if (root / f"pipelines/{one}.py").exists()]


def _run(root: Path, *given: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or every run compiles, which is not measured
    return subprocess.run([sys.executable, *given], cwd=root, env=environment, capture_output=True, text=True, check=True)  # fmt: skip


def spent(root: Path, stage: str) -> float:
    """Processor seconds of the imports of a stage, once."""
    return float(_run(root, "-c", _SPENT.format(stage=stage)).stdout)


def dearest(root: Path, stage: str) -> str:
    """The packages of others that took most, with milliseconds."""
    said = _run(root, "-X", "importtime", "-c", f"import pipelines.{stage}").stderr
    own = {path.name for path in (root / "src").iterdir()} | {"pipelines"}
    lines = [(int(whole), len(deep), name.split(".")[0]) for _, whole, deep, name in _LINE.findall(said)]  # fmt: skip
    taken: Counter[str] = Counter()
    inside: list[tuple[int, str]] = []
    for whole, deep, package in reversed(lines):  # a module is printed after what it imported
        while inside and inside[-1][0] >= deep:
            inside.pop()
        is_first = all(name in own for _, name in inside)
        if package not in own and is_first:
            taken[package] += whole
        inside.append((deep, package))
    return ", ".join(f"{name} {time / 1000:.0f}" for name, time in taken.most_common(SHOWN))


def main() -> None:
    """Prints one row a stage: least of the runs of each build."""
    roots = [HERE, *(Path(one).resolve() for one in sys.argv[1:2])]
    print(f"load {os.getloadavg()[0]:.0f}")
    print("| stage | now, CPU-s | other, CPU-s | ratio | now, dearest packages (ms by the clock) |\n|---|---|---|---|---|")  # fmt: skip
    total: Counter[Path] = Counter()
    for stage in stages(HERE):
        there = [root for root in roots if stage in stages(root)]
        found: dict[Path, list[float]] = {root: [] for root in there}
        for _ in range(TIMES):
            for root in there:
                found[root].append(spent(root, stage))
        least = [min(found[root]) for root in there]
        if len(there) == len(roots):
            total.update(dict(zip(there, least, strict=True)))
        other = f"{least[1]:.2f} | {least[0] / least[1]:.2f}" if len(least) > 1 else " | "
        print(f"| {stage} | {least[0]:.2f} | {other} | {dearest(HERE, stage)} |", flush=True)
    shown = " | ".join(f"{total[root]:.2f}" for root in roots)
    print(f"| stages of both | {shown} | {total[roots[0]] / total[roots[-1]]:.2f} | |")


if __name__ == "__main__":
    main()
