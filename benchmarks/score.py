"""Scoring a file with a registered version: rows a second beside LightGBM's own predict, and memory by the file's size.

    python -m benchmarks.score --rows 50000 200000      # in a project folder with a champion and its matrix

The rows are those of `data/features/matrix.parquet`, again and again until there are enough. Each line is a process of its
own: `predict` reads the file whole and asks LightGBM for the margins of the champion's boosters; `scores` and `reasons`
are `bonitas score` without and with reasons, from the file read to the file written. Starting Python is left out. On a machine that
others use, seconds by the clock say little; CPU-seconds are all threads' together.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from models.base.data import ModelContract
from models.boosting import booster
from models.registry.registry import Registry
from models.scoring.scorer import scorer
from models.scoring.scoring import score_file
from pipelines import paths
from pipelines.settings import load, registry_uri

WAYS = ("predict", "scores", "reasons")


def file_of(rows: int, folder: Path) -> Path:
    """The matrix, repeated to so many rows."""
    matrix = pq.read_table(paths.MATRIX)
    times = -(-rows // matrix.num_rows)
    path = folder / f"{rows}.parquet"
    pq.write_table(pa.concat_tables([matrix] * times).slice(0, rows), path, row_group_size=20_000)
    return path


def now() -> tuple[float, float]:
    """Seconds by the clock, and of CPU in all threads."""
    return time.perf_counter(), time.process_time()


def seconds(way: str, source: Path) -> tuple[float, float]:
    """How long one way takes, the model loaded: by the clock, and of CPU."""
    settings = load()
    version = Registry(registry_uri(settings), settings.name).required_champion()
    if way == "predict":
        contract = ModelContract.from_json(version.bundle.json("contract.json"))
        ensemble = booster.of_texts(version.bundle.files, contract)
        started = now()
        frame = pq.read_table(source, columns=contract.names).to_pandas()
        margin = ensemble.margin(frame)
        if not np.isfinite(margin).all():
            raise SystemExit("a margin is no number")
        return since(started)
    with scorer(version, reasons=way == "reasons") as by:
        started = now()
        score_file(by, source, source.with_name("out.parquet"), lambda _: None)
        return since(started)


def since(started: tuple[float, float]) -> tuple[float, float]:
    """What has passed."""
    clock, cpu = now()
    return clock - started[0], cpu - started[1]


def main() -> None:
    """Prints one row a way and size, ready for benchmarks/RESULTS.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--rows", type=int, nargs="+", default=[50_000, 200_000])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        way, name = given.one
        print(*seconds(way, Path(name)), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    print("| rows | way | s | CPU-s | rows/s | rows/CPU-s | predict's CPU / its own | peak MB |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch:
        for rows in given.rows:
            source, base = file_of(rows, Path(scratch)), 0.0
            for way in WAYS:
                command = [sys.executable, "-m", "benchmarks.score", "--one", way, str(source)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                took, cpu, peak = map(float, done.stdout.split()[-3:])
                base = base or cpu
                print(f"| {rows:,} | {way} | {took:.1f} | {cpu:.1f} | {rows / took:,.0f} | {rows / cpu:,.0f} | {base / cpu:.2f} | {peak:,.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
