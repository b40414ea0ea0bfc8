"""The scorecard as the model: its booster answers as it does, wherever a row lies, and its promises hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.base.data import Feature, ModelContract, assemble, joined
from models.boosting.booster import Ensemble
from models.boosting.written import written
from models.gates.certificate import certify
from models.scorecard.scorecard import Scorecard, Term, fit_scorecard
from models.search.preparation import Prepared, prepare
from models.search.search import Found
from models.training.card import CARD, as_table, decoded
from models.training.cards import Book
from models.training.flavours import Members, Tried
from models.training.race import Race, race
from models.training.recipe import Recipe
from models.training.training import Trained, train_members
from tests.models_books import FEW as EXPERT
from tests.models_books import QUICK, lineage, panel

MATRIX, PARTITION, _ = panel()
DECLARED = lineage(late=1, equity=-1, noise=0)
CALIBRATE = assemble(MATRIX, PARTITION, "calibrate")


@pytest.fixture(scope="module")
def ready() -> Prepared:
    return prepare(MATRIX, DECLARED, PARTITION, QUICK, portfolio="demo", horizon_months=3)


def raced(ready: Prepared) -> Race:
    """Stated experience that is far off, and boosters that guess: the scorecard alone is any good."""
    random = np.random.default_rng(1)
    margins = tuple(random.normal(0, 3, len(fold.valid)) for fold in ready.folds)
    boosters = Tried("searched", "all", {}, 10, margins, 1.0)
    book = Book(assemble(MATRIX, PARTITION, "train"), CALIBRATE, DECLARED, "demo", 3)
    off = EXPERT.model_copy(update={"long_run_rate": 0.9, "level_weight": 1e6})
    return race(ready, Members((boosters,), (boosters,), 1.0), book, off)


@pytest.fixture(scope="module")
def won(ready: Prepared) -> Trained:
    found = raced(ready)
    assert found.winner == CARD
    members = found.members(Members((), (), 0.0))
    assert [one.name for one in members.chosen] == [CARD]
    return train_members(members, _nothing(), ready, CALIBRATE, QUICK)


def _nothing() -> Found:
    """The search does not matter here."""
    return Found({}, 1, 0.0, pd.DataFrame(), [])


def test_what_is_served_is_the_scorecard(ready: Prepared, won: Trained) -> None:
    rows = assemble(MATRIX, PARTITION, "test").features.reset_index(drop=True)
    rows.loc[:4, "industry"] = None
    rows.loc[5:9, "industry"] = "never seen"
    rows.loc[10:14, ["late", "equity"]] = np.nan
    served = won.ensemble.margin(rows)
    contract = ready.contract
    beside = fit_scorecard(joined(ready.part, CALIBRATE), contract)
    np.testing.assert_allclose(served, beside.margin(decoded(contract.encode(rows), contract)), atol=1e-12)  # fmt: skip
    assert np.std(served) > 0.5
    assert won.line.startswith(f"{len(contract.features)} features; boosters and trees: none, the scorecard won")  # fmt: skip
    np.testing.assert_allclose(won.ensemble.contributions(contract.encode(rows)).sum(axis=1), served, atol=1e-9)  # fmt: skip
    assert not certify(won.ensemble.boosters, contract)
    assert set(won.unseen["customer_id"]) == set(CALIBRATE.customer_id)


def test_the_recipe_read_back_fits_it_again(ready: Prepared, won: Trained) -> None:
    members = Members.from_json(won.members.to_json())
    both = joined(ready.part, CALIBRATE)
    codes = ready.contract.encode(both.features)
    again, *_ = Recipe(members, ready.contract, QUICK, None, None)._fitted(both)  # type: ignore[arg-type]
    assert isinstance(again, Ensemble)
    np.testing.assert_array_equal(again.margin_of(codes), won.ensemble.margin_of(codes))


@pytest.mark.parametrize("edge", [0.0, 2.0, -1.5, 1e-9, 12_345.678])
def test_an_edge_belongs_to_the_bin_above_it(edge: float) -> None:
    term = Term("x", (edge,), None, (0.7, -0.9), 0.1, -1.0, 0.5)
    contract = ModelContract("demo", 12, (Feature("y", "number", 0), Feature("x", "number", 1)))
    table = as_table(Scorecard(-3.0, (term,)), contract)
    values = np.array([edge, np.nextafter(edge, -np.inf) - 1e-12, edge - 1, edge + 1, np.nan])
    codes = np.column_stack([np.zeros(5), values])
    booster = written(table, codes)
    assert booster.num_trees() == 1  # y says nothing
    assert booster.feature_name() == ["y", "x"]
    by_hand = [-3 + 0.9, -3 - 0.7, -3 - 0.7, -3 + 0.9, -3 - 0.1]
    np.testing.assert_allclose(booster.predict(codes, raw_score=True), by_hand)
    np.testing.assert_allclose(table.margin(codes), by_hand)


def test_a_scorecard_of_nothing_is_the_base_rate_for_everybody() -> None:
    contract = ModelContract("demo", 12, (Feature("y", "number", 0), Feature("c", "category", 0, ("a", "b"))))  # fmt: skip
    codes = np.array([[1.0, 0.0], [np.nan, np.nan]])
    booster = written(as_table(Scorecard(-2.5, ()), contract), codes)
    np.testing.assert_allclose(booster.predict(codes, raw_score=True), [-2.5, -2.5])
