"""Ledger features of ten million invoices: seconds, rows a second and peak memory, beside what people write by hand.

Run it on an otherwise idle machine: `python -m benchmarks.features` (as a module: started by its path, this file would
hide the room `features`). It streams a world of --customers customers (53,000 make about 10 million invoices and credit
notes) into a temporary folder, and asks for --days firsts of months. Every line of the output is a process of its own, so that
its peak memory is its own. `--whole` writes all ledger features to Parquet without holding them, for books that are larger
than memory: `--whole --customers 530000 --days 12 --memory 12GB` is the run with 100 million invoices.

The peers compute the same eight features from the same Parquet files (`EIGHT`): `range_join` as most people write it in
SQL (each first of a month joined to the bookings of the year before it), `asof_join` as the best write it (running sums, then ASOF
joins), and `pandas_loop` (a group-by per first of a month). Their values are compared with ours to 1e-9 before a ratio is printed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.calendar import days_of_decision
from contracts.config.default import DefaultConfig
from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import WorldSource
from contracts.tables.raw import RAW_TABLES
from contracts.tables.store import write_batches
from features.engine.backend import checked, connected, count
from features.matrix.contract import arrow_schema
from features.matrix.matrix import in_order, relation
from world.simulate import stream

UNTIL, FIRST = date(2025, 12, 31), date(2019, 1, 1)
LEDGER = ("payments", "ageing", "disputes", "limits", "billing")
"""The families that are made of ledgers alone."""
WINDOWS = (30, 90, 180, 365)
EIGHT = (
    "payments_days_late_mean_90d", "payments_days_late_mean_365d",
    "payments_late_share_90d", "payments_late_share_365d",
    "payments_late_number_share_90d", "payments_late_number_share_365d",
    "billing_amount_sum_90d", "billing_amount_sum_365d",
)  # fmt: skip
"""The eight that the peers compute as well."""


def firsts_of_months(count: int) -> list[date]:
    """The last `count` of them."""
    return days_of_decision("month", 1, None, FIRST, UNTIL)[-count:]


def portfolio() -> PortfolioConfig:
    """The simulated portfolio."""
    return PortfolioConfig(
        title="Benchmark",
        reporting_currency="EUR",
        complete_until=UNTIL,
        source=WorldSource(kind="world"),
        default=DefaultConfig(preset="irb_90dpd"),
    )


def ours(book: Path, days: int, memory: str, config: FeaturesConfig, to: Path) -> int:
    """The matrix of every customer on every first of a month, sorted, block by block; the number of its rows.

    The eight and the whole are written to a file as well.
    """
    with connected(EngineConfig(threads=2, memory_limit=memory), book.parent / "spill") as con:
        tables = {
            name: checked(con.read_parquet(str(book / name / "*.parquet")), RAW_TABLES[name])
            for name in RAW_TABLES
            if (book / name).is_dir() and name != "attributes"
        }
        asked = ibis.memtable({"as_of": firsts_of_months(days)}, schema={"as_of": "date"})
        cohort = tables["customers"].select("customer_id").cross_join(asked)
        matrix, features = relation(con, tables, cohort, portfolio(), config)
        rows = count(con, matrix)
        blocks = in_order(con, matrix, features)
        if to.stem == "whole":
            write_batches(blocks, to, arrow_schema(features))
        elif to.stem == "eight":
            pq.write_table(pa.concat_tables(blocks), to)  # as the peers write theirs
        else:
            read = sum(block.num_rows for block in blocks)  # each is let go once it is counted
            if read != rows:
                raise SystemExit(f"{read} of {rows} rows were read")
        return rows


_VIEWS = """
create view bill as select customer_id, booked_at as day, amount from read_parquet('{book}/invoices/*.parquet') where kind <> 'credit_note';
create view pay as select d.customer_id, greatest(p.booked_at, d.booked_at) as day, p.amount, greatest(p.paid_on - d.due_on, 0) as late
  from read_parquet('{book}/payments/*.parquet') p join read_parquet('{book}/invoices/*.parquet') d using (invoice_id) where d.kind <> 'credit_note';
create table q as select c.customer_id, as_of, coalesce(f.rate, 1) as rate from read_parquet('{book}/customers/*.parquet') c cross join days
  asof left join read_parquet('{book}/fx_rates/*.parquet') f on c.currency = f.currency and days.as_of > f.rate_on;
"""
_SUMS = "sum(amount * late), sum(amount), sum(case when late > 0 then amount else 0 end), count(*), count(*) filter (late > 0)"
_NAMES = ("days", "paid", "late", "n", "n_late")


def _share(above: str, below: str) -> str:
    return f"case when ({below}) > 0 then ({above})::double / ({below})::double end"


def _eight(of: Callable[[str, int], str], billed: Callable[[int], str]) -> str:
    parts = [
        _share(of(name, w), of(whole, w))
        for name, whole in (("days", "paid"), ("late", "paid"), ("n_late", "n"))
        for w in (90, 365)
    ]
    parts += [f"coalesce({billed(w)}, 0)::double * q.rate" for w in (90, 365)]
    return ", ".join(f"{sql} as {name}" for sql, name in zip(parts, EIGHT, strict=True))


def range_join(con: duckdb.DuckDBPyConnection) -> str:
    """Every first of a month joined to every booking of the year before it."""
    sums = [
        f"{one} filter (day >= as_of - 90) as {name}_90, {one} as {name}_365"
        for name, one in zip(_NAMES, ("sum(amount * late)", "sum(amount)", "sum(case when late > 0 then amount else 0 end)", "count(amount)", "sum((late > 0)::int)"), strict=True)
    ]  # fmt: skip
    within = "q.customer_id = f.customer_id and f.day < q.as_of and f.day >= q.as_of - 365"
    con.execute(
        f"create table p as select q.customer_id, as_of, {', '.join(sums)} from q left join pay f on {within} group by all"
    )
    con.execute(
        "create table b as select q.customer_id, as_of, sum(amount) filter (day >= as_of - 90) as b_90, sum(amount) as b_365 "
        f"from q left join bill f on {within} group by all"
    )
    columns = _eight(lambda name, w: f"{name}_{w}", lambda w: f"b_{w}")
    return f"select q.customer_id, q.as_of, {columns} from q join p using (customer_id, as_of) join b using (customer_id, as_of)"


def asof_join(con: duckdb.DuckDBPyConnection) -> str:
    """Running sums per customer and day, looked up on the first and at the start of each window."""
    run = "over (partition by customer_id order by day)"
    con.execute(
        "create table p as select customer_id, day, "
        + ", ".join(f"sum({name}) {run} as {name}" for name in _NAMES)
        + f" from (select customer_id, day, {', '.join(f'{one} as {name}' for one, name in zip(_split(_SUMS), _NAMES, strict=True))} from pay group by all)"
    )
    con.execute(
        f"create table b as select customer_id, day, sum(billed) {run} as billed from (select customer_id, day, sum(amount) as billed from bill group by all)"
    )
    joins = " ".join(
        f"asof left join {table} as {table}{w} on q.customer_id = {table}{w}.customer_id and q.as_of - {w} > {table}{w}.day"
        for table in ("p", "b")
        for w in (0, 90, 365)
    )
    columns = _eight(
        lambda name, w: f"coalesce(p0.{name}, 0) - coalesce(p{w}.{name}, 0)",
        lambda w: f"coalesce(b0.billed, 0) - coalesce(b{w}.billed, 0)",
    )
    return f"select q.customer_id, q.as_of, {columns} from q {joins}"


def _split(sums: str) -> list[str]:
    return [part.strip() for part in sums.replace(", 0)", "; 0)").split(", ")]


def pandas_loop(book: Path, days: int) -> pd.DataFrame:
    """One group-by per first of a month and window."""
    invoices = pd.read_parquet(book / "invoices")
    invoices = invoices[invoices["kind"] != "credit_note"]
    invoices["amount"] = invoices["amount"].astype(float)
    for column in ("booked_at", "due_on"):
        invoices[column] = pd.to_datetime(invoices[column])
    pay = pd.read_parquet(book / "payments")
    pay["amount"] = pay["amount"].astype(float)
    pay = pay.merge(
        invoices[["invoice_id", "customer_id", "booked_at", "due_on"]], on="invoice_id", suffixes=("", "_of")
    )  # fmt: skip
    pay["day"] = np.maximum(pd.to_datetime(pay["booked_at"]), pay["booked_at_of"])
    pay["late"] = (pd.to_datetime(pay["paid_on"]) - pay["due_on"]).dt.days.clip(lower=0)
    pay["days"] = pay["amount"] * pay["late"]
    pay["late_amount"] = pay["amount"].where(pay["late"] > 0, 0.0)
    pay["is_late"] = pay["late"] > 0
    customers = pd.read_parquet(book / "customers").set_index("customer_id")["currency"]
    fx = pd.read_parquet(book / "fx_rates")
    fx["rate_on"], fx["rate"] = pd.to_datetime(fx["rate_on"]), fx["rate"].astype(float)
    found = []
    for day in firsts_of_months(days):
        as_of = pd.Timestamp(day)
        rates = fx[fx["rate_on"] < as_of].sort_values("rate_on").groupby("currency")["rate"].last()
        rate = customers.map(rates).fillna(1.0)
        columns = {}
        for w in (90, 365):
            start = as_of - pd.Timedelta(days=w)
            part = pay[(pay["day"] >= start) & (pay["day"] < as_of)].groupby("customer_id")
            sums = part[["amount", "days", "late_amount", "is_late"]].sum()
            n = part.size()
            columns[f"payments_days_late_mean_{w}d"] = sums["days"] / sums["amount"]
            columns[f"payments_late_share_{w}d"] = sums["late_amount"] / sums["amount"]
            columns[f"payments_late_number_share_{w}d"] = sums["is_late"] / n
            mine = invoices[(invoices["booked_at"] >= start) & (invoices["booked_at"] < as_of)]
            billed = mine.groupby("customer_id")["amount"].sum().reindex(customers.index)
            columns[f"billing_amount_sum_{w}d"] = billed.fillna(0.0) * rate
        found.append(pd.DataFrame(columns, index=customers.index).assign(as_of=day))
    return pd.concat(found).reset_index()[["customer_id", "as_of", *EIGHT]]


def peer(name: str, book: Path, days: int, memory: str, to: Path) -> int:
    """A peer's eight features, written to a file; the number of rows."""
    if name == "pandas_loop":
        frame = pandas_loop(book, days)
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), to)
        return len(frame)
    with duckdb.connect() as con:
        con.execute(
            f"set threads = 2; set memory_limit = '{memory}'; set enable_progress_bar = false"
        )
        con.execute(
            f"set preserve_insertion_order = false; set temp_directory = '{book.parent}/spill'"
        )
        con.execute(
            "create table days as select unnest(?::date[]) as as_of", [firsts_of_months(days)]
        )
        con.execute(_VIEWS.format(book=book))
        sql = {"range_join": range_join, "asof_join": asof_join}[name](con)
        con.execute(f"copy ({sql} order by all) to '{to}' (format parquet)")
    return int(pq.ParquetFile(to).metadata.num_rows)


PARTS = {
    "eight": FeaturesConfig(names=EIGHT, windows_days=(90, 365)),
    "all": FeaturesConfig(families=LEDGER, windows_days=WINDOWS),
    "window_90": FeaturesConfig(families=LEDGER, windows_days=(90,)),
    "window_365": FeaturesConfig(families=LEDGER, windows_days=(365,)),
}
PEERS = ("asof_join", "range_join", "pandas_loop")


def child(part: str, book: Path, days: int, memory: str, to: Path) -> None:
    """Runs one part and prints its figures as JSON."""
    started = time.monotonic()
    if part in PEERS:
        rows = peer(part, book, days, memory, to)
    else:
        rows = ours(book, days, memory, PARTS[part], to)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": time.monotonic() - started, "rows": rows, "peak_gb": peak}))


def run(part: str, book: Path, days: int, memory: str, to: Path | None = None, title: str = "") -> float:  # fmt: skip
    """Runs one part in a process of its own, prints its line, and returns its seconds."""
    target = to or book.parent / f"{part}.parquet"
    given = ["--part", part, "--book", str(book), "--days", str(days), "--memory", memory, "--to", str(target)]  # fmt: skip
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.features", *given], check=True, stdout=subprocess.PIPE
    )
    figures = json.loads(answer.stdout.splitlines()[-1])
    speed = figures["rows"] / figures["seconds"]
    print(
        f"{title or part:34s} {figures['seconds']:7.1f} s {figures['rows']:>12,} observations "
        f"{speed:>10,.0f} a second {figures['peak_gb']:5.1f} GB",
        flush=True,
    )
    return float(figures["seconds"])


def compare(mine: Path, theirs: Path) -> None:
    """Stops where a peer's values are not ours to 1e-9."""
    with duckdb.connect() as con:
        off = " or ".join(
            f"(a.{n} is null) <> (b.{n} is null) or abs(a.{n} - b.{n}) > 1e-9 * greatest(1, abs(a.{n}))"
            for n in EIGHT
        )
        both = f"from '{mine}' a full join '{theirs}' b on a.customer_id = b.customer_id and a.as_of = b.as_of"
        wrong = con.execute(f"select count(*) {both} where a.customer_id is null or b.customer_id is null or {off}").fetchall()  # fmt: skip
    if wrong[0][0]:
        raise SystemExit(f"{theirs.stem}: {wrong[0][0]} rows are not ours")


def doubled(book: Path, to: Path) -> None:
    """The book with every invoice and payment twice, under ids of their own."""
    with duckdb.connect() as con:
        for table in (path.name for path in sorted(book.iterdir()) if path.is_dir()):
            (to / table).mkdir(parents=True)
            keys = {"invoices": ("invoice_id",), "payments": ("payment_id", "invoice_id")}.get(
                table
            )
            rows = f"select * from read_parquet('{book}/{table}/*.parquet')"
            if keys:
                again = ", ".join(f"{key} || '-2' as {key}" for key in keys)
                rows += f" union all select * replace ({again}) from read_parquet('{book}/{table}/*.parquet')"
            con.execute(f"copy ({rows}) to '{to}/{table}/part.parquet' (format parquet)")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=53_000)
    parser.add_argument("--days", type=int, default=48)
    parser.add_argument("--memory", default="4GB")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--part", choices=[*PARTS, *PEERS], help=argparse.SUPPRESS)
    parser.add_argument("--book", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        child(given.part, given.book, given.days, given.memory, given.to)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), given.customers, given.days, given.memory, is_whole=given.whole)


def measure(folder: Path, customers: int, days: int, memory: str, *, is_whole: bool) -> None:
    """Draws the world and prints every line."""
    book, half, twice = folder / "book", folder / "half/book", folder / "twice/book"
    stream(WorldSource(kind="world", customers=customers), UNTIL, "EUR", book, threads=2)
    n = sum(
        pq.ParquetFile(file).metadata.num_rows for file in (book / "invoices").glob("*.parquet")
    )
    print(f"{n:,} invoices and credit notes of {customers:,} customers, {days} days of decision, memory limit {memory}", flush=True)  # fmt: skip
    if is_whole:
        run("all", book, days, memory, folder / "whole.parquet", "all ledger features, to a file")
        return
    mine = run("eight", book, days, memory, title="Bonitas, eight features")
    for name in PEERS:
        theirs = run(name, book, days, "8GB", title=f"{name}, the same eight")
        compare(folder / "eight.parquet", folder / f"{name}.parquet")
        print(f"{'':34s} {theirs / mine:7.1f} times ours; values equal to 1e-9", flush=True)
    full = run("all", book, days, memory, title="Bonitas, all ledger features")
    fewer = run("all", book, days // 2, memory, title="half the days of decision")
    print(f"{'':34s} {full / fewer:7.2f} times as long with twice the days of decision", flush=True)
    short, long = (run(part, book, days, memory) for part in ("window_90", "window_365"))
    print(f"{'':34s} {long / short:7.2f} times as long with windows of 365 days", flush=True)
    stream(WorldSource(kind="world", customers=customers // 2), UNTIL, "EUR", half, threads=2)
    doubled(half, twice)
    once = run("all", half, days, memory, title="half the customers")
    again = run("all", twice, days, memory, title="the same with every invoice twice")
    print(f"{'':34s} {again / once:7.2f} times as long with twice the invoices", flush=True)


if __name__ == "__main__":
    main()
