"""Shared bins: the boosters of rows in use are those of rows alone, and no row out of use leaves a trace."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np

from contracts.arrays import Floats
from contracts.config.training import TrainConfig
from models.base.data import Feature, ModelContract
from models.boosting.binned import WHOLE, Binned, Picked, Rows
from models.boosting.booster import model_text
from models.boosting.lgbm import by_hand, dataset, lightgbm_params

CONFIG = TrainConfig(threads=1)
CONTRACT = ModelContract("p", 12, (Feature("a", "number", 1), Feature("b", "number", 0), Feature("c", "category", 0, ("x", "y", "z"))))  # fmt: skip
PARAMS = lightgbm_params(CONTRACT, CONFIG, by_hand(CONTRACT, CONFIG))


def rows(*, weight: Floats | None = None) -> Rows:
    random = np.random.default_rng(5)
    codes = np.column_stack([random.normal(size=(900, 2)), random.integers(0, 3, 900)])
    codes[::9, 1] = np.nan
    return Rows(codes, random.random(900) < 1 / (1 + np.exp(2 - codes[:, 0])), CONTRACT, weight)


def text(data: lgb.Dataset) -> str:
    return model_text(lgb.train(PARAMS, data, num_boost_round=12))


def test_whole_rows_give_the_trees_of_a_dataset_of_their_own() -> None:
    one = rows()
    shared = Binned(one, [WHOLE], ["all"], CONFIG).take("all", WHOLE)
    assert text(shared) == text(dataset(one.codes, one.defaulted, CONTRACT, CONFIG))


def test_a_row_that_no_booster_picks_leaves_no_trace() -> None:
    one, used = rows(), np.arange(900) < 600
    other = Rows(np.where(used[:, None], one.codes, 1e9), np.where(used, one.defaulted, True), CONTRACT)  # fmt: skip
    picks: list[Picked] = [used & (np.arange(900) % 2 == 0), np.flatnonzero(used)]
    for picked in picks:
        told = [text(Binned(each, picks, ["all"], CONFIG).take("all", picked)) for each in (one, other)]  # fmt: skip
        assert told[0] == told[1]


def test_a_row_of_weight_two_is_two_rows() -> None:
    """Same gradients, so the same trees; nothing drawn, no least count."""
    one = rows()
    one = Rows(np.round(one.codes), one.defaulted, CONTRACT)  # whole numbers: the same bins
    twice = np.arange(900) % 3 == 0
    free = PARAMS | {"bagging_fraction": 1.0, "feature_fraction": 1.0, "min_data_in_leaf": 1}
    doubled = Rows(np.concatenate([one.codes, one.codes[twice]]), np.concatenate([one.defaulted, one.defaulted[twice]]), CONTRACT)  # fmt: skip
    weighed = Rows(one.codes, one.defaulted, CONTRACT, np.where(twice, 2.0, 1.0))
    found = [
        lgb.train(free, Binned(each, [WHOLE], ["all"], CONFIG).take("all", WHOLE), num_boost_round=5).predict(one.codes, raw_score=True)
        for each in (doubled, weighed, one)
    ]  # fmt: skip
    np.testing.assert_allclose(found[0], found[1], atol=1e-6)
    assert np.abs(found[0] - found[2]).mean() > 0.01
