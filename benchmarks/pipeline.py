"""How long the demo takes, how much memory it peaks at, whether a repeat is a no-op and two runs are equal.

Run it on an otherwise idle machine: `make bench`. It works on copies of the project in a temporary
folder, twice from scratch, and prints one line a figure. The figures measured are in RESULTS.md.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("configs", "pipelines", "src", "dvc.yaml", ".dvcignore")
IDENTICAL = ("data/features", "data/model", "data/scored")


def call(folder: Path, *command: str) -> None:
    """Runs a command of the project's environment in `folder`; its output is shown only on failure."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "DO_NOT_TRACK": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}\n{done.stderr}")


def copy(folder: Path) -> None:
    """A copy of the project's sources with a DVC cache of its own."""
    folder.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("*.egg-info"))
        else:
            shutil.copy(source, folder / name)
    call(folder, "dvc", "init", "--no-scm", "--quiet")
    call(folder, "dvc", "config", "core.analytics", "false")


def run(folder: Path, portfolio: str) -> float:
    """What `make run` does; returns seconds of wall time."""
    started = time.monotonic()
    call(folder, sys.executable, "-m", "pipelines", "choose", portfolio)
    for targets in (("register", "rate"), ("monitor", "recalibrate")):
        call(folder, sys.executable, "-m", "pipelines", "look")
        call(folder, "dvc", "repro", *targets)
    call(folder, sys.executable, "-m", "pipelines", "summary")
    return time.monotonic() - started


def digest(folder: Path) -> str:
    """One digest of all files that must be byte-identical between runs."""
    whole = hashlib.sha256()
    for name in IDENTICAL:
        for path in sorted((folder / name).rglob("*")):
            if path.is_file():
                whole.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return whole.hexdigest()


def main() -> None:
    """Prints the figures; exits with 1 where the two runs differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--portfolio", default="demo")
    portfolio = parser.parse_args().portfolio
    with tempfile.TemporaryDirectory() as temporary:
        digests = []
        for name in ("first", "second"):
            folder = Path(temporary) / name
            copy(folder)
            print(f"{name} run from scratch: {run(folder, portfolio):.1f} s")
            timings = (folder / ".bonitas/timings.jsonl").read_text(encoding="utf-8")
            print("  " + timings.replace("\n", "\n  ").rstrip())
            print(f"  repeated without a change: {run(folder, portfolio):.1f} s")
            digests.append(digest(folder))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
        print(f"peak memory of the largest process: {peak:.2f} GiB")
        print(f"two runs byte-identical ({', '.join(IDENTICAL)}): {digests[0] == digests[1]}")
        sys.exit(digests[0] != digests[1])


if __name__ == "__main__":
    main()
