"""The trade-credit world: config and seed in, tables and their truth out - at once, or streamed to Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.config.source import WorldSource
from contracts.files import whole_file
from contracts.tables.raw import FX_RATES
from contracts.tables.simulated import TRUE_DEFAULTS, TRUTH
from contracts.tables.spec import Table
from contracts.tables.store import PACKING, write_arrow
from world.blocks import Block, Shared, Span, hide, make_block, make_economy, share, spans
from world.books.currencies import fx_rates_table
from world.hidden.health import Lives
from world.hidden.hidden import Hidden
from world.hidden.levels import Levels
from world.hidden.population import NO_GROUP, Population


@dataclass(frozen=True, slots=True)
class World:
    """A simulated portfolio.

    Attributes:
        tables: every raw contract table by name, as known on the last complete day.
        truth: one row per (customer_id, first of a month): the 12-month PD given all that is hidden.
        defaults: one row per customer that defaulted: the day, and why.
    """

    tables: dict[str, pa.Table]
    truth: pa.Table
    defaults: pa.Table


def simulate(source: WorldSource, complete_until: date, reporting_currency: str) -> World:
    """Draws a portfolio in memory. Pure: the same arguments give the same tables, on any number of threads.

    Args:
        source: size, years, seed and downturn.
        complete_until: last day the world is seen; nothing has happened or become known after it.
        reporting_currency: ISO 4217; `fx_rates` are units of it.

    Raises:
        ConfigError: a reporting currency the world has no exchange rate for, or too many customers.

    >>> world = simulate(WorldSource(kind="world", customers=50, years=3), date(2024, 12, 31), "EUR")
    >>> world.tables["customers"].num_rows
    50
    """
    plan = list(spans(source.customers))
    shared = share(source, complete_until, reporting_currency)
    blocks = [make_block(shared, span) for span in plan]
    # blocks follow each other in every table's grain: their numbers lead the identifiers
    tables = {name: _joined(block.tables[name] for block in blocks) for name in blocks[0].tables}
    return World(
        tables={**tables, FX_RATES.name: fx_rates_table(shared.rates)},
        truth=_joined(block.truth for block in blocks),
        defaults=_joined(block.defaults for block in blocks),
    )


def _joined(parts: Iterable[pa.Table]) -> pa.Table:
    return pa.concat_tables(parts).combine_chunks()


def stream(
    source: WorldSource,
    complete_until: date,
    reporting_currency: str,
    folder: Path,
    *,
    threads: int = 1,
) -> None:
    """Writes the rows of `simulate` as Parquet, block by block: memory does not grow with the book.

    `<folder>/<table>/part-00000.parquet` and so on for every raw table, which read in the order of their names are
    sorted by its grain; `<folder>/truth.parquet` and `<folder>/true_defaults.parquet`. Each file is written whole;
    a reader who must never see half a world gets the folder after the call (`contracts.files.whole_folder`).

    Args:
        source: as in `simulate`.
        complete_until: as in `simulate`.
        reporting_currency: as in `simulate`.
        folder: where to write; made where absent.
        threads: blocks drawn at a time; changes no byte.

    Raises:
        ConfigError: as in `simulate`.
    """
    plan = list(spans(source.customers))
    shared = share(source, complete_until, reporting_currency)
    write_arrow(fx_rates_table(shared.rates), _part(folder, FX_RATES.name, 0))
    with (
        _growing(folder / f"{TRUTH.name}.parquet", TRUTH) as truth,
        _growing(folder / f"{TRUE_DEFAULTS.name}.parquet", TRUE_DEFAULTS) as defaults,
        ThreadPoolExecutor(threads) as pool,
    ):
        for block in pool.map(lambda span: _written(shared, span, folder), plan):
            truth.write_table(block.truth)
            defaults.write_table(block.defaults)


@contextmanager
def _growing(path: Path, table: Table) -> Iterator[pq.ParquetWriter]:
    """A Parquet file of the contract that grows by a row group at a time, and appears when it is whole."""
    with (
        whole_file(path) as partial,
        pq.ParquetWriter(partial, table.arrow_schema(), **PACKING) as writer,
    ):
        yield writer


def _written(shared: Shared, span: Span, folder: Path) -> Block:
    """Writes one block's raw tables; returns what is left of it: its part of the truth."""
    block = make_block(shared, span)
    for name, table in block.tables.items():
        write_arrow(table, _part(folder, name, span.block))
    return replace(block, tables={})


def _part(folder: Path, table: str, block: int) -> Path:
    return folder / table / f"part-{block:05d}.parquet"


def draw_hidden(source: WorldSource, complete_until: date, levels: Levels) -> Hidden:
    """The hidden part of `simulate` alone, all blocks in one: for tests and benchmarks."""
    economy = make_economy(source, complete_until, levels)
    parts = [hide(economy, span) for span in spans(source.customers)]
    people, groups = [], 0
    for part in (part.population for part in parts):
        own = np.where(part.group == NO_GROUP, NO_GROUP, part.group + groups)
        people.append(replace(part, group=own))
        groups = max(groups, int(own.max()) + 1)
    return replace(
        parts[0],
        population=Population(*_stacked(people)),
        lives=Lives(*_stacked([part.lives for part in parts])),
    )


def _stacked(parts: Sequence[Population] | Sequence[Lives]) -> Iterator[np.ndarray]:
    """Each field of the parts, one part's customers after the other's."""
    for field in fields(parts[0]):
        yield np.concatenate([getattr(part, field.name) for part in parts])
