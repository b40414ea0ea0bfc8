"""The demo beside the double-entry bookkeeper of `tests/bookkeeper`: every customer of the newest day, to the cent and the day.

    python -m benchmarks.bookkeeper_demo                 # position, trading record, decisions
    python -m benchmarks.bookkeeper_demo --features 100  # and the ledger's features of so many of them
    python -m benchmarks.bookkeeper_demo --folder ../demo

The bookkeeper reads `data/valid` and counts in plain Python; a PD is what the run gave. Exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from contracts.calendar import COMPARED_MONTHS, months_back
from contracts.config.decisions import RateConfig
from contracts.config.settlement import SettlementConfig
from contracts.tables.derived import MATRIX, PORTFOLIO
from contracts.tables.ledger import BUCKETS, TRADING
from contracts.tables.spec import Table
from contracts.tables.store import read_table
from tests.bookkeeper.ageing import position_row
from tests.bookkeeper.compare import CENT, HALF, Difference, rates_before, same
from tests.bookkeeper.credit import Decision, File, decide
from tests.bookkeeper.decided import decision_differences, trading_differences
from tests.bookkeeper.features import Desk, values
from tests.bookkeeper.journal import Books, open_books
from tests.bookkeeper.trade import peak
from tests.features_books import Row, Tables

TABLES = ("customers", "invoices", "payments", "disputes", "events", "credit_terms", "fx_rates")


class Demo:
    """A finished run and the desks of its customers.

    Attributes:
        as_of: the newest day of decision.
        rules: of settlement, and of the house.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.con = folder, duckdb.connect()
        self.tables: Tables = {name: self.read(f"data/valid/{name}.parquet") for name in TABLES}
        told = yaml.safe_load((folder / "configs/portfolios/demo.yaml").read_text(encoding="utf-8"))
        params = yaml.safe_load((folder / "configs/params.yaml").read_text(encoding="utf-8"))
        self.settlement = SettlementConfig(**told["settlement"])
        self.house = RateConfig(**params["rate"])
        self.windows = tuple(params["features"].get("windows_days", [90, 365]))
        self.portfolio = self.frame("data/scored/portfolio.parquet", PORTFOLIO)
        self.as_of: date = self.portfolio["as_of"].max().date()
        self.portfolio = self.portfolio[self.portfolio["as_of"] == pd.Timestamp(self.as_of)]

    def read(self, path: str) -> list[Row]:
        """The rows of a table of the run."""
        found = self.con.execute(f"FROM '{self.folder / path}'")
        names = [str(one[0]) for one in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def frame(self, path: str, table: Table) -> pd.DataFrame:
        """A table of the run, as its contract reads it."""
        return read_table(self.folder / path, table)

    @cached_property
    def books(self) -> dict[str, Books]:
        """By customer."""
        return open_books(self.tables)

    def desks(self, day: date) -> dict[str, Desk]:
        """Every customer on a day."""
        rates = rates_before(self.tables, day)
        return {who: Desk(one, day, rates, self.settlement) for who, one in self.books.items()}

    @cached_property
    def statements(self) -> dict[str, list[Row]]:
        """By customer."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.read("data/valid/financials.parquet"):
            found[row["customer_id"]].append(row)
        return found

    @cached_property
    def pds(self) -> dict[str, Decimal]:
        """By customer with a score."""
        rows = zip(self.portfolio["customer_id"], self.portfolio["pd"], strict=True)
        return {who: Decimal(repr(float(chance))) for who, chance in rows}

    def decided(self, desks: dict[str, Desk]) -> dict[str, Decision]:
        """By customer with a score."""
        return {
            who: decide(desks[who], File(chance, self.statements[who], self.house))
            for who, chance in self.pds.items()
        }


Found = tuple[str, int, Sequence[Difference]]


def positions(demo: Demo, desks: dict[str, Desk]) -> Found:
    """Balance, exposure, overdue, buckets, what is disputed, oldest days; the peak of the newest day."""
    table = {(row["customer_id"], row["as_of"]): row for row in demo.read("data/features/position.parquet")}  # fmt: skip
    found, compared, days = [], 0, {demo.as_of: desks}
    days[months_back(demo.as_of, COMPARED_MONTHS)] = demo.desks(months_back(demo.as_of, COMPARED_MONTHS))  # fmt: skip
    for day, every in days.items():
        for who, desk in every.items():
            kept: dict[str, Any] = dict(position_row(desk.position(), day))
            if day == demo.as_of:
                kept["peak_balance"] = peak(desk)
            row = table.get((who, day), {})
            compared += len(kept)
            for name, value in kept.items():
                if abs(Decimal(row.get(name) or 0) - value) > (CENT if name in BUCKETS else HALF):
                    found.append(Difference(who, day, name, row.get(name), value))
    return "figures of what is owed", compared, found


def features(demo: Demo, desks: dict[str, Desk], customers: int) -> Found:
    """The ledger's features of every n-th customer with a score."""
    whose = sorted(demo.pds)[:: max(1, len(demo.pds) // customers)][:customers]
    matrix = demo.frame("data/features/matrix.parquet", MATRIX)
    matrix = matrix[matrix["as_of"] == pd.Timestamp(demo.as_of)].set_index("customer_id")
    found, compared = [], 0
    for who in whose:
        row = matrix.loc[who]
        for name, value in values(desks[who], demo.windows).items():
            if name not in matrix.columns:
                continue
            theirs: float | None = None if pd.isna(row[name]) else float(row[name])
            compared += 1
            if not same(theirs, value):
                found.append(Difference(who, demo.as_of, name, theirs, value))
    return f"features of {len(whose)} customers", compared, found


def asked(demo: Demo, customers: int) -> Iterator[Found]:
    """Everything that is compared."""
    desks = demo.desks(demo.as_of)
    yield positions(demo, desks)
    yield "figures of the trading record", *trading_differences(demo.frame("data/features/trading.parquet", TRADING), desks)  # fmt: skip
    yield "figures of the decisions", *decision_differences(demo.portfolio, demo.decided(desks))
    if customers:
        yield features(demo, desks, customers)


def main() -> None:
    """Prints a line for each thing compared."""
    asks = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    asks.add_argument("--folder", type=Path, default=Path())
    asks.add_argument("--features", type=int, default=0)
    given, started, wrong = asks.parse_args(), time.process_time(), 0
    for what, compared, found in asked(Demo(given.folder), given.features):
        wrong += len(found)
        print(f"{what}: {compared:,} compared, {len(found)} differ {dict(Counter(one.name for one in found)) or ''}", flush=True)  # fmt: skip
        for difference in found[:5]:
            print(f"  {difference}")
    print(f"{time.process_time() - started:.0f} s of the processor")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
