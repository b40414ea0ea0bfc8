"""What label and featurize cost on Spark, state by state: rows, bytes kept, bytes shuffled, stages, seconds.

`python -m benchmarks.scale [folder of valid tables] [portfolio]` runs both on this machine (local mode) and writes
`scale.json` beside nothing else but what it prints: the figures `benchmarks/scale_plan.py` extrapolates from.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from contracts.config.params import EngineConfig, FeaturesConfig, SparkConfig
from contracts.derived import COHORT
from contracts.store import write_arrow, write_table
from features.cohort import observe
from features.engine import connected, load
from features.matrix import build
from pipelines.settings import load_portfolio

SHUFFLED = "internal.metrics.shuffle.write.bytesWritten"
COMPUTED = "internal.metrics.executorCpuTime"
NO_NAME = "reads of the driver"


def main(valid: Path, name: str, threads: int = 2) -> dict[str, Any]:
    """Runs both stages in local mode and returns what each kept relation cost."""
    portfolio = load_portfolio(name)
    found: dict[str, Any] = {"tables": {path.stem: _file(path) for path in sorted(valid.glob("*.parquet"))}}  # fmt: skip
    with TemporaryDirectory() as scratch:
        log = Path(scratch) / "log"
        log.mkdir()
        conf: dict[str, str | bool | int | float] = {
            "spark.eventLog.enabled": True,
            "spark.eventLog.dir": log.as_uri(),
            "spark.eventLog.rolling.enabled": False,
            "spark.eventLog.compress": False,
        }
        spark = SparkConfig(master=f"local[{threads}]", shuffle_partitions=threads * 4, conf=conf)
        engine = EngineConfig(engine="spark", memory_limit="6GB", spark=spark)
        for stage in ("label", "featurize"):
            started = time.monotonic()
            with connected(engine, Path(scratch)) as con:
                tables = load(con, valid, portfolio)
                cohort = Path(scratch) / "cohort.parquet"
                if stage == "label":
                    write_table(observe(con, tables, portfolio), cohort, COHORT)
                else:
                    rows = con.read_parquet(cohort).select("customer_id", "as_of")
                    matrix, _ = build(con, tables, rows, portfolio, FeaturesConfig())
                    write_arrow(matrix, Path(scratch) / "matrix.parquet")
                kept = {path.name: path for path in Path(con.kept_in).iterdir()}
                sizes = {key.split("_", 1)[1].rsplit("_", 1)[0]: _folder(path) for key, path in kept.items()}  # fmt: skip
            found[stage] = {
                "seconds": round(time.monotonic() - started, 1),
                "steps": _jobs(next(iter(log.iterdir())), sizes),
            }
            for path in log.iterdir():
                path.unlink()
        found["cohort"] = _file(cohort)
        found["matrix"] = _file(Path(scratch) / "matrix.parquet")
    return found


def _file(path: Path) -> dict[str, float]:
    rows = pq.read_metadata(path).num_rows
    return {"rows": rows, "bytes": path.stat().st_size, "bytes_per_row": round(path.stat().st_size / max(rows, 1), 1)}  # fmt: skip


def _folder(path: Path) -> dict[str, float]:
    files = sorted(path.glob("*.parquet"))
    rows = sum(pq.read_metadata(file).num_rows for file in files)
    size = sum(file.stat().st_size for file in files)
    return {"rows": rows, "bytes": size}


def _jobs(log: Path, sizes: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Shuffle bytes, CPU seconds and stages by what `keep` called them, from Spark's event log."""
    names: dict[int, str] = {}
    steps: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in log.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["Event"] == "SparkListenerJobStart":
            name = one["Properties"].get("spark.job.description", NO_NAME)
            names |= dict.fromkeys(one["Stage IDs"], name)
        elif one["Event"] == "SparkListenerStageCompleted":
            info = one["Stage Info"]
            values = {item["Name"]: item.get("Value", 0) for item in info["Accumulables"]}
            step = steps[names.get(info["Stage ID"], NO_NAME)]
            step["stages"] += 1
            step["shuffled"] += float(values.get(SHUFFLED, 0))
            step["cpu_seconds"] += float(values.get(COMPUTED, 0)) / 1e9
    return {name: {**step, **sizes.get(name, {})} for name, step in steps.items()}


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "data/valid")
    measured = main(folder, sys.argv[2] if len(sys.argv) > 2 else "demo")
    print(json.dumps(measured, indent=1))
