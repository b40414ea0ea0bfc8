"""The portfolio's source to raw tables by contract: files or the world, through one SELECT per table."""

from __future__ import annotations

import tempfile
from pathlib import Path

from contracts.config.portfolio import FilesSource
from contracts.derived import TRUTH
from contracts.files import whole_folder, write_json
from contracts.store import write_arrow
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run
from sources.engine import connect
from sources.extract import extract, manifest, open_tables
from sources.files import open_files
from sources.mapping import read_selects
from world.simulate import simulate


def ingest(settings: Settings) -> str:
    """Writes `data/raw` and `data/truth` (empty where the truth is not known) and returns the rows."""
    portfolio, source = settings.portfolio, settings.portfolio.source
    selects = read_selects(settings.mapping_folder, portfolio)
    with (
        tempfile.TemporaryDirectory() as scratch,
        connect(settings.params.engine) as connection,
        whole_folder(paths.TRUTH) as truth,
        whole_folder(paths.RAW) as raw,
    ):
        if isinstance(source, FilesSource):
            open_files(connection, source, Path(scratch))
        else:
            world = simulate(source, portfolio.complete_until, portfolio.reporting_currency)
            write_arrow(world.truth, truth / f"{TRUTH.name}.parquet")
            open_tables(connection, world.tables)
        tables = extract(connection, selects, raw)
        write_json(raw / paths.MANIFEST.name, manifest(settings.name, portfolio, tables))
    return ", ".join(f"{facts['rows']:,} {name}" for name, facts in tables.items())


if __name__ == "__main__":
    run(ingest)
