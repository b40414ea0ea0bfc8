"""The labels a notebook gets are those of a double-entry book in plain Python."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from bonitas import Portfolio
from contracts.calendar import add_months
from contracts.tables.derived import COHORT, PARTITION
from contracts.tables.store import read_table, write_table
from pipelines import paths
from pipelines.featurize import featurize
from pipelines.label import label
from pipelines.settings import Settings, load
from tests.bookkeeper.compare import desks, rates_on, same
from tests.bookkeeper.defaults import breach_days, spells
from tests.bookkeeper.features import values
from tests.bookkeeper.journal import open_books
from tests.bookkeeper.rarer import rarer_book
from tests.features_books import START, Tables
from tests.features_random import seeded
from tests.unit.bonitas.test_matrix import made_of

UNTIL = date(2024, 12, 1)


def labelled(tables: Tables, folder: Path) -> tuple[Settings, pd.DataFrame]:
    """The books as a project in the working directory, with its cohort."""
    made_of(tables, folder)
    settings = load()
    (folder / paths.COHORT).parent.mkdir(parents=True, exist_ok=True)
    label(settings)
    return settings, read_table(paths.COHORT, COHORT)


def test_every_label_is_the_bookkeepers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty customers of two years, with write-offs, payment plans and refunds."""
    tables = rarer_book(seeded(24), 60)
    monkeypatch.chdir(tmp_path)
    settings, cohort = labelled(tables, tmp_path)
    parts = cohort[["customer_id", "as_of", "defaulted"]].assign(part="train", is_held_out=False)
    write_table(parts, paths.PARTITION, PARTITION)
    found = Portfolio("demo", tmp_path).labels()
    config = settings.portfolio
    entered = {}
    for whose, books in open_books(tables).items():
        rates = partial(rates_on, tables, config.reporting_currency)
        days = breach_days(books, (START, UNTIL), config.default, config.settlement, rates)
        entered[whose] = spells(books, days, config.default)
    n_defaults = 0
    for (whose, as_of), row in found.iterrows():
        day = pd.Timestamp(as_of).date()
        if day >= date(2023, 12, 1):  # the bookkeeper's days end a year later
            continue
        until = add_months(day, config.horizon_months)
        wanted = any(day <= start < until for start, _ in entered[whose])
        assert bool(row["defaulted"]) == wanted, (whose, day)
        assert not any(start < day and (cured is None or day < cured) for start, cured in entered[whose])  # fmt: skip
        n_defaults += wanted
    assert n_defaults > 20


@pytest.mark.long
def test_every_row_of_training_is_the_bookkeepers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """What a model learns from: of every row the features of the ledger, and the outcome; from the stages to the notebook."""
    tables = rarer_book(seeded(25), 20)
    monkeypatch.chdir(tmp_path)
    settings, cohort = labelled(tables, tmp_path)
    known = cohort[cohort["as_of"] < pd.Timestamp(2023, 12, 1)]
    keys = known[["customer_id", "as_of", "defaulted"]]
    write_table(keys.assign(part="train", is_held_out=False), paths.PARTITION, PARTITION)
    featurize(settings)
    found = Portfolio("demo", tmp_path).training("train")
    assert len(found) == len(known)
    days = sorted({pd.Timestamp(one).date() for one in found.as_of})
    kept, config = desks(tables, days, settings.portfolio), settings.portfolio
    entered = {}
    for whose, books in open_books(tables).items():
        rates = partial(rates_on, tables, config.reporting_currency)
        breaches = breach_days(books, (START, UNTIL), config.default, config.settlement, rates)
        entered[whose] = [start for start, _ in spells(books, breaches, config.default)]
    compared = 0
    for (whose, as_of), row in found.X.iterrows():
        day = pd.Timestamp(as_of).date()
        wanted = values(kept[whose, day], settings.params.features.windows_days)
        for name in wanted.keys() & set(found.X.columns):
            theirs = None if pd.isna(row[name]) else row[name]
            assert same(theirs, wanted[name]), (whose, day, name)
            compared += 1
        until = add_months(day, config.horizon_months)
        assert found.y[whose, as_of] == any(day <= start < until for start in entered[whose])
    assert compared > 50 * len(found)
    assert 0 < found.y.sum() < len(found)
