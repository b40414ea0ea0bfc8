"""A small simulated book as raw tables, ways to look at what a fault did to it, and to check it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import WorldSource
from contracts.duck import connect
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import write_arrow
from pipelines.settings import load_portfolio
from quality.delivery.delivery import Delivery
from quality.faults.catalogue import FAULTS
from quality.faults.fault import Fault
from quality.faults.soil import Struck
from tests.asked_once import remember_questions
from world.simulate import simulate

remember_questions()

UNTIL = date(2024, 10, 31)
PLACES = [(fault, table) for fault in FAULTS for table in fault.claims]


@cache
def portfolio() -> PortfolioConfig:
    """The demo's configuration, ending earlier."""
    return load_portfolio("demo").model_copy(update={"complete_until": UNTIL})


@cache
def _world(customers: int, years: int) -> dict[str, pa.Table]:
    source = WorldSource(kind="world", customers=customers, years=years, seed=5, downturn="severe")
    tables = simulate(source, UNTIL, "EUR").tables
    contracts = portfolio_tables(portfolio())
    return {name: table.select(contracts[name].column_names) for name, table in tables.items()}


def write_book(folder: Path, customers: int, years: int, names: Iterable[str] = ()) -> Path:
    """The raw tables of a small world (all, or those named) in a folder that is made."""
    folder.mkdir()
    tables = _world(customers, years)
    for name in names or tables:
        write_arrow(tables[name], folder / f"{name}.parquet")
    return folder


def rows(path: Path | pa.Table) -> Counter[tuple[str | None, ...]]:
    """The rows of a table as a multiset; every value as the text the record of a fault has for it."""
    table = pq.read_table(path) if isinstance(path, Path) else path
    with duckdb.connect() as connection:
        connection.register("listed", table)
        return Counter(
            connection.execute("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM listed").fetchall()
        )


def find_place(name: str, table: str) -> tuple[Fault, str]:
    """A fault of the catalogue at a table."""
    return next(place for place in PLACES if (place[0].name, place[1]) == (name, table))


def check(raw: Path, out: Path) -> dict[tuple[str, str], int]:
    """Broken rows by table and rule; writes `valid` and `quarantine` below `out`, which is made."""
    for name in ("valid", "quarantine"):
        (out / name).mkdir(parents=True)
    with connect(EngineConfig(threads=1)) as connection:
        delivery = Delivery(connection, raw, portfolio())
        found = {(one.table, one.rule.name): one.broken for one in delivery.check().findings}
        delivery.write(out / "valid", out / "quarantine")
    return found


def keys(struck: Struck) -> set[str]:
    """Keys of the struck rows."""
    return set(struck.record["key"].to_pylist())
