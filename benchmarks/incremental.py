"""What a build that continues the last one costs, beside a build from nothing, on a simulated ledger.

`python -m benchmarks.incremental [customers]`, default 8,000 (about 1.4 million documents). Each step is a process of its own;
memory is its peak. At the end the continued build is compared, byte for byte, with a build from nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import tempfile
import time
from datetime import date
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import WorldSource
from contracts.tables.derived import COHORT
from contracts.tables.store import write_arrow, write_table
from features.engine.backend import connect, load
from features.engine.programs import keep_programs
from features.labels.cohort import observe
from features.refresh.incremental import Refreshed, refresh
from features.refresh.record import Shelf
from world.simulate import stream

UNTIL = date(2025, 12, 31)
ENGINE = EngineConfig(threads=2, memory_limit="4GB")


def portfolio(customers: int) -> PortfolioConfig:
    """The simulated portfolio."""
    source = {"kind": "world", "customers": customers}
    values = {
        "title": "Benchmark",
        "reporting_currency": "EUR",
        "complete_until": UNTIL,
        "horizon_months": 12,
    }
    return PortfolioConfig.model_validate({**values, "source": source, "default": {"preset": "irb_90dpd"}})  # fmt: skip


def make(root: Path, customers: int) -> None:
    """The tables, the cohort of all days of decision (`all.parquet`), and that of all but the last."""
    parts = root / "parts"
    stream(WorldSource(kind="world", customers=customers), UNTIL, "EUR", parts, threads=2)
    (root / "valid").mkdir()
    for part in sorted(path for path in parts.iterdir() if path.is_dir()):
        write_arrow(ds.dataset(part).to_table(), root / f"valid/{part.name}.parquet")
    con, config = connect(ENGINE, root / "spill"), portfolio(customers)
    cohort = observe(con, load(con, root / "valid", config), config)
    write_table(cohort, root / "all.parquet", COHORT)
    write_table(cohort[cohort["as_of"] <= str(UNTIL)], root / "cohort.parquet", COHORT)


def late_payment(root: Path) -> None:
    """One more payment by a customer of the last cohort, booked on 10 September."""
    cohort = pq.read_table(root / "cohort.parquet")
    whose = cohort.filter(pc.equal(cohort["as_of"], pc.max(cohort["as_of"])))["customer_id"][0]
    invoices = pq.read_table(root / "valid/invoices.parquet")
    of = invoices.filter(pc.equal(invoices["customer_id"], whose))["invoice_id"][0].as_py()
    file, booked = root / "valid/payments.parquet", date(2025, 9, 10)
    table = pq.read_table(file)
    of_invoice = pc.equal(table["invoice_id"], of)
    like = table.filter(
        of_invoice if pc.any(of_invoice).as_py() else pc.is_valid(table["invoice_id"])
    )
    late = {**like.slice(0, 1).to_pylist()[0], "payment_id": "late", "invoice_id": of, "paid_on": booked, "amount": Decimal(1), "booked_at": booked}  # fmt: skip
    write_arrow(pa.concat_tables([table, pa.Table.from_pylist([late], schema=table.schema)]), file)


def run(root: Path, customers: int, shelf: str, answers: Connection) -> None:
    """One refresh; answers with what it did, seconds, processor seconds, and peak memory in GB."""
    started, used = time.monotonic(), time.process_time()
    con, config = connect(ENGINE, root / "spill"), portfolio(customers)
    keep_programs(con, root / "programs")
    tables = load(con, root / "valid", config)
    cohort = con.read_parquet(root / "cohort.parquet").select("customer_id", "as_of")
    place = Shelf(root / shelf / "features", root / shelf / "known")
    done = refresh(con, tables, cohort, config, FeaturesConfig(), place)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    answers.send((done, time.monotonic() - started, time.process_time() - used, peak))


def measured(root: Path, customers: int, shelf: str) -> tuple[Refreshed, float, float, float]:
    """One refresh in a process of its own."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(root, customers, shelf, sender))
    process.start()
    sender.close()
    answer: tuple[Refreshed, float, float, float] = receiver.recv()
    process.join()
    return answer


def main() -> None:
    """Prints one row a step, ready for benchmarks/RESULTS.md; ratios are to the last full build, whose queries are played."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 8_000
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        make(root, customers)
        steps(root, customers)


def steps(root: Path, customers: int) -> None:
    """The steps on the tables that `make` made."""
    rows: list[tuple[str, Refreshed, float, float, float, float]] = []

    def step(title: str, shelf: str = "kept") -> None:
        row = (title, *measured(root, customers, shelf), os.getloadavg()[0])
        rows.append(row)
        print(row, file=sys.stderr, flush=True)

    step("full build, its queries written")
    step("nothing new")
    late_payment(root)
    step("one late payment")
    (root / "all.parquet").replace(root / "cohort.parquet")
    step("one month more")
    step("full build of the same, its queries played", "anew")
    full = rows[-1][3]
    print("| step | what it did | seconds | CPU-s | CPU-s of a full build's | peak memory | load |\n|---|---|---|---|---|---|---|")  # fmt: skip
    for title, done, seconds, used, peak, load_then in rows:
        print(f"| {title} | {done} | {seconds:.1f} | {used:.1f} | {used / full:.3f} | {peak:.2f} GB | {load_then:.1f} |")  # fmt: skip
    kept, anew = ([p.read_bytes() for p in sorted((root / s).rglob("*.*"))] for s in ("kept", "anew"))  # fmt: skip
    print(f"identical: {kept == anew}")


if __name__ == "__main__":
    main()
