"""The portfolio's source to raw tables by contract: files, a database or the world, through one SELECT per table."""

from __future__ import annotations

from contracts.duck import connect
from contracts.files import whole_folder, write_json
from pipelines import paths
from pipelines.book.opened import opened
from pipelines.settings import Settings
from sources.extract import extract, manifest
from sources.mapping.outcomes import refuse_without_outcomes
from sources.mapping.own_columns import with_own_columns
from sources.mapping.selects import read_selects
from sources.ordered import engine_for
from sources.registry import notes_of


def ingest(settings: Settings) -> str:
    """Writes `data/raw` and `data/truth` (a note where the truth is not known) and returns the rows."""
    portfolio, folder = settings.portfolio, settings.mapping_folder
    refuse_without_outcomes(folder, portfolio)
    if portfolio.attributes_from is None:  # before a source is opened, which may take long
        read_selects(folder, portfolio)
    with (
        whole_folder(paths.TRUTH) as truth,
        whole_folder(paths.RAW) as raw,
        connect(engine_for(settings.params.engine, folder)) as connection,
        opened(connection, settings, truth) as facts,
    ):
        portfolio = with_own_columns(connection, folder, portfolio)
        selects = read_selects(folder, portfolio)
        tables = extract(connection, selects, raw, minutes=portfolio.source.select_minutes)
        write_json(raw / paths.MANIFEST.name, manifest(settings.name, portfolio, facts, tables))
        said = notes_of(connection, portfolio)
    rows = ", ".join(f"{facts['rows']:,} {name}" for name, facts in tables.items())
    return "; note: ".join([rows, *said])
