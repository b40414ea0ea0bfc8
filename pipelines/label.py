"""Label: who was in the cohort on which day, and who then entered default."""

from __future__ import annotations

from contracts.tables.derived import COHORT
from contracts.tables.ledger import DEFAULTS
from contracts.tables.queries import ask_again, kept_queries
from contracts.tables.store import write_table
from features.engine.backend import connected, load
from features.labels.cohort import entered, labelled
from features.labels.told import without_default
from features.labels.unheard import told_unknown, without_unknown
from pipelines import paths
from pipelines.book.untold import set_aside
from pipelines.settings import Settings


def label(settings: Settings) -> str:
    """Writes the cohort with its outcomes, and every entry into default."""
    kept = kept_queries(paths.PROGRAMS, f"label {settings.name}")
    with kept as queries, connected(settings.params.engine, paths.SPILL) as con:
        ask_again(con, queries)
        tables = load(con, paths.VALID, settings.portfolio)
        cohort, starts = labelled(con, tables, settings.portfolio, settings.name)
    n_known = len(cohort)
    cohort = without_unknown(cohort, set_aside(settings))
    matured = cohort["defaulted"].dropna().astype(bool)
    write_table(cohort, paths.COHORT, COHORT)
    write_table(entered(starts, settings.portfolio.complete_until), paths.DEFAULTS, DEFAULTS)
    if not matured.any():
        print(without_default(cohort, starts, settings.portfolio))
    return (
        f"{len(cohort)} observations on {cohort['as_of'].nunique()} days, "
        f"{len(matured)} matured, {int(matured.sum())} defaults{told_unknown(n_known - len(cohort))}"
    )
