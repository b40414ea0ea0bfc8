"""The race on folds: a fitted model has to be better beyond chance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import logit

from models.base.data import assemble
from models.search.preparation import Prepared, prepare
from models.training.cards import Book
from models.training.few import in_race
from models.training.flavours import Members, Tried
from models.training.race import RUNNERS, race
from tests.models_books import FEW as EXPERT
from tests.models_books import QUICK, lineage, panel

MATRIX, PARTITION, TRUTH = panel()
DECLARED = lineage(late=1, equity=-1)
BOOK = Book(assemble(MATRIX, PARTITION, "train"), assemble(MATRIX, PARTITION, "calibrate"), DECLARED, "demo", 3)  # fmt: skip


@pytest.fixture(scope="module")
def ready() -> Prepared:
    return prepare(MATRIX, DECLARED, PARTITION, QUICK, portfolio="demo", horizon_months=3)


def members(ready: Prepared, *, knows: bool) -> Members:
    """LightGBM as an oracle of the outcomes, or as one that guesses with confidence."""
    random = np.random.default_rng(1)
    margins = []
    for fold in ready.folds:
        bad = ready.thinned.defaulted[fold.valid]
        said = np.where(bad, 0.6, 0.03) if knows else random.uniform(0.01, 0.99, len(bad))
        margins.append(logit(said))
    one = Tried("searched", "all", {}, 10, tuple(margins), 0.1)
    return Members((one,), (one,), 0.1)


def test_a_fitted_model_wins_where_it_is_better_beyond_chance(ready: Prepared) -> None:
    found = race(ready, members(ready, knows=True), BOOK, EXPERT)
    assert (found.winner, found.is_fitted) == ("lightgbm", True)
    assert [one.method for one in found.runners] == list(RUNNERS)
    assert found.to_json()[2]["standard_error"] == 0.0  # of the best to itself


def test_one_that_guesses_does_not(ready: Prepared) -> None:
    found = race(ready, members(ready, knows=False), BOOK, EXPERT)
    assert found.winner != "lightgbm"
    by_name = {one["model"]: one["log_loss"] for one in found.to_json()}
    assert by_name["lightgbm"] > by_name["shrunk"]


def test_who_takes_part() -> None:
    many = EXPERT.model_copy(update={"race_until": 10_000})
    none = EXPERT.model_copy(update={"race_until": 0})
    assert in_race(BOOK, many)
    assert not in_race(BOOK, none)


@pytest.mark.parametrize("knows", [True, False])
def test_the_expert_score_stays_only_where_nothing_fitted_beats_it_beyond_chance(ready: Prepared, *, knows: bool) -> None:  # fmt: skip
    """What `experience.why.race` says: the loss of the score that rests least on data is within one standard error of the best."""
    found = race(ready, members(ready, knows=knows), BOOK, EXPERT)
    by_name = {one.method: one for one in found.runners}
    stated, best = by_name["shrunk"], min(one.log_loss for one in found.runners)
    beaten = stated.log_loss > best + stated.standard_error
    assert found.is_fitted == beaten
    assert beaten or not knows
