"""Featurize: what was knowable about each observation of the cohort, one column per feature."""

from __future__ import annotations

from contracts.tables.derived import COHORT
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import read_table, table_paths
from features.engine.backend import connected, load
from features.matrix.matrix import sources
from features.refresh.incremental import refresh
from features.refresh.record import Shelf
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run


def featurize(settings: Settings) -> str:
    """Brings the matrix and its lineage up to date. Files that no selected feature needs are not opened."""
    config, portfolio = settings.params.features, settings.portfolio
    delivered = table_paths(paths.VALID, portfolio_tables(portfolio))
    read_table(paths.COHORT, COHORT, columns=["customer_id", "as_of"])
    shelf = Shelf(features=paths.MATRIX.parent, known=paths.KNOWN)
    with connected(settings.params.engine, paths.SPILL) as con:
        tables = load(con, paths.VALID, portfolio, sources(config, portfolio, delivered))
        cohort = con.read_parquet(paths.COHORT).select("customer_id", "as_of")
        return str(refresh(con, tables, cohort, portfolio, config, shelf))


if __name__ == "__main__":
    run(featurize)
