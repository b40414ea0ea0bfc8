"""What is caught: every fault at every table it can strike, at three shares of the rows of the demo book.

Prints the table of RESULTS.md: how many rows were struck, and which share of them the claimed rule flagged. A second
figure in brackets is the share caught at all, where another rule set rows aside. The clean book comes first: it should
quarantine nothing. Faults of the tables that hang on customers alone are struck in one copy, those of payments and disputes
as well: their rules do not look at one another. `python -m benchmarks.faults --customers 400` is a quick look.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import BalanceConfig, PortfolioConfig
from contracts.config.source import WorldSource
from contracts.duck import connect
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import table_paths, write_arrow
from pipelines.settings import load_portfolio
from quality.delivery.delivery import Delivery
from quality.faults.catalogue import FAULTS, FILE_FAULTS, find
from quality.faults.fault import DirtError, Fault
from quality.faults.measure import Caught, caught, open_balances
from quality.faults.soil import Order, soil
from world.simulate import simulate

SHARES = (0.001, 0.01, 0.1)
SEED = 7
# What a fault is checked with: the tables its rule looks at, and no others, which would cost time only.
BESIDE = {
    ("fx_rates",): (),
    ("customers",): ("fx_rates",),
    ("credit_terms", "financials", "events", "attributes"): ("fx_rates", "customers"),
    ("invoices",): ("fx_rates", "customers", "credit_terms"),
    ("payments", "disputes"): ("fx_rates", "customers", "invoices"),
}
WHOLE_LEDGER = {"kinds_swapped", "open_items_missing", "numbered_anew", "year_before"}
"""Faults of invoices whose rule looks at payments."""

Blow = tuple[str, str]
"""Names of a fault and of the table it strikes."""
Line = tuple[Blow, float, Caught | str]
"""A fault at a table, the share, and what was caught, or why it could not strike."""


@dataclass(frozen=True)
class Copy:
    """One soiled copy of the book: faults at different tables, and the tables that are checked."""

    blows: tuple[Blow, ...]
    share: float
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """The clean book in memory of every worker: its folder, its portfolio, and what its rules find."""

    raw: Path
    portfolio: PortfolioConfig
    broken: dict[tuple[str, str], int]


def copies() -> Iterator[Copy]:
    """Every fault, table and share, in as few copies as can be checked without one fault touching another."""
    for group, beside in BESIDE.items():
        by_table = [[(one.name, table) for one in FAULTS if table in one.claims] for table in group]
        for row in zip_longest(*by_table):
            blows = tuple(blow for blow in row if blow is not None)
            more = (
                ("payments",)
                if WHOLE_LEDGER & {name for name, _ in blows} and "invoices" in group
                else ()
            )
            for share in SHARES:
                yield Copy(blows, share, (*group, *beside, *more))


def check(book: Book, raw: Path, out: Path) -> dict[tuple[str, str], int]:
    """Broken rows by table and rule; quarantined rows are written to `out/quarantine`."""
    with connect(EngineConfig(threads=1)) as connection:
        delivery = Delivery(connection, raw, book.portfolio)
        found = {(one.table, one.rule.name): one.broken for one in delivery.check().findings}
        for name in ("valid", "quarantine"):
            (out / name).mkdir()
        delivery.write(out / "valid", out / "quarantine")
    return found


def measure(book: Book, copy: Copy) -> list[Line]:
    """Soils one copy and says what was caught, or why the fault could not strike."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "part").mkdir()
        for name in copy.tables:
            (folder / "part" / f"{name}.parquet").symlink_to(book.raw / f"{name}.parquet")
        orders = [Order(cast("Fault", find(name)), table, copy.share) for name, table in copy.blows]
        lines: list[Line] = []
        try:
            struck = soil(folder / "part", folder / "soiled", orders, SEED)
        except DirtError:
            orders, lines = possible(orders, folder)
            struck = soil(folder / "part", folder / "soiled", orders, SEED) if orders else ()
        if struck:
            broken = check(book, folder / "soiled", folder)
            aside = folder / "quarantine"
            lines += [
                ((one.fault, one.table), copy.share, caught(one, book.broken, broken, aside))
                for one in struck
            ]
        return lines


def possible(orders: list[Order], folder: Path) -> tuple[list[Order], list[Line]]:
    """The faults that find enough rows, and why the others do not."""
    able: list[Order] = []
    lines: list[Line] = []
    for order in orders:
        try:
            soil(folder / "part", folder / "trial", [order], SEED)
        except DirtError as error:
            lines.append(((order.fault.name, order.table), order.share, error.what))
        else:
            able.append(order)
    return able, lines


def write_book(customers: int, raw: Path) -> PortfolioConfig:
    """The demo book's raw tables."""
    portfolio = load_portfolio("demo")
    source = cast("WorldSource", portfolio.source)
    source = source.model_copy(update={"customers": customers})
    world = simulate(source, portfolio.complete_until, portfolio.reporting_currency)
    for name, table in world.tables.items():
        columns = list(portfolio_tables(portfolio)[name].column_names)
        write_arrow(table.select(columns), raw / f"{name}.parquet")
    return stated(raw, portfolio)


@contextmanager
def clean_book(
    parser: argparse.ArgumentParser,
) -> Iterator[tuple[Path, PortfolioConfig, argparse.Namespace]]:
    """What a benchmark of faults starts from: a folder with the clean book in `raw`, its portfolio, and the options given.

    Prints how long all of it took.

    Args:
        parser: what `--help` says, and the options besides `--customers`.
    """
    parser.add_argument("--customers", type=int, default=2_000)
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "raw").mkdir()
        yield folder, write_book(arguments.customers, folder / "raw"), arguments
    print(f"{time.monotonic() - started:.0f} s")


def stated(raw: Path, portfolio: PortfolioConfig) -> PortfolioConfig:
    """The portfolio with the balances of its general ledger, which are those of the clean book."""
    on = portfolio.complete_until
    balances = tuple(
        BalanceConfig(on=on, currency=code, open_balance=amount)
        for code, amount in open_balances(raw).items()
    )
    return portfolio.model_copy(update={"balances": balances})


def shown(result: Caught | str | None) -> tuple[str, str]:
    """The two cells of a share: rows struck, and the share caught."""
    if result is None or isinstance(result, str):
        return ("-", "too few" if result else "-")
    share = f"{result.share:.1%}"
    return (
        f"{result.struck:,}",
        share if not result.by_other else f"{share} ({result.share_by_any:.1%})",
    )


def table(results: dict[tuple[Blow, float], Caught | str]) -> Iterable[str]:
    """The markdown table, a row per fault and table."""
    heads = " | ".join(f"struck at {share:.1%} | caught" for share in SHARES)
    yield f"| fault | table | rule | {heads} |"
    yield "|" + "---|" * (3 + 2 * len(SHARES))
    for fault in FAULTS:
        for name, claim in fault.claims.items():
            found = [results.get(((fault.name, name), share)) for share in SHARES]
            cells = [cell for result in found for cell in shown(result)]
            rule = claim.rule if claim.table == name else f"{claim.rule} of {claim.table}"
            yield f"| {fault.name} | {name} | {rule} | {' | '.join(cells)} |"


def main() -> None:
    """Prints the clean book's findings, the table, and its totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    with clean_book(parser) as (folder, portfolio, arguments):
        _print_caught(folder, portfolio, arguments.jobs)


def _print_caught(folder: Path, portfolio: PortfolioConfig, jobs: int) -> None:
    clean = check(Book(folder / "raw", portfolio, {}), folder / "raw", folder)
    kept = table_paths(folder / "quarantine", portfolio_tables(portfolio))
    aside = [name for name, path in kept.items() if pq.read_metadata(path).num_rows]
    print(f"clean book: tables with quarantined rows: {', '.join(aside) or 'none'}")
    for (name, rule), n in clean.items():
        if n:
            print(f"  {n} rows of {name} reported by {rule}")
    book = Book(folder / "raw", portfolio, clean)
    with ProcessPoolExecutor(jobs) as pool:
        lines = [line for lines in pool.map(partial(measure, book), copies()) for line in lines]
    results = {(blow, share): result for blow, share, result in lines}
    print(*table(results), sep="\n")
    for share in SHARES:
        found = [one for (_, at), one in results.items() if at == share and isinstance(one, Caught)]
        whole = sum(one.by_claim == one.struck for one in found)
        by_any = sum(one.by_claim + one.by_other == one.struck for one in found)
        print(
            f"share {share:.1%}: {whole} of {len(found)} caught whole by the claimed rule, {by_any} by any"
        )
    print(f"{len(FAULTS)} faults of rows, {len(FILE_FAULTS)} of files")


if __name__ == "__main__":
    main()
