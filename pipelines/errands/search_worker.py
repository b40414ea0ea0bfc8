"""Joins the search of the portfolio that params.yaml names, and runs trials until its budget is used up.

Start as many as there are machines, each with the same code, config, `data/features` and `data/interim/partition.parquet`,
and the same database in the environment variable that `train.search.storage_variable` names. `train` then finds the trials done.
With one process and a budget in trials the result is always the same; with several, what is tried depends on who was faster.
"""

from __future__ import annotations

from contracts.tables.derived import LINEAGE, MATRIX, PARTITION
from contracts.tables.store import read_table
from models.search.preparation import prepare
from models.search.search import search
from models.search.study import Storage
from pipelines import paths
from pipelines.settings import Settings, studies_url


def work(settings: Settings) -> str:
    """Runs trials of the current study; writes nothing but them."""
    config = settings.params.train
    storage = Storage(studies_url(config.search).get_secret_value())
    ready = prepare(
        read_table(paths.MATRIX, MATRIX),
        read_table(paths.LINEAGE, LINEAGE),
        read_table(paths.PARTITION, PARTITION),
        config,
        portfolio=settings.name,
        horizon_months=settings.portfolio.horizon_months,
    )
    found = search(ready.course, config, storage)
    return (
        f"{found.ran} of the {len(found.trials)} trials of study {found.study} ran here; "
        f"best log loss {found.log_loss:.5f} on later data"
    )
