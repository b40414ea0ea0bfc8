"""Label: who was in the cohort on which day, and who then entered default."""

from __future__ import annotations

from contracts.tables.derived import COHORT
from contracts.tables.store import write_table
from features.engine.backend import connected, load
from features.labels.cohort import entries, observe
from features.labels.told import without_default
from pipelines import paths
from pipelines.settings import Settings


def label(settings: Settings) -> str:
    """Writes the cohort with its outcomes."""
    with connected(settings.params.engine, paths.SPILL) as con:
        tables = load(con, paths.VALID, settings.portfolio)
        cohort = observe(con, tables, settings.portfolio, settings.name)
        matured = cohort["defaulted"].dropna().astype(bool)
        starts = None if matured.any() else entries(con, tables, settings.portfolio)
    write_table(cohort, paths.COHORT, COHORT)
    if starts is not None:
        print(without_default(cohort, starts, settings.portfolio))
    return (
        f"{len(cohort)} observations on {cohort['as_of'].nunique()} days, "
        f"{len(matured)} matured, {int(matured.sum())} defaults"
    )
