"""What a fault of the ledger does to defaults: each at 1 % of the rows it can strike, on the demo book.

For every fault of invoices, payments and disputes: how many rows it struck, how many rows left with them, and whose
default changed: `false`, customers in default by the last complete day that were not in the clean book; `lost`, those no
longer known to be. A run would stop where more rows are broken than a rule tolerates; here it goes on, to show why.
`python -m benchmarks.consequences --customers 400` is a quick look.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.faults import SEED, clean_book
from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.duck import connect
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import table_paths
from features.engine.backend import connected, load
from features.labels.cohort import _rates
from features.labels.default import spells
from quality.delivery.delivery import Delivery
from quality.delivery.findings import beyond
from quality.faults.catalogue import FAULTS
from quality.faults.fault import DirtError, Fault
from quality.faults.soil import apply
from quality.rules.catalogue import Tolerances

TABLES = ("payments", "invoices", "disputes")
SHARE = 0.01


def outcome(raw: Path, out: Path, portfolio: PortfolioConfig) -> tuple[int, bool, set[str]]:
    """Rows set aside, whether a rule would stop the run, and the customers in default by the last complete day."""
    for name in ("valid", "quarantine"):
        (out / name).mkdir(parents=True)
    with connect(EngineConfig()) as connection:
        delivery = Delivery(connection, raw, portfolio)
        found = delivery.check()
        delivery.write(out / "valid", out / "quarantine")
    aside = table_paths(out / "quarantine", portfolio_tables(portfolio))
    n_aside = sum(pq.read_metadata(path).num_rows for path in aside.values())
    last = (portfolio.complete_until - date(1970, 1, 1)).days
    with connected(EngineConfig(), out / "spill") as con:
        tables = load(con, out / "valid", portfolio)
        rates = _rates(con, tables, portfolio)
        rows = spells(tables, portfolio.default, rates, portfolio.settlement)
        named = con.to_pyarrow(rows.filter(rows.start <= last))["customer_id"].to_pylist()
    return n_aside, bool(beyond(found, Tolerances({}, where=""))), set(named)


def places() -> Iterator[tuple[Fault, str]]:
    """Every fault of the ledger with the table it strikes."""
    for table in TABLES:
        yield from ((fault, table) for fault in FAULTS if table in fault.claims)


def main() -> None:
    """Prints the table, a row per fault."""
    with clean_book(__doc__) as (folder, portfolio, _):
        aside, _, before = outcome(folder / "raw", folder / "clean", portfolio)
        print(f"clean book: {len(before)} customers in default, {aside} rows set aside")
        print("| fault | table | struck | set aside | stops the run | in default | false | lost |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for fault, table in places():
            with tempfile.TemporaryDirectory(dir=folder) as own:
                place = Path(own)
                try:
                    struck = apply(fault, table, SHARE, SEED, folder / "raw", place / "soiled")
                except DirtError as error:
                    print(f"| {fault.name} | {table} | {error.what} | | | | | |", flush=True)
                    continue
                aside, stops, after = outcome(place / "soiled", place / "checked", portfolio)
                cells = [struck.n_rows, aside, "yes" if stops else "no", len(after), len(after - before), len(before - after)]  # fmt: skip
                print(f"| {fault.name} | {table} | {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
