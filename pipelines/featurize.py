"""Featurize: what was knowable about each observation of the cohort, one column per feature."""

from __future__ import annotations

from contracts.derived import COHORT
from contracts.store import read_table
from features.engine import connect, load
from features.incremental import refresh
from features.record import Shelf
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run


def featurize(settings: Settings) -> str:
    """Brings the matrix and the lineage of its features up to date; says how much of it was computed."""
    con = connect(settings.params.engine, paths.SPILL)
    tables = load(con, paths.VALID, settings.portfolio)
    read_table(paths.COHORT, COHORT, columns=["customer_id", "as_of"])
    cohort = con.read_parquet(paths.COHORT).select("customer_id", "as_of")
    shelf = Shelf(features=paths.MATRIX.parent, known=paths.KNOWN)
    return str(refresh(con, tables, cohort, settings.portfolio, settings.params.features, shelf))


if __name__ == "__main__":
    run(featurize)
