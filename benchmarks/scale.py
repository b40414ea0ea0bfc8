"""What label and featurize cost on Spark, relation by relation: rows, bytes kept, bytes shuffled, stages, CPU.

`python -m benchmarks.scale [customers]` draws a world, runs both stages on this machine (local mode, two threads),
featurize once on the first of every month and once of every quarter: two runs with the same facts, from which the cost of a fact
and that of an observation can be told apart. Prints JSON; `benchmarks/scale_plan.py` extrapolates from it.

`python -m benchmarks.scale --files` measures the files alone, which change when the way they are packed does: the world of the recorded run is drawn
again, cohort and matrix of the quarters are computed by DuckDB, and rows and bytes go into `benchmarks/scale_measured.json`.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq

from contracts.config.engine import EngineConfig, SparkConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import WorldSource
from contracts.tables.derived import COHORT
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import write_arrow, write_table
from features.engine.backend import connected, load
from features.labels.cohort import observe
from features.matrix.matrix import build
from pipelines.settings import load_portfolio
from world.simulate import simulate

SHUFFLED = "internal.metrics.shuffle.write.bytesWritten"
COMPUTED = "internal.metrics.executorCpuTime"
NO_NAME = "reads of the driver"
UNTIL = date(2025, 12, 31)
YEARS = 8
THREADS = 2
BROADCAST = 65_536
MEASURED = Path(__file__).with_name("scale_measured.json")


def main(customers: int) -> dict[str, Any]:
    """Draws the world, runs the stages and returns what each relation cost."""
    portfolio = load_portfolio("demo")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        found: dict[str, Any] = {
            "customers": customers,
            "years": YEARS,
            "tables": _draw(customers, portfolio, folder),
        }
        for run in ("label", "months", "quarters"):
            found[run] = _run(run, portfolio, folder)
            print(run, found[run]["seconds"], file=sys.stderr, flush=True)
        found["cohort"] = _file(folder / "cohort.parquet")
        found["matrix"] = _file(folder / "matrix.parquet")
    return found


def files() -> None:
    """Measures the files of the recorded run again; what Spark took of it stays."""
    found = json.loads(MEASURED.read_text(encoding="utf-8"))
    portfolio, engine = load_portfolio("demo"), EngineConfig(threads=THREADS, memory_limit="4GB")
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        found["tables"] = _draw(found["customers"], portfolio, folder)
        with connected(engine, folder / "spill") as con:
            tables = load(con, folder, portfolio)
            write_table(observe(con, tables, portfolio), folder / "cohort.parquet", COHORT)
            rows = con.read_parquet(folder / "cohort.parquet").select("customer_id", "as_of")
            asked = rows.filter(rows.as_of.month() % 3 == 1)
            matrix, _ = build(con, tables, asked, portfolio, FeaturesConfig())
            write_arrow(matrix, folder / "matrix.parquet")
        found["cohort"] = _file(folder / "cohort.parquet")
        found["matrix"] = _file(folder / "matrix.parquet")
    MEASURED.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _draw(customers: int, portfolio: PortfolioConfig, folder: Path) -> dict[str, Any]:
    """Tables as ingest writes them: sorted by their grain, our compression."""
    world = simulate(WorldSource(kind="world", customers=customers, years=YEARS), UNTIL, "EUR")
    contracts = portfolio_tables(portfolio)
    sizes = {}
    for name, contract in contracts.items():
        rows = world.tables[name].select(list(contract.column_names)).cast(contract.arrow_schema())
        path = folder / f"{name}.parquet"
        write_arrow(rows.sort_by([(key, "ascending") for key in contract.grain]), path)
        sizes[name] = _file(path)
    return sizes


def _run(run: str, portfolio: PortfolioConfig, folder: Path) -> dict[str, Any]:
    log = folder / f"log-{run}"
    log.mkdir()
    conf: dict[str, str | bool | int | float] = {
        "spark.eventLog.enabled": True,
        "spark.eventLog.dir": log.as_uri(),
        "spark.eventLog.rolling.enabled": False,
        "spark.eventLog.compress": False,
        # Joins are planned as a large book's: only the calendar and the rates are small enough to be sent everywhere.
        "spark.sql.autoBroadcastJoinThreshold": BROADCAST,
    }
    spark = SparkConfig(shuffle_partitions=THREADS * 4, conf=conf)
    engine = EngineConfig(engine="spark", threads=THREADS, memory_limit="6GB", spark=spark)
    started = time.monotonic()
    with connected(engine, folder / "spill") as con:
        tables = load(con, folder, portfolio)
        if run == "label":
            write_table(observe(con, tables, portfolio), folder / "cohort.parquet", COHORT)
            n_rows = pq.read_metadata(folder / "cohort.parquet").num_rows
        else:
            rows = con.read_parquet(folder / "cohort.parquet").select("customer_id", "as_of")
            rows = rows if run == "months" else rows.filter(rows.as_of.month() % 3 == 1)
            matrix, _ = build(con, tables, rows, portfolio, FeaturesConfig())
            n_rows = matrix.num_rows
            write_arrow(matrix, folder / "matrix.parquet")
        kept = {path.name: _folder(path) for path in Path(con.kept_in).iterdir()}
    sizes = {name.removeprefix("ibis_").rsplit("_", 1)[0]: size for name, size in kept.items()}
    seconds = round(time.monotonic() - started, 1)
    return {"seconds": seconds, "rows": n_rows, "steps": _steps(next(iter(log.iterdir())), sizes)}


def _file(path: Path) -> dict[str, float]:
    rows, size = pq.read_metadata(path).num_rows, path.stat().st_size
    return {"rows": rows, "bytes": size, "bytes_per_row": round(size / max(rows, 1), 1)}


def _folder(path: Path) -> dict[str, float]:
    files = sorted(path.glob("*.parquet"))
    rows = sum(pq.read_metadata(file).num_rows for file in files)
    return {"rows": rows, "bytes": sum(file.stat().st_size for file in files)}


def _steps(log: Path, sizes: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Shuffle bytes, CPU seconds and stages by what `keep` called them, from Spark's event log."""
    names: dict[int, str] = {}
    steps: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in log.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["Event"] == "SparkListenerJobStart":
            name = one.get("Properties", {}).get("spark.job.description", NO_NAME)
            names |= dict.fromkeys(one["Stage IDs"], name)
        elif one["Event"] == "SparkListenerStageCompleted":
            info = one["Stage Info"]
            values = {item["Name"]: item.get("Value", 0) for item in info["Accumulables"]}
            step = steps[names.get(info["Stage ID"], NO_NAME)]
            step["stages"] += 1
            step["shuffled"] += float(values.get(SHUFFLED, 0))
            step["cpu_seconds"] += round(float(values.get(COMPUTED, 0)) / 1e9, 2)
    return {name: {**step, **sizes.get(name, {})} for name, step in steps.items()}


if __name__ == "__main__":
    if sys.argv[1:] == ["--files"]:
        files()
        sys.exit()
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000), indent=1))
