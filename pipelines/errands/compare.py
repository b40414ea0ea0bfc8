"""Compares runs on the test rows they share: what changed, and whether it is better beyond chance."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pandas as pd
from rich.console import Console

from contracts.errors import ConfigError
from contracts.files import write_text
from contracts.tables.derived import MATRIX, PARTITION
from contracts.tables.spec import Table
from contracts.tables.store import read_table
from models.comparison.comparison import compared
from models.comparison.production import production
from models.comparison.shared import shared
from models.comparison.slices import labels_of
from pipelines import paths
from pipelines.errands.compare_table import tables
from pipelines.registered.revisions import revisions
from pipelines.registered.runs import Runs, refuse_other_outcomes
from pipelines.settings import Settings
from reports.comparison import render

MIN_RUNS = 2


def compare(settings: Settings, names: list[str], *, is_opened: bool = False) -> str:
    """Prints the comparison of every run with the first, and writes its document and its page. No stage: nothing depends on it.

    Args:
        settings: name the portfolio and its registry.
        names: versions (number or alias), git revisions, experiments of DVC, or `workspace`.
        is_opened: whether the page is opened in a browser.

    Raises:
        ConfigError: fewer than two names, one twice, one unknown, or runs whose outcomes mean different things.
    """
    if len(names) < MIN_RUNS or len(set(names)) < len(names):
        raise ConfigError(
            "Two or more different runs are needed.",
            where="bonitas compare",
            value=" ".join(names),
            next_step="`bonitas compare champion workspace`, or the names that `dvc exp show` lists.",
        )
    with revisions() as kept:
        runs = Runs(settings, kept)
        asked = [runs.found(name) for name in names]
        outcome = refuse_other_outcomes(asked)
        rows = shared({one.name: one.rows for one in asked})

        def first(path: Path, table: Table) -> pd.DataFrame | None:
            places = (runs.output(one.lock, path) for one in asked)
            return next((read_table(place, table) for place in places if place), None)

        labels = labels_of(rows, first(paths.MATRIX, MATRIX), first(paths.PARTITION, PARTITION))
    registry = runs.registry()
    in_use = None if registry is None else production(registry)
    about = (outcome.portfolio, outcome.horizon_months, in_use)
    document = compared(asked, rows, labels, settings.params.evaluate, about)
    page = render(document)
    paths.COMPARISON_JSON.unlink(
        missing_ok=True
    )  # half written, neither is left beside the other of an earlier comparison
    write_text(paths.COMPARISON_HTML, page)
    document.write(paths.COMPARISON_JSON)
    console = Console(highlight=False, soft_wrap=True)
    for one in tables(document):
        console.print(one)
    if is_opened:
        webbrowser.open(paths.COMPARISON_HTML.resolve().as_uri())
    return f"{paths.COMPARISON_HTML}, {paths.COMPARISON_JSON}"
