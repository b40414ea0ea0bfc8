"""A course: bins made once are those of a fold alone, and a fit that nobody asks for any more stops."""

from __future__ import annotations

import threading

import lightgbm as lgb
import numpy as np
import pytest

from contracts.config.training import TrainConfig
from models.base.data import Feature, ModelContract
from models.boosting.at_once import IsGivenUp, ahead
from models.boosting.booster import model_text
from models.boosting.course import Course
from models.boosting.lgbm import (
    GivenUp,
    by_hand,
    fit_on_fold,
    fold_datasets,
    lightgbm_defaults,
    lightgbm_params,
)
from models.boosting.views import View, seen
from models.sample.folds import Fold

ONE, TWO = (TrainConfig(threads=threads, max_rounds=30, early_stopping_rounds=5) for threads in (1, 2))  # fmt: skip
CONTRACT = ModelContract("p", 12, (Feature("a", "number", 1), Feature("peers_a_rank", "number", 0), Feature("c", "category", 0, ("x", "y", "z"))))  # fmt: skip


def course() -> Course:
    random = np.random.default_rng(11)
    codes = np.column_stack([random.normal(size=(1_200, 2)), random.integers(0, 3, 1_200)])
    codes[::7, 0] = np.nan
    bad = random.random(1_200) < 1 / (1 + np.exp(1.5 - codes[:, 1]))
    rows = np.arange(1_200)
    folds = [Fold(np.datetime64("2020-01-31"), rows[:n], rows[n : n + 300]) for n in (600, 900)]
    return Course(codes, bad, folds, CONTRACT)


@pytest.mark.parametrize("view", ["all", "absolute", "relative"])
def test_a_copy_and_the_set_itself_give_what_a_fold_of_its_own_gives(view: View) -> None:
    """One after the other with other settings, so that nothing of a fit stays in the bins."""
    one = course()
    one.bin([view], TWO)
    for settings in (by_hand(CONTRACT, ONE), lightgbm_defaults()):
        params = lightgbm_params(CONTRACT, ONE, settings)
        for at, fold in enumerate(one.folds):
            own = fold_datasets(seen(one.codes, view, CONTRACT), one.defaulted, fold, CONTRACT, ONE)
            alone = fit_on_fold(*own, params, ONE)
            for sets in (one.sets(at, view), one.copies(at, view)):
                shared = fit_on_fold(*sets, params, ONE)
                assert model_text(shared.booster) == model_text(alone.booster)
                assert (shared.rounds, shared.log_loss) == (alone.rounds, alone.log_loss)


def test_what_is_binned_is_not_binned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made, construct = [], lgb.Dataset.construct

    def heard(data: lgb.Dataset) -> lgb.Dataset:
        made.append(data)
        return construct(data)

    one = course()
    one.bin(["all"], ONE)
    monkeypatch.setattr(lgb.Dataset, "construct", heard)
    one.bin(["all", "all"], ONE)
    assert not made
    one.bin(["all", "relative"], ONE)
    assert len({id(data) for data in made}) == 2 * len(one.folds)


def test_jobs_that_are_given_up_are_told_and_those_behind_them_never_begin() -> None:
    begun: list[int] = []
    told, is_waiting = threading.Event(), threading.Event()

    def first(_: TrainConfig, __: IsGivenUp) -> int:
        begun.append(1)
        assert is_waiting.wait(30)
        return 1

    def second(_: TrainConfig, is_given_up: IsGivenUp) -> int:
        begun.append(2)
        is_waiting.set()
        while not is_given_up():
            threading.Event().wait(0.001)
        told.set()
        return 2

    def third(_: TrainConfig, is_given_up: IsGivenUp) -> int:
        if not is_given_up():
            begun.append(3)
        return 3

    with ahead([first, second], TWO) as found:
        assert next(found) == 1
    assert told.is_set()
    assert begun == [1, 2]
    with ahead([third, third], ONE) as found:  # one thread: begun when asked for
        assert next(found) == 3
    assert begun == [1, 2, 3]


def test_a_fit_that_is_given_up_stops_after_a_round() -> None:
    one = course()
    one.bin(["all"], ONE)
    asked: list[int] = []

    def after_two() -> bool:
        asked.append(1)
        return len(asked) == 2

    params = lightgbm_params(CONTRACT, ONE, by_hand(CONTRACT, ONE))
    with pytest.raises(GivenUp):
        fit_on_fold(*one.sets(0), params, ONE, None, after_two)
    assert len(asked) == 2
