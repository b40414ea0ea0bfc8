"""Strikes faults at a copy of the current portfolio's raw tables: a soiled extract, and a portfolio that reads it.

`make run PORTFOLIO=dirt` then takes it through the whole pipeline. Not a stage: nothing depends on it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from contracts.errors import ConfigError
from contracts.files import read_json, write_text
from contracts.scratch import scratch
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import table_paths
from pipelines import paths
from pipelines.settings import Settings
from quality.faults.catalogue import EVERY, find, table_of
from quality.faults.document import claimants
from quality.faults.extract import (
    balances_block,
    damage,
    export,
    source_block,
    with_section,
    write_mappings,
)
from quality.faults.fault import AnyFault, Fault
from quality.faults.measure import open_balances
from quality.faults.soil import RECORD, Order, soil

NAME = "dirt"
TO = Path("data/dirt")

Blow = tuple[AnyFault, str]
"""A fault and the table it strikes."""


def soil_portfolio(settings: Settings, blows: list[Blow], share: float, seed: int, to: Path) -> str:
    """Writes the soiled extract, `configs/portfolios/dirt.yaml` and its SELECTs; returns what was struck."""
    orders = [Order(fault, table, share) for fault, table in blows if isinstance(fault, Fault)]
    lines = []
    with scratch() as place:
        raw, record = paths.RAW, place / "raw" / RECORD
        if orders:
            raw = record.parent
            lines += [
                f"{one.fault}: {one.n_rows:,} rows of {one.table} {one.deed}; "
                f"{one.claim.rule} should show it on {one.claim.table}"
                for one in soil(paths.RAW, raw, orders, seed)
            ]
        files = export(raw, to)
        if orders:
            shutil.copyfile(record, to / record.name)
    tables = {
        name: table for name, table in portfolio_tables(settings.portfolio).items() if name in files
    }
    for fault, table in blows:
        if not isinstance(fault, Fault):
            files = damage(files, fault, table, tables[table])
            rule = fault.claims[table].rule
            lines.append(f"{fault.name}: {files[table].name}; ingest should stop with a {rule}")
    write_mappings(tables, paths.PORTFOLIOS / NAME)
    origin = (paths.PORTFOLIOS / f"{settings.name}.yaml").read_text(encoding="utf-8")
    head = f"# Written by `make soil` from {settings.name}.yaml; not in git. See docs/dirt.md.\n"
    yaml = with_section(origin, source_block(files, to))
    if balances := open_balances(paths.RAW):
        yaml = with_section(yaml, balances_block(balances, settings.portfolio.complete_until))
    write_text(paths.PORTFOLIOS / f"{NAME}.yaml", head + yaml)
    return "\n  ".join([f"{len(files)} tables in {to}", *lines, f"Now: make run PORTFOLIO={NAME}"])


def check_ingested(settings: Settings) -> None:
    """Raises ConfigError where `data/raw` is not that of the current portfolio, or is soiled already."""
    delivered = read_json(paths.MANIFEST)["portfolio"]
    if settings.name == NAME or delivered != settings.name:
        raise ConfigError(
            "The raw tables are soiled already."
            if settings.name == NAME
            else "The raw tables are those of another portfolio.",
            where=str(paths.RAW),
            value=f"data/raw holds {delivered}, configs/params.yaml names {settings.name}",
            next_step="Choose the portfolio and ingest it: `bonitas choose demo`, then `dvc repro ingest`.",
        )


def listing() -> str:
    """One line per fault: its name, and who should catch it."""
    return "\n".join(f"{one.name:34}{', '.join(claimants(one))}" for one in EVERY)


def soil_current(
    settings: Settings, faults: list[str], table: str | None, share: float, seed: int, to: Path
) -> str:
    """Strikes faults at a copy of the current portfolio's raw tables; see `soil_portfolio`."""
    check_ingested(settings)
    delivered = table_paths(paths.RAW, portfolio_tables(settings.portfolio))
    blows = [(fault, table_of(fault, delivered, table)) for fault in map(find, faults)]
    return soil_portfolio(settings, blows, share, seed, to)
