"""Ingest of invoices from PostgreSQL, CSV and Parquet: seconds, processor seconds, rows a second, peak memory, beside pandas.

`python benchmarks/ingest.py [rows ...]`, default 1,000,000 and 5,000,000. PostgreSQL runs privately, as in the tests.
pandas only reads into memory; ingest also maps by SELECT, sorts, and writes Parquet with its hash.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import duckdb  # noqa: E402 - after the path is set

from tests.ingest_servers import Server, running_server  # noqa: E402

MEMORY = "1GB"
URL = "BENCH_URL"
YAML = """
title: Benchmark
reporting_currency: EUR
complete_until: "2024-12-31"
source: {source}
default: {{preset: events_only}}
attributes:
  - {{name: size, dtype: number, pillar: business_context, unit: count, wording_en: size, wording_zh: size}}
"""
SELECTS = {
    "customers": """SELECT DISTINCT ON (n) 'C' || n AS customer_id, 'N' || n AS name, 'DE' AS country, NULL AS industry,
        NULL AS legal_form, FALSE AS is_natural_person, NULL AS founded_on, DATE '2015-01-01' AS onboarded_on,
        NULL AS parent_id, 'EUR' AS currency FROM range(10000) AS r(n)""",
    "attributes": """SELECT 'C' || n AS customer_id, DATE '2020-01-01' AS known_on, 1 AS size FROM range(10000) AS r(n)""",
    "events": """SELECT NULL AS event_id, NULL AS customer_id, NULL AS kind, NULL AS occurred_on, NULL AS known_on, NULL AS amount,
        NULL AS detail WHERE FALSE""",
    "invoices": """SELECT doc AS invoice_id, client AS customer_id, CAST(issued AS DATE) AS issued_on,
        CAST(due AS DATE) AS due_on, CAST(amount AS DECIMAL(18,2)) AS amount, currency, 'invoice' AS kind,
        CAST(issued AS DATE) AS booked_at FROM invoices""",
}
# A fixed shuffle: rows come in no order, so the sort of ingest has work to do.
ROWS = """SELECT 'R' || ((n::bigint * 7919) % {rows}) AS doc, 'C' || n % 10000 AS client,
    DATE '2020-01-01' + (n % 1500)::int AS issued, DATE '2020-01-31' + (n % 1500)::int AS due,
    (n % 100000 + 0.25)::numeric(15,2) AS amount, 'EUR'::text AS currency"""
SOURCES = {
    "PostgreSQL": "{kind: database, url_variable: BENCH_URL, relations: {invoices: {table: invoices}}}",
    "CSV": "{kind: files, folder: ., files: {invoices: {path: invoices.csv}}}",
    "Parquet": "{kind: files, folder: ., files: {invoices: {path: invoices.parquet}}}",
}
PANDAS = {
    "PostgreSQL": "import os; from adbc_driver_postgresql import dbapi; frame = pd.read_sql('SELECT * FROM invoices', "
    "dbapi.connect(os.environ['BENCH_URL']))",
    "CSV": "frame = pd.read_csv('invoices.csv', parse_dates=['issued', 'due'])",
    "Parquet": "frame = pd.read_parquet('invoices.parquet')",
}


def measured(
    command: list[str], folder: Path, environment: dict[str, str]
) -> tuple[float, float, float]:
    """Seconds, processor seconds and peak resident memory (GB) of one process."""
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} failed")
    used = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - started, used, usage.ru_maxrss / 1024**2


def prepare(server: Server, folder: Path, rows: int) -> None:
    """The same invoices in the server, as CSV and as Parquet."""
    server.run(
        "DROP TABLE IF EXISTS invoices",
        f"CREATE TABLE invoices AS {ROWS.format(rows=rows)} FROM generate_series(0, {rows - 1}) AS s(n)",
        "ANALYZE invoices",
    )
    with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
        select = f"{ROWS.format(rows=rows)} FROM range({rows}) AS s(n)"
        for ending in ("csv", "parquet"):
            connection.execute(f"COPY ({select}) TO '{folder / 'invoices'}.{ending}'")


def configure(folder: Path, source: str) -> None:
    """A project folder with one portfolio."""
    mapping = folder / "configs/portfolios/bench"
    mapping.mkdir(parents=True, exist_ok=True)
    for path in (ROOT / "configs").glob("*.yaml"):
        shutil.copy(path, folder / "configs" / path.name)
    (folder / "configs/params.yaml").write_text(
        f"portfolio: bench\nengine: {{threads: 2, memory_limit: {MEMORY}}}\n", encoding="utf-8"
    )
    (folder / "configs/portfolios/bench.yaml").write_text(
        YAML.format(source=source), encoding="utf-8"
    )
    for table, sql in SELECTS.items():
        (mapping / f"{table}.sql").write_text(sql, encoding="utf-8")


def main() -> None:
    """Prints one row a source and size, ready for benchmarks/RESULTS.md."""
    sizes = [int(one) for one in sys.argv[1:]] or [1_000_000, 5_000_000]
    print(
        "| source | rows | ingest | CPU-s | rows/s | peak memory | pandas reads | CPU-s | its peak | time ratio | CPU ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    with running_server() as server, tempfile.TemporaryDirectory() as name:
        folder, environment = Path(name), {URL: server.url(), "PYTHONPATH": f"{ROOT}:{ROOT}/src"}
        for rows in sizes:
            prepare(server, folder, rows)
            for kind, source in SOURCES.items():
                configure(folder, source)
                seconds, used, peak = measured(
                    [sys.executable, "-m", "pipelines", "ingest"], folder, environment
                )
                code = f"import pandas as pd; {PANDAS[kind]}; assert len(frame) == {rows}"
                other, other_used, other_peak = measured(
                    [sys.executable, "-c", code], folder, environment
                )
                print(
                    f"| {kind} | {rows:,} | {seconds:.1f} s | {used:.1f} | {rows / seconds:,.0f} | {peak:.2f} GB "
                    f"| {other:.1f} s | {other_used:.1f} | {other_peak:.2f} GB | {seconds / other:.1f} | {used / other_used:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
