"""Rolling origins: nothing that was not final then is learned, and what follows is judged."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.config.calibration import CalibrateConfig
from contracts.config.evaluation import EvaluateConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.tables.history import ORIGINS
from contracts.tables.store import conform
from models.training.flavours import Members
from models.training.origins import COLUMNS, Book, rolled
from models.training.recipe import Recipe
from models.validation.origins import by_origin, in_metrics
from tests.models_books import QUICK, lineage, panel, trained_on

MATRIX, PARTITION, _ = panel(customers=200, months=40)
FIRST = PARTITION.loc[PARTITION["part"] == "test", "as_of"].min()
HORIZON = pd.DateOffset(months=3)


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    trained = trained_on(MATRIX, lineage(late=1, equity=-1, noise=0, flat=0), PARTITION)
    members = Members.from_json(trained.members.to_json())
    return Recipe(members, trained.contract, QUICK, CalibrateConfig(), RecalibrateConfig())


@pytest.fixture(scope="module")
def table(recipe: Recipe) -> pd.DataFrame:
    return rolled(recipe, Book(MATRIX, PARTITION), 4)[0]


def test_each_origin_is_followed_by_its_year(table: pd.DataFrame) -> None:
    """Test begins in month 24 of 40; the origin two years before it is the first day, when nothing was known."""
    conform(table, ORIGINS)
    origins = sorted(table["origin"].unique())
    assert origins == [FIRST - pd.DateOffset(months=12), FIRST]
    for origin, rows in table.groupby("origin"):
        assert rows["as_of"].min() >= origin
        assert rows["as_of"].max() < origin + pd.DateOffset(months=12)
        assert rows["customer_id"].nunique() == 200
        assert len(rows) == 2400


def test_what_was_not_final_then_changes_no_answer(recipe: Recipe, table: pd.DataFrame) -> None:
    """Turn every third outcome that was open at the newest origin: its answers stay to the bit, and one that was final moves them."""
    open_ = (
        (PARTITION["as_of"] + HORIZON > FIRST) & (np.arange(len(PARTITION)) % 3 == 0)
    ).to_numpy()
    final = (
        (PARTITION["as_of"] + HORIZON <= FIRST) & (np.arange(len(PARTITION)) % 3 == 0)
    ).to_numpy()
    before = table[table["origin"] == FIRST]
    for rows, is_same in ((open_, True), (final, False)):
        turned = PARTITION.assign(
            defaulted=PARTITION["defaulted"].mask(rows, ~PARTITION["defaulted"])
        )
        after, *_ = rolled(recipe, Book(MATRIX, turned), 1)
        assert list(after["customer_id"]) == list(before["customer_id"])
        assert (after["pd"].to_numpy() == before["pd"].to_numpy()).all() == is_same


def test_an_origin_with_too_few_defaults_is_left_out(recipe: Recipe) -> None:
    none, told, _ = rolled(
        recipe,
        Book(
            MATRIX,
            PARTITION.assign(defaulted=PARTITION["defaulted"] & (PARTITION["as_of"] < FIRST)),
        ),
        1,
    )
    assert told.years == ()
    assert (len(none), list(none.columns)) == (0, list(COLUMNS))
    conform(none, ORIGINS)
    assert by_origin(none, EvaluateConfig()) == ((), None)
    assert rolled(recipe, Book(MATRIX, PARTITION), 0)[0].empty


def test_the_years_are_measured_from_their_rows(table: pd.DataFrame) -> None:
    years, pooled = by_origin(table, EvaluateConfig(bootstrap_draws=50))
    assert pooled is not None
    assert (pooled.n, pooled.defaults) == (len(table), int(table["defaulted"].sum()))
    for year, (day, rows) in zip(years, table.groupby("origin"), strict=True):
        found = year.figures
        assert pd.Timestamp(year.origin) == day
        assert found.mean_pd == pytest.approx(rows["pd"].mean())
        assert found.observed_to_expected.value == pytest.approx(
            rows["defaulted"].mean() / rows["pd"].mean()
        )
        loss = -np.log(np.where(rows["defaulted"], rows["pd"], 1 - rows["pd"])).mean()
        assert found.log_loss.value == pytest.approx(loss)
        assert found.roc_auc.value > 0.7
        told = in_metrics(year).model_dump()
        assert (told["n"], told["log_loss"]) == (len(rows), found.log_loss.value)
