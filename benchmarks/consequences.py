"""What a fault of the ledger does to defaults: each at 1 % of the rows it can strike, on the demo book.

For every fault of invoices, payments and disputes: how many rows it struck, how many rows left with them, and whose
default changed: `false`, customers in default by the last complete day that were not in the clean book; `lost`, those no
longer known to be. A run would stop where more rows are broken than a rule tolerates; here it goes on, to show why.
`believed`: the customers that would look more than 90 days late, were the rows that a rule set aside believed, by the
rule that says most (the figure of the data page, which is no label: neither materiality of the balance nor disputes count).
`python -m benchmarks.consequences --customers 400` is a quick look, `--only month_missing orphan` measures some faults.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.faults import SEED, clean_book
from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.duck import connect
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import table_paths
from features.engine.backend import Scratch, connected, load
from features.labels.cohort import all_rates
from features.labels.default import spells
from quality.delivery.delivery import Delivery
from quality.delivery.findings import beyond
from quality.faults.catalogue import FAULTS
from quality.faults.fault import DirtError, Fault
from quality.faults.soil import apply
from quality.rules.catalogue import Tolerances

TABLES = ("payments", "invoices", "disputes")
SHARE = 0.01


@dataclass(frozen=True)
class Outcome:
    """What became of a book: rows set aside, whether the run stops, customers that would have looked late, and in default."""

    aside: int
    stops: bool
    believed: int | None
    named: set[str]


def outcome(raw: Path, out: Path, portfolio: PortfolioConfig) -> Outcome:
    """The rows through the rules, and the customers in default by the last complete day."""
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
        rates = all_rates(con, tables, portfolio)
        keep = Scratch(con).keep
        rows = spells(tables, portfolio.default, rates, portfolio.settlement, keep)
        named = con.to_pyarrow(rows.filter(rows.start <= last))["customer_id"].to_pylist()
    said = [one.effect.late_believed for one in found.findings if one.effect is not None]
    stops = bool(beyond(found, Tolerances({}, where="")))
    return Outcome(n_aside, stops, max(said, default=None), set(named))


def places(only: Sequence[str]) -> Iterator[tuple[Fault, str]]:
    """Every fault of the ledger with the table it strikes, or only some."""
    for table in TABLES:
        found = (fault for fault in FAULTS if table in fault.claims)
        yield from ((fault, table) for fault in found if not only or fault.name in only)


def main() -> None:
    """Prints the table, a row per fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="names of faults")
    with clean_book(parser) as (folder, portfolio, arguments):
        clean = outcome(folder / "raw", folder / "clean", portfolio)
        print(f"clean book: {len(clean.named)} customers in default, {clean.aside} rows set aside")
        print(
            "| fault | table | struck | set aside | stops the run | believed | in default | false | lost |"
        )
        print("|---|---|---|---|---|---|---|---|---|", flush=True)
        for fault, table in places(arguments.only):
            with tempfile.TemporaryDirectory(dir=folder) as own:
                place = Path(own)
                try:
                    struck = apply(fault, table, SHARE, SEED, folder / "raw", place / "soiled")
                except DirtError as error:
                    print(f"| {fault.name} | {table} | {error.what} | | | | | | |", flush=True)
                    continue
                now = outcome(place / "soiled", place / "checked", portfolio)
                false, lost = len(now.named - clean.named), len(clean.named - now.named)
                stops, believed = "yes" if now.stops else "no", "" if now.believed is None else now.believed  # fmt: skip
                cells = [struck.n_rows, now.aside, stops, believed, len(now.named), false, lost]
                print(f"| {fault.name} | {table} | {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
