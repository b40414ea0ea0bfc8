"""What writing the queries of the features costs, and what is left where they are played: `python -m benchmarks.queries [customer]`.

On the book that lies in `data/` after a run. Prints seconds of processor time of all features of three customers and of the
page of one, without programs, where they are written, and where they are played; the bytes of all three must be equal.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from contracts.tables.derived import COHORT, KEY
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import read_table, table_paths
from features.catalog import chosen
from features.engine.backend import connected, load
from features.engine.programs import keep_programs
from features.matrix.matrix import base_values
from pipelines import paths
from pipelines.book.cut import cut
from pipelines.errands.customer import customer
from pipelines.settings import Settings
from pipelines.settings import load as load_settings

N_CUSTOMERS = 3
T = TypeVar("T")
TURNS = ("without", "written", "played")


def seconds(run: Callable[[], T]) -> tuple[float, T]:
    """Processor seconds of this process, and what came of it."""
    start = time.process_time()
    found = run()
    return time.process_time() - start, found


def features_of(
    settings: Settings, folder: Path, ids: list[str], programs: Path | None
) -> pa.Table:
    """All features of a few customers on every day of decision."""
    with connected(settings.params.engine, folder / "spill") as con:
        if programs:
            keep_programs(con, programs)
        tables = load(con, folder, settings.portfolio)
        cohort = con.read_parquet(paths.COHORT, table_name="cohort").select(*KEY)
        asked = cohort.filter(cohort.customer_id.isin(ids))
        config = settings.params.features
        features = chosen(config, tables, settings.portfolio)
        values = base_values(con, tables, asked, settings.portfolio, config, features)
        return con.to_pyarrow(values.order_by(KEY))


def main() -> None:
    """Prints the table."""
    settings = load_settings()
    ids = sorted(read_table(paths.COHORT, COHORT, columns=KEY)["customer_id"].unique())
    one = sys.argv[1] if len(sys.argv) > 1 else ids[-1]
    print("| what | without | written | played | played / without |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        delivered = table_paths(paths.VALID, portfolio_tables(settings.portfolio))
        cut(delivered, ids[:N_CUSTOMERS], folder, settings.params.engine)
        shelf = folder / "programs"
        features_of(settings, folder, ids[:N_CUSTOMERS], None)  # imports and caches
        taken, found = {}, []
        for turn in TURNS:
            at = None if turn == "without" else shelf
            taken[turn], rows = seconds(
                partial(features_of, settings, folder, ids[:N_CUSTOMERS], at)
            )
            found.append(rows)
        if not all(one.equals(found[0]) for one in found):
            sys.exit("the values differ")
        _print(f"all features of {N_CUSTOMERS} customers", taken)
        shutil.rmtree(paths.PROGRAMS, ignore_errors=True)
        page = {
            turn: seconds(partial(customer, settings, one, folder=folder / "asked"))[0]
            for turn in TURNS[1:]
        }
        _print(f"page of {one}", page)


def _print(what: str, taken: dict[str, float]) -> None:
    cells = [f"{taken[turn]:.1f}" if turn in taken else "" for turn in TURNS]
    base = taken.get("without", taken["written"])
    print(f"| {what} | {' | '.join(cells)} | {taken['played'] / base:.2f} |", flush=True)


if __name__ == "__main__":
    main()
