"""Featurize: what was knowable about each observation of the cohort, one column per feature."""

from __future__ import annotations

from contracts.derived import COHORT
from contracts.store import read_table, write_arrow
from features.engine import connected, load
from features.matrix import build
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run


def featurize(settings: Settings) -> str:
    """Writes the matrix and the lineage of its features."""
    read_table(paths.COHORT, COHORT, columns=["customer_id", "as_of"])
    with connected(settings.params.engine, paths.SPILL) as con:
        tables = load(con, paths.VALID, settings.portfolio)
        cohort = con.read_parquet(paths.COHORT).select("customer_id", "as_of")
        matrix, lineage = build(con, tables, cohort, settings.portfolio, settings.params.features)
    write_arrow(matrix, paths.MATRIX)
    write_arrow(lineage, paths.LINEAGE)
    return f"{matrix.num_rows} observations x {lineage.num_rows} features"


if __name__ == "__main__":
    run(featurize)
