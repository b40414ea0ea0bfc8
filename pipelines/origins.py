"""What the recipe that ships would have said each year, fitted on what was final then alone."""

from __future__ import annotations

import pandas as pd

from contracts.documents.earned import Earned
from contracts.documents.open_rows import OpenRows
from contracts.tables.derived import MATRIX, PARTITION
from contracts.tables.history import ORIGINS
from contracts.tables.ledger import DEFAULTS
from contracts.tables.store import read_table, write_table
from models.training.origins import COLUMNS, Book, rolled
from pipelines import paths
from pipelines.run.recipes import recipe_of_run
from pipelines.run.stated import rests_on
from pipelines.settings import Settings


def origins(settings: Settings) -> str:
    """PDs of the years that followed each origin."""
    params = settings.params
    if rests_on():
        Earned(years=(), together=None).write(paths.EARNED)
        OpenRows(policy=params.train.open_rows, taken="left_out", years=()).write(paths.OPEN_ROWS)
        write_table(pd.DataFrame(columns=list(COLUMNS)), paths.ORIGINS, ORIGINS)
        return "no origin: the score rests on what is stated beside few defaults, not on a fit that could be done again"
    matrix, partition = read_table(paths.MATRIX, MATRIX), read_table(paths.PARTITION, PARTITION)
    book = Book(matrix, partition, read_table(paths.DEFAULTS, DEFAULTS))
    found, open_rows, earned = rolled(
        recipe_of_run(settings, compared=True), book, params.evaluate.origins
    )
    write_table(found, paths.ORIGINS, ORIGINS)
    open_rows.write(paths.OPEN_ROWS)
    earned.write(paths.EARNED)
    days = [str(day.date()) for day in found["origin"].drop_duplicates()]
    return (
        f"{len(days)} of {params.evaluate.origins} origins hold enough defaults: {', '.join(days) or 'none'}; "
        f"open outcomes: {open_rows.taken}"
    )
