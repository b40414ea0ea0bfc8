"""What search and averaging earned: recomputed by hand from the boosters, with nothing of the years ahead in a fit."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

from contracts.config.calibration import CalibrateConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.earned import Earned, Gain
from models.base.data import ModelContract
from models.training.card import CARD
from models.training.earned import at_its_best, plain_beside
from models.training.flavours import FLAVOURS, Members, Tried
from models.training.origins import Book, rolled
from models.training.recipe import Recipe
from models.training.shipment import matured
from tests.models_books import QUICK, lineage, panel, trained_on

MATRIX, PARTITION, _ = panel(customers=200, months=40)
BOOK = Book(MATRIX, PARTITION)
FIRST = PARTITION.loc[PARTITION["part"] == "test", "as_of"].min()
HORIZON = pd.DateOffset(months=3)


def flavour(name: str, contract: ModelContract, rounds: int = 12) -> Tried:
    searched = {"learning_rate": 0.2, "max_depth": 3, "min_data_in_leaf": 5, "lambda_l2": 1.0, "feature_fraction": 1.0, "bagging_fraction": 1.0}  # fmt: skip
    kind = FLAVOURS[name]
    return Tried(name, kind.view, kind.settings(searched, contract, QUICK), rounds, (), 0.1)


def recipe_of(contract: ModelContract, *names: str, beside: str | None = None) -> Recipe:
    members = Members(tuple(flavour(name, contract) for name in names), (), 0.1)
    extra = None if beside is None else flavour(beside, contract)
    return Recipe(members, contract, QUICK, CalibrateConfig(), RecalibrateConfig(), extra)


@pytest.fixture(scope="module")
def contract() -> ModelContract:
    return trained_on(MATRIX, lineage(late=1, equity=-1, noise=0, flat=0), PARTITION).contract


@pytest.fixture(scope="module")
def recipe(contract: ModelContract) -> Recipe:
    """Two members, both of the search, and LightGBM's own settings beside them."""
    return recipe_of(contract, "searched", "shallow", beside="lightgbm")


@pytest.fixture(scope="module")
def found(recipe: Recipe) -> Earned:
    return rolled(recipe, BOOK, 2)[2]


def by_hand(margin: np.ndarray, bad: np.ndarray) -> np.ndarray:
    """Losses of the rows at the level and slope of least loss, found by a search that knows nothing of logistic regression."""

    def losses(ends: np.ndarray) -> np.ndarray:
        odds = ends[0] + ends[1] * margin
        return np.logaddexp(0.0, np.where(bad, -odds, odds))

    return losses(minimize(lambda ends: losses(ends).mean(), [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14, "maxiter": 4000}).x)  # fmt: skip


def error_of(gap: np.ndarray, who: np.ndarray) -> float:
    sums = pd.Series(gap - gap.mean()).groupby(who).sum().to_numpy()
    return float(np.sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum()) / len(gap))


def holds(told: Gain | None, mine: np.ndarray, plain: np.ndarray, bad: np.ndarray, who: np.ndarray) -> None:  # fmt: skip
    assert told is not None
    losses = by_hand(mine, bad), by_hand(plain, bad)
    assert told.loss == pytest.approx(losses[0].mean(), abs=1e-8)
    assert told.loss_plain == pytest.approx(losses[1].mean(), abs=1e-8)
    assert told.earned == pytest.approx((losses[1] - losses[0]).mean(), abs=1e-8)
    assert told.error == pytest.approx(error_of(losses[1] - losses[0], who), rel=1e-4)
    # a tie that the level and the slope make of two margins one unit of the last place apart is half a pair
    assert told.auc_earned == pytest.approx(
        roc_auc_score(bad, mine) - roc_auc_score(bad, plain), abs=1e-5
    )


def test_each_figure_is_that_of_the_boosters_made_at_the_origin(recipe: Recipe, found: Earned) -> None:  # fmt: skip
    part = matured(MATRIX, PARTITION)
    day = pd.to_datetime(part.as_of)
    known = part.take(np.asarray(day + HORIZON <= FIRST))
    rows = part.take(np.asarray((day >= FIRST) & (day < FIRST + pd.DateOffset(months=12))))
    made = recipe.made(known, part.take(np.asarray((day < FIRST) & (day + HORIZON > FIRST))))
    assert made.beside is not None
    codes = recipe.contract.encode(rows.features)
    first, second = (one.predict(codes, raw_score=True) for one in made.ensemble.boosters)
    own = made.beside.boosters[0].predict(codes, raw_score=True)
    year = found.years[-1]
    assert (year.origin, year.judged) == (FIRST.date(), len(rows))
    holds(year.averaging, (first + second) / 2, first, rows.defaulted, rows.customer_id)
    holds(year.search, first, own, rows.defaulted, rows.customer_id)
    assert year.averaging is not None
    assert year.search is not None
    assert (year.averaging.plain, year.search.plain) == ("searched", "lightgbm")


def test_all_years_together_count_rows_alike(found: Earned) -> None:
    assert len(found.years) == 2
    assert all(one.origin < other.origin for one, other in pairwise(found.years))
    all_of = found.together
    assert all_of is not None
    assert all_of.judged == sum(one.judged for one in found.years)
    for name in ("averaging", "search"):
        gain, each = getattr(all_of, name), [getattr(one, name) for one in found.years]
        weights = [one.judged for one in found.years]
        assert gain.earned == pytest.approx(
            np.average([one.earned for one in each], weights=weights)
        )
        assert gain.auc_earned is None  # levels of the years differ, and are known afterwards
        assert gain.error > 0


def test_nothing_after_the_year_and_nothing_open_at_the_origin_moves_a_fit(recipe: Recipe, found: Earned) -> None:  # fmt: skip
    """Rows after the first origin's year deleted: its figures stay. Outcomes open at it turned: likewise; one that was final moves them."""
    second = FIRST - pd.DateOffset(months=12)
    (kept,) = [one for one in found.years if one.origin == second.date()]
    late = (PARTITION["as_of"] >= FIRST).to_numpy()
    part = PARTITION.assign(part=np.where((PARTITION["as_of"] >= second) & ~late, "test", PARTITION["part"]))  # fmt: skip
    gone = rolled(recipe, Book(MATRIX[~late], part[~late]), 1)[2]
    assert gone.years == (kept,)
    third = np.arange(len(PARTITION)) % 3 == 0
    final = (PARTITION["as_of"] + HORIZON <= FIRST).to_numpy()
    still_open = ~final & (PARTITION["as_of"] < FIRST).to_numpy()
    for rows, is_same in ((still_open & third, True), (final & third, False)):
        turned = PARTITION.assign(defaulted=PARTITION["defaulted"].mask(rows, ~PARTITION["defaulted"]))  # fmt: skip
        after = rolled(recipe, Book(MATRIX, turned), 1)[2]
        assert (after.years[0] == found.years[-1]) == is_same


def test_a_booster_beside_has_no_vote(recipe: Recipe) -> None:
    with_it, without = rolled(recipe, BOOK, 1)[0], rolled(replace(recipe, beside=None), BOOK, 1)[0]
    np.testing.assert_array_equal(with_it["pd"], without["pd"])


def test_a_plain_member_needs_no_further_fit(contract: ModelContract) -> None:
    made = rolled(recipe_of(contract, "searched", "by_hand"), BOOK, 1)[2].years[0]
    assert made.search is not None
    assert made.averaging is not None
    assert made.search.plain == "by_hand"
    assert made.averaging.loss_plain == made.search.loss  # the first member is the searched one
    swapped = rolled(recipe_of(contract, "by_hand", "searched"), BOOK, 1)[2].years[0]
    assert swapped.averaging is not None
    assert swapped.search == made.search
    assert swapped.averaging.plain == "by_hand"
    assert swapped.averaging.loss == pytest.approx(made.averaging.loss)


def test_what_cannot_be_compared_is_not_told(contract: ModelContract) -> None:
    alone = rolled(recipe_of(contract, "searched", beside="lightgbm"), BOOK, 1)[2]
    assert alone.years[0].averaging is None
    assert alone.years[0].search is not None
    assert alone.together is None
    assert rolled(recipe_of(contract, "by_hand", "lightgbm"), BOOK, 1)[2].years[0].search is None
    assert rolled(recipe_of(contract, "deep"), BOOK, 1)[2] == Earned(years=(), together=None)


def test_which_booster_stands_beside(contract: ModelContract) -> None:
    tried = [{"flavour": "by_hand", "log_loss": 0.2, "rounds": 90}, {"flavour": "lightgbm", "log_loss": 0.3, "rounds": 21}]  # fmt: skip

    def beside(*names: str) -> Tried | None:
        members = Members(tuple(Tried(one, "all", {}, 1, (), 0.1) for one in names), (), 0.1)
        return plain_beside(members, tried, contract, QUICK)

    made = beside("deep", "shallow")
    assert made is not None
    assert (made.name, made.rounds, made.settings) == ("lightgbm", 21, FLAVOURS["lightgbm"].settings({}, contract, QUICK))  # fmt: skip
    assert beside("searched", "lightgbm") is None
    assert beside("by_hand", "relative") is None
    assert beside("deep") is None
    assert beside(CARD) is None


def test_a_slope_that_would_turn_the_order_is_not_taken() -> None:
    margin = np.array([-2.0, 0.0, 1.0, 3.0, 0.5, -1.0])
    bad = np.array([True, True, False, False, True, False])
    odds = at_its_best(margin, bad)
    np.testing.assert_allclose(np.diff(odds), np.diff(margin))
    assert (1 / (1 + np.exp(-odds))).mean() == pytest.approx(0.5)
