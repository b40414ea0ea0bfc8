"""Ingest of CSV and Parquet beside another commit and pandas, in turn: processor seconds and peak memory.

pandas twice: it reads alone, which is what the target is measured by, and it also sorts and writes Parquet, as ingest does.

`python -m benchmarks.ingest_beside <folder of another commit> [rows]`, default 5,000,000. Each build maps the same files by its own code,
with its own `.venv` where there is one. Seconds of a processor, for a machine that is shared says nothing by a clock.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.ingest import MEMORY, PANDAS, ROWS, SOURCES, configure, measured

ROOT = Path(__file__).resolve().parents[1]
FILES = ("CSV", "Parquet")
TIMES = 2
_KEPT = "frame.sort_values('doc').to_parquet('kept.parquet', index=False)"
_CONFIGURE = "import sys; from pathlib import Path; from benchmarks.ingest import SOURCES, configure; configure(Path(sys.argv[1]), SOURCES[sys.argv[2]])"


def _pandas(kind: str) -> list[str]:
    return ["import pandas as pd", PANDAS[kind]]


def main() -> None:
    """Prints one row a run, ready for benchmarks/RESULTS.md."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every run compiles, which is not measured
    beside = Path(sys.argv[1]).resolve()
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 5_000_000
    python = str(own if (own := beside / ".venv/bin/python").exists() else sys.executable)
    # once stages were modules of their own
    stage = ["pipelines", "ingest"] if (beside / "pipelines/__main__.py").exists() else ["pipelines.ingest"]  # fmt: skip
    paths = {root: {"PYTHONPATH": f"{root}:{root}/src"} for root in (ROOT, beside)}
    print("| source | rows | now, CPU-s | then, CPU-s | pandas reads, CPU-s | and sorts and writes | now / then | now / pandas reads | and writes | peaks, GB | load |\n|---|---|---|---|---|---|---|---|---|---|---|")  # fmt: skip
    with tempfile.TemporaryDirectory() as now_name, tempfile.TemporaryDirectory() as then_name:
        now, then = Path(now_name), Path(then_name)
        with duckdb.connect(config={"memory_limit": MEMORY}) as engine:
            select = f"{ROWS.format(rows=rows)} FROM range({rows}) AS s(n)"
            for ending in ("csv", "parquet"):
                engine.execute(f"COPY ({select}) TO '{now / 'invoices'}.{ending}'")
                os.link(now / f"invoices.{ending}", then / f"invoices.{ending}")
        for kind in FILES:
            configure(now, SOURCES[kind])
            own_paths = {**os.environ, **paths[beside]}
            subprocess.run([python, "-c", _CONFIGURE, str(then), kind], cwd=beside, env=own_paths, check=True)  # fmt: skip
            for _ in range(TIMES + 1):  # the first compiles
                found = (
                    measured([sys.executable, "-m", "pipelines", "ingest"], now, paths[ROOT]),
                    measured([python, "-m", *stage], then, paths[beside]),
                    *(
                        measured([sys.executable, "-c", "; ".join(code)], now, {})
                        for code in (_pandas(kind), [*_pandas(kind), _KEPT])
                    ),
                )
                used, peaks = [one[1] for one in found], ", ".join(f"{one[2]:.2f}" for one in found)
                shown = " | ".join(f"{one:.2f}" for one in used)
                print(f"| {kind} | {rows:,} | {shown} | {used[0] / used[1]:.2f} | {used[0] / used[2]:.1f} | {used[0] / used[3]:.1f} | {peaks} | {os.getloadavg()[0]:.0f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
