"""The portfolio's source, whatever its kind, as relations that the SELECTs can read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from contracts.config.source import WorldSource
from contracts.files import write_text
from contracts.scratch import scratch
from contracts.tables.simulated import TRUE_DEFAULTS, TRUTH
from pipelines.settings import Settings
from sources.extract import open_parts
from sources.registry import opened_source

UNKNOWN = "Who would have defaulted, and why, is known of a simulated portfolio only.\n"
"""In `data/truth` of any other, so that the folder speaks for itself."""


@contextmanager
def opened(
    connection: duckdb.DuckDBPyConnection, settings: Settings, truth: Path
) -> Iterator[dict[str, Any]]:
    """Makes the source's relations readable, whatever its kind, and yields the facts of what is read."""
    portfolio, source = settings.portfolio, settings.portfolio.source
    if isinstance(source, WorldSource):
        from world.simulate import stream  # noqa: PLC0415 - nobody else needs a world

        with scratch() as folder:
            threads = settings.params.engine.threads
            until, currency = portfolio.complete_until, portfolio.reporting_currency
            stream(source, until, currency, folder, threads=threads)
            for table in (TRUTH, TRUE_DEFAULTS):
                shutil.move(f"{folder}/{table.name}.parquet", truth)
            open_parts(connection, folder)
            yield source.described()
    else:
        write_text(truth / "unknown.txt", UNKNOWN)
        with opened_source(connection, portfolio, settings.database_url) as facts:
            yield facts
