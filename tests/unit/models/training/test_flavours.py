"""Flavours: what a view shows, which boosters are averaged, and that an average keeps the promises."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from contracts.config.training import FLAVOUR_NAMES
from models.base.data import ModelContract
from models.boosting.binned import WHOLE, Rows
from models.boosting.course import Course
from models.boosting.views import in_view, seen
from models.gates.certificate import certify
from models.sample.folds import Fold
from models.search.space import first_values
from models.training.fits import fit_members
from models.training.flavours import (
    FLAVOURS,
    Tried,
    average_loss,
    choose_members,
    log_loss,
    try_flavours,
)
from tests.models_books import QUICK, numbers

RANKED = numbers(debt=1, cash=-1, size=0, peers_debt_rank=1, peers_size_rank=0)
OUTCOMES = np.array([True, False, False, True])
WHO = np.array(["A", "B", "C", "D"])
FOLDS = [
    Fold(np.datetime64("2020-01-31"), np.arange(2), np.array([0, 1])),
    Fold(np.datetime64("2020-02-29"), np.arange(2), np.array([2, 3])),
]


def tried(name: str, *margins: tuple[float, float]) -> Tried:
    votes = tuple(np.array(one) for one in margins)
    losses = [log_loss(m, OUTCOMES[fold.valid]) for m, fold in zip(votes, FOLDS, strict=True)]
    return Tried(name, "all", {}, 10, votes, float(np.mean(losses)))


def test_a_view_shows_values_ranks_or_both() -> None:
    assert in_view("all", RANKED).tolist() == [True] * 5
    assert in_view("absolute", RANKED).tolist() == [True, True, True, False, False]
    # debt and size have a rank, cash has none and stays
    assert in_view("relative", RANKED).tolist() == [False, True, False, True, True]


def test_what_a_view_hides_is_missing_and_the_rows_given_stay() -> None:
    codes = np.arange(10.0).reshape(2, 5)
    shown = seen(codes, "relative", RANKED)
    assert np.isnan(shown[:, [0, 2]]).all()
    np.testing.assert_array_equal(shown[:, [1, 3, 4]], codes[:, [1, 3, 4]])
    assert codes[0, 0] == 0.0


def test_the_config_names_every_flavour_and_no_other() -> None:
    assert set(FLAVOUR_NAMES) == set(FLAVOURS)


def test_two_opposite_errors_are_averaged_and_a_third_that_adds_nothing_is_left() -> None:
    """Right answers are +, - and -, +. One is wrong on the first fold, one on the second; their mean is right on both.

    a: margins (-1, 1), (-3, 3): losses ln(1 + e), ln(1 + e^-3); b the same with the folds exchanged.
    Mean of the two: (1, -1), (-1, 1) on both folds: ln(1 + e^-1) = 0.3133.
    """
    a = tried("a", (-1.0, 1.0), (-3.0, 3.0))
    b = tried("b", (3.0, -3.0), (1.0, -1.0))
    useless = tried("c", (0.0, 0.0), (0.0, 0.0))
    assert a.log_loss == pytest.approx((np.log1p(np.e) + np.log1p(np.exp(-3.0))) / 2)
    found = choose_members([useless, a, b], OUTCOMES, FOLDS, 3, WHO)
    # the useless one says ln 2 = 0.6931 everywhere; a and b are (1.3133 + 0.0486) / 2 = 0.6809 each
    assert [one.name for one in found.chosen] == ["a", "b"]
    assert found.log_loss == pytest.approx(np.log1p(np.exp(-1.0)))


def test_no_more_are_taken_than_the_config_allows_or_than_pay() -> None:
    a = tried("a", (-1.0, 1.0), (-3.0, 3.0))
    b = tried("b", (3.0, -3.0), (1.0, -1.0))
    assert [one.name for one in choose_members([a, b], OUTCOMES, FOLDS, 1, WHO).chosen] == ["a"]
    twin = tried("twin", (-1.0, 1.0), (-3.0, 3.0))  # the average of a and its twin is a
    assert [one.name for one in choose_members([a, twin], OUTCOMES, FOLDS, 3, WHO).chosen] == ["a"]


def test_a_vote_that_costs_no_more_than_chance_explains_is_taken_and_one_that_costs_everywhere_is_not() -> (
    None
):
    """The best says 1 for the defaulted and -1 for the others: ln(1 + e^-1) = 0.3133 a row.

    Its average with `other` says 0.4 or 1.5 where it is right: 0.5130 and 0.2014, mean 0.3572. That is 0.0440 behind; the rows'
    differences are +0.1998 and -0.1119, twice each, so their standard error over four customers is 0.1799 / 2 = 0.0900.
    With `worse` every row says 0.6, 0.4375: 0.1242 behind on each, which is no chance.
    """
    best = tried("best", (1.0, -1.0), (-1.0, 1.0))
    other = tried("other", (-0.2, -2.0), (0.2, 2.0))
    worse = tried("worse", (0.2, -0.2), (-0.2, 0.2))
    assert log_loss(np.array([0.4, -1.5]), OUTCOMES[:2]) == pytest.approx(0.3572, abs=1e-4)
    found = choose_members([worse, other, best], OUTCOMES, FOLDS, 2, WHO)
    assert [one.name for one in found.chosen] == ["best", "other"]
    assert found.log_loss == pytest.approx(0.3572, abs=1e-4)
    # the same four rows of one customer: nothing is known of chance, so a vote must pay
    alone = choose_members([worse, other, best], OUTCOMES, FOLDS, 2, np.full(4, "A"))
    assert [one.name for one in alone.chosen] == ["best"]
    kept = choose_members([worse, best], OUTCOMES, FOLDS, 2, WHO)
    assert [one.name for one in kept.chosen] == ["best"]


def test_the_loss_of_an_average_is_that_of_its_mean_margin() -> None:
    a, b = tried("a", (2.0, 0.0), (0.0, 0.0)), tried("b", (0.0, 0.0), (0.0, 2.0))
    by_hand_loss = (np.log1p(np.exp(-1.0)) + np.log(2.0)) / 2  # margins 1 and 0, both folds alike
    assert average_loss([a, b], [OUTCOMES[:2], OUTCOMES[2:]]) == pytest.approx(by_hand_loss)


def book(seed: int = 3) -> tuple[ModelContract, np.ndarray, np.ndarray, list[Fold]]:
    """Rising debt and its rank carry the risk; six days, two folds."""
    random = np.random.default_rng(seed)
    n = 3_000
    debt, cash, size = random.normal(size=(3, n))
    rank = pd.Series(debt).rank(pct=True).to_numpy()
    codes = np.column_stack([debt, cash, size, rank, random.random(n)])
    chance = 1 / (1 + np.exp(2.0 - debt + 0.5 * cash))
    rows = np.arange(n)
    folds = [
        Fold(np.datetime64("2020-01-31"), rows[:1_500], rows[1_500:2_200]),
        Fold(np.datetime64("2020-06-30"), rows[:2_200], rows[2_200:]),
    ]
    return RANKED, codes, random.random(n) < chance, folds


def test_flavours_that_come_down_to_the_same_are_tried_once() -> None:
    """The search found the settings by hand, and depth is 2 anyway: three names, one booster; LightGBM's own always race."""
    contract, codes, defaulted, folds = book()
    config = QUICK.model_copy(
        update={"flavours": ("searched", "by_hand", "shallow"), "max_depth": 2}
    )
    found = try_flavours(
        Course(codes, defaulted, folds, contract), config, first_values(contract, config)
    )
    assert [one.name for one in found] == ["searched", "lightgbm"]
    unranked = numbers(debt=1, cash=-1, size=0)
    config = config.model_copy(update={"flavours": ("searched", "relative", "absolute")})
    three = Course(codes[:, :3], defaulted, folds, unranked)
    found = try_flavours(three, config, first_values(contract, config))
    assert [one.name for one in found] == ["searched", "lightgbm"]


def test_whatever_runs_beside_a_fit_names_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """LightGBM keeps one number of threads for the process: a prediction without one grew it under a fit that had reserved for fewer."""
    predict, named = lgb.Booster.predict, []

    def heard(booster: lgb.Booster, *rows: object, **how: object) -> object:
        named.append(how.get("num_threads"))
        return predict(booster, *rows, **how)

    monkeypatch.setattr(lgb.Booster, "predict", heard)
    contract, codes, defaulted, folds = book()
    config = QUICK.model_copy(update={"flavours": ("relative", "absolute"), "threads": 4})
    found = try_flavours(
        Course(codes, defaulted, folds, contract), config, first_values(contract, config)
    )
    assert named == [1] * (len(found) * len(folds))


def test_members_are_fitted_on_what_they_see_and_keep_every_promise() -> None:
    contract, codes, defaulted, folds = book()
    config = QUICK.model_copy(update={"flavours": ("relative", "absolute")})
    found = try_flavours(
        Course(codes, defaulted, folds, contract), config, first_values(contract, config)
    )
    both = choose_members(found, defaulted, folds, 1, np.arange(len(defaulted)))
    assert both.to_json()["tried"][0].keys() == {"flavour", "log_loss", "rounds", "taken"}
    members = type(both)(tuple(found), tuple(found), 0.0)
    (ensemble,) = fit_members(members, Rows(codes, defaulted, contract), [WHOLE], config)
    boosters = ensemble.boosters
    used = [set(np.flatnonzero(one.feature_importance())) for one in boosters]
    assert used[0] <= {1, 3, 4}
    assert used[1] <= {0, 1, 2}
    assert 3 in used[0]
    assert 0 in used[1]
    assert certify(boosters, contract) == []
    mean = np.mean([one.predict(codes, raw_score=True) for one in boosters], axis=0)
    np.testing.assert_allclose(ensemble.contributions(codes).sum(axis=1), mean, 0, 1e-9)
    # whole rows are sent: what a booster does not see changes nothing
    other = codes.copy()
    other[:, 0] = 99.0
    np.testing.assert_array_equal(boosters[0].predict(other), boosters[0].predict(codes))
