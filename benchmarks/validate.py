"""Validation of a large ledger: seconds, processor seconds and peak memory of the stage, beside pandera on pandas on a sample.

Run it on an otherwise idle machine, or read the processor seconds alone: `python benchmarks/validate.py`. It draws a world of --customers customers
(53,000 make about 10 million invoices), ingests it and validates it in a temporary folder, each stage in a process
of its own. Then it reads a sample of the same raw files with pandas and asks pandera for what it can ask of single
tables there: types, missing values, legal values, unique keys and the order of dates; none of the rules across tables.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandera.pandas as pa
import pyarrow.parquet as pq

from contracts.tables.raw import RAW_TABLES

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("configs", "pipelines", "src")
LEDGER = ("invoices", "payments")
ORDERS = {
    "invoices": [("issued_on", "due_on"), ("issued_on", "booked_at")],
    "payments": [("paid_on", "booked_at")],
}
"""Dates that must follow each other: what the stage calls due_before_issued and happened_after_known."""


def workspace(folder: Path, customers: int) -> None:
    """A copy of the project whose demo world has so many customers."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.egg-info"))
    demo = folder / "configs/portfolios/demo.yaml"
    text = re.sub(r"customers: \d+", f"customers: {customers}", demo.read_text(encoding="utf-8"))
    demo.write_text(text, encoding="utf-8")


def run(folder: Path, stage: str) -> tuple[float, float, float, str]:
    """Seconds, processor seconds, peak GiB of resident memory and the line a stage prints."""
    started = time.monotonic()
    printed = folder / f"{stage}.out"
    with printed.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines", stage], cwd=folder, stdout=output
        )
        _, status, usage = os.wait4(process.pid, 0)  # of this process alone
    if status:
        sys.exit(f"{stage} failed")
    line = printed.read_text(encoding="utf-8").strip()
    used = usage.ru_utime + usage.ru_stime
    return time.monotonic() - started, used, usage.ru_maxrss / 2**20, line


def pandera_on_pandas(raw: Path, rows: int) -> tuple[float, float, int]:
    """Seconds and processor seconds to read and check the first `rows` rows of the ledger's tables, and how many rows those were."""
    started, before = time.monotonic(), time.process_time()
    checked = 0
    for name in LEDGER:
        batch = next(pq.ParquetFile(raw / f"{name}.parquet").iter_batches(rows))
        frame = batch.to_pandas(date_as_object=False)
        schema(name).validate(frame, lazy=True)
        checked += len(frame)
    return time.monotonic() - started, time.process_time() - before, checked


def schema(name: str) -> pa.DataFrameSchema:
    """The pandas contract of a raw table, as a data scientist would write it by hand."""
    table = RAW_TABLES[name]
    columns = {
        column.name: pa.Column(
            nullable=column.nullable,
            checks=pa.Check.isin(list(column.one_of)) if column.one_of else None,
        )
        for column in table.columns
    }
    columns["amount"].checks.append(pa.Check.gt(0))
    checks = [
        pa.Check(lambda frame, first=first, then=then: frame[first] <= frame[then])
        for first, then in ORDERS[name]
    ]
    return pa.DataFrameSchema(columns, checks=checks, unique=list(table.grain), strict=True)


def main() -> None:
    """Prints the figures as lines of a markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=53_000)
    parser.add_argument("--sample", type=int, default=500_000, help="rows a table for pandas")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        workspace(folder, given.customers)
        (folder / "data/outside").mkdir(parents=True)
        (folder / "data/outside/previous_delivery.json").write_text("null\n", encoding="utf-8")
        seconds, used, peak, line = run(folder, "ingest")
        print(f"| ingest of the world | {seconds:.0f} s, {used:.0f} CPU-s, {peak:.1f} GiB | {line} |")  # fmt: skip
        seconds, used, peak, line = run(folder, "validate")
        rows = sum(pq.read_metadata(path).num_rows for path in (folder / "data/raw").glob("*.parquet"))  # fmt: skip
        print(
            f"| validate | {seconds:.0f} s, {used:.1f} CPU-s, {peak:.1f} GiB, {rows / seconds:,.0f} rows/s | {line} |",
            flush=True,
        )
        slow, slow_used, checked = pandera_on_pandas(folder / "data/raw", given.sample)
        ratio = (rows / seconds) / (checked / slow)
        print(
            f"| pandera on pandas, single tables only, {checked:,} rows | {slow:.1f} s, {slow_used:.1f} CPU-s, "
            f"{checked / slow:,.0f} rows/s | validate is {ratio:.2f} times as fast a row, "
            f"by processor seconds {(rows / used) / (checked / slow_used):.2f} |"
        )


if __name__ == "__main__":
    main()
