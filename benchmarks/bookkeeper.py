"""A thousand small books beside the double-entry bookkeeper of `tests/bookkeeper`: what is compared, and what differs.

    python -m benchmarks.bookkeeper --customers 1000                  # on DuckDB
    python -m benchmarks.bookkeeper --customers 1000 --engine spark   # on Spark, local[2]
    python -m benchmarks.bookkeeper --book rarer                      # write-offs, plans, refunds, credits of other documents

The books are customers of one delivery, so an engine answers once for all of them. Exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.config.engine import EngineConfig, SparkConfig
from features.engine.backend import connect
from tests.bookkeeper.books import everyday_book
from tests.bookkeeper.rarer import rarer_book
from tests.bookkeeper.tally import DAYS, PRESETS, Tally, decided, features, positions, spells
from tests.engines.conftest import QUICK
from tests.features_books import answered_by
from tests.features_random import seeded

BOOKS = {"everyday": everyday_book, "rarer": rarer_book}
PARTS = ("spells", "positions", "features", "decided")


@contextmanager
def answering(engine: str, folder: Path) -> Iterator[None]:
    """DuckDB answers, or one session of Spark."""
    if engine == "duckdb":
        yield
        return
    spark = SparkConfig(master="local[2]", shuffle_partitions=2, conf=QUICK)
    con = connect(EngineConfig(engine="spark", memory_limit="2GB", spark=spark), folder)
    try:
        with answered_by(con):
            yield
    finally:
        con.disconnect()


def tallies(given: argparse.Namespace, folder: Path) -> Iterator[Tally]:
    """Everything that is compared, as it is asked."""
    made = BOOKS[given.book]
    tables = made(seeded(given.seed), given.customers)
    if "spells" in given.parts:
        yield from (spells(tables, preset) for preset in PRESETS)
    if "positions" in given.parts:
        yield positions(tables, DAYS)
    if "features" in given.parts:
        yield features(tables, DAYS, tuple(given.windows))
    if "decided" in given.parts:
        yield from decided(seeded(given.seed + 1), given.customers, folder, made)


def main() -> None:
    """Prints a line for each thing compared."""
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    found.add_argument("--customers", type=int, default=1_000)
    found.add_argument("--engine", choices=("duckdb", "spark"), default="duckdb")
    found.add_argument("--book", choices=BOOKS, default="everyday")
    found.add_argument("--seed", type=int, default=40)
    found.add_argument("--windows", type=int, nargs="+", default=[90, 365])
    found.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    given = found.parse_args()
    every, started = 0, time.process_time()
    differ: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name, answering(given.engine, Path(name) / "engine"):
        (Path(name) / "book").mkdir()
        for one in tallies(given, Path(name) / "book"):
            every += one.compared
            differ.update(difference.name for difference in one.found)
            print(f"{one.what}: {one.compared:,} compared, {len(one.found)} differ", flush=True)
            for difference in one.found[:5]:
                print(f"  {difference}")
    print(f"{given.engine}, {given.customers:,} {given.book} books, seed {given.seed}: {every:,} compared, {sum(differ.values())} differ; {time.process_time() - started:.0f} s of this process")  # fmt: skip
    if differ:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
