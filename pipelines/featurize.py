"""Featurize: what was knowable about each observation of the cohort, one column per feature."""

from __future__ import annotations

from contracts.derived import COHORT
from contracts.raw import portfolio_tables
from contracts.store import read_table, table_paths, write_arrow
from features.engine import connect, load
from features.matrix import build, sources
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run


def featurize(settings: Settings) -> str:
    """Writes the matrix and the lineage of its features. Files that no selected feature needs are not opened."""
    config, portfolio = settings.params.features, settings.portfolio
    delivered = table_paths(paths.VALID, portfolio_tables(portfolio))
    con = connect(settings.params.engine, paths.SPILL)
    tables = load(con, paths.VALID, portfolio, sources(config, portfolio, delivered))
    read_table(paths.COHORT, COHORT, columns=["customer_id", "as_of"])
    cohort = con.read_parquet(paths.COHORT).select("customer_id", "as_of")
    matrix, lineage = build(con, tables, cohort, portfolio, config)
    write_arrow(matrix, paths.MATRIX)
    write_arrow(lineage, paths.LINEAGE)
    return f"{matrix.num_rows} observations x {lineage.num_rows} features"


if __name__ == "__main__":
    run(featurize)
