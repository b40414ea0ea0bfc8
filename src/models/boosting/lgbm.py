"""LightGBM as this project uses it: what is fixed by design, encoded rows, one fit on one time-ordered fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from contracts.arrays import Bools, Floats
from contracts.config.training import TrainConfig
from models.base.data import ModelContract
from models.sample.folds import Fold

Values = dict[str, Any]
VALID = "valid"
TRAIN = "train"
LOSS = "log_loss"
MIN_SEEN = 10
"""A tree sees at least so many features."""
HAND_DEPTH = 4


class GivenUp(Exception):  # noqa: N818 - it reports no error
    """Nobody asks for this fit any more."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """One fit on one fold.

    Attributes:
        rounds: the best round.
        log_loss: on the later rows, there.
        losses: of every round, by the name of the rows.
        booster: all rounds that were made; predict with `num_iteration=rounds`.
    """

    rounds: int
    log_loss: float
    losses: dict[str, list[float]]
    booster: lgb.Booster


def least_fraction(contract: ModelContract) -> float:
    """The least share of the features a tree may see: `MIN_SEEN` of them, or all where there are fewer.

    With 10 inputs a third of them is three: no tree meets the two that speak together (on a loan book of ten attributes a
    fraction of 0.34 alone cost 0.015 AUC).
    """
    return min(1.0, MIN_SEEN / max(len(contract.features), 1))


def by_hand(contract: ModelContract, config: TrainConfig) -> Values:
    """Settings a modeller would start from on rare defaults: shallow trees, strong shrinkage."""
    return {
        "learning_rate": 0.05,
        "max_depth": min(config.max_depth, HAND_DEPTH),
        "min_data_in_leaf": 50,
        "min_sum_hessian_in_leaf": 0.5,
        "lambda_l2": 20.0,
        "feature_fraction": max(0.5, least_fraction(contract)),
        "bagging_fraction": 0.8,
        "extra_trees": False,
        # the default rate of a rare level is mostly noise: levels are shrunk towards the mean
        "cat_smooth": 50.0,
        "cat_l2": 50.0,
    }


def lightgbm_defaults() -> Values:
    """What LightGBM does when it is told nothing: 31 leaves of any depth, no shrinkage, every row and feature."""
    return {
        "learning_rate": 0.1,
        "num_leaves": 31,
        "max_depth": -1,
        "min_data_in_leaf": 20,
        "min_sum_hessian_in_leaf": 0.001,
        "lambda_l2": 0.0,
        "feature_fraction": 1.0,
        "bagging_fraction": 1.0,
    }


def deep_values() -> Values:
    """Settings for a book that bears interactions: deep trees of many leaves that learn slowly, held back by their rows."""
    return {
        "learning_rate": 0.03,
        "num_leaves": 63,
        "max_depth": 8,
        "min_data_in_leaf": 50,
        "min_sum_hessian_in_leaf": 1.0,
        "lambda_l2": 5.0,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
    }


def lightgbm_params(contract: ModelContract, config: TrainConfig, values: Values) -> Values:
    """The whole of LightGBM's parameters: what is fixed by design, and one point of the space."""
    return {
        "objective": "binary",
        "metric": "None",  # ours, see `mean_log_loss`
        "verbosity": -1,
        "seed": config.seed,
        "num_threads": config.threads,
        "deterministic": True,
        # col, not row: the same trees, measured 5x faster on 48,000 x 64, and no sum crosses threads
        "force_col_wise": True,
        "feature_pre_filter": False,
        "bagging_freq": 1,
        "monotone_constraints": [feature.direction for feature in contract.features],
        # basic, not advanced: advanced was seen to break the promise (LightGBM#6155, #5358)
        "monotone_constraints_method": "basic",
        **({} if "num_leaves" in values else {"num_leaves": 2 ** int(values["max_depth"])}),
        **values,
    }


def dataset(
    codes: Floats,
    defaulted: Bools,
    contract: ModelContract,
    config: TrainConfig,
    *,
    is_kept: bool = True,
) -> lgb.Dataset:
    """Encoded rows as LightGBM reads them, native categories included; `is_kept`: beside their bins the rows themselves."""
    categories = [i for i, one in enumerate(contract.features) if one.levels is not None]
    return lgb.Dataset(
        codes,
        label=defaulted.astype(np.float64),
        feature_name=contract.names,
        categorical_feature=categories,
        free_raw_data=not is_kept,
        params=lightgbm_params(contract, config, by_hand(contract, config)),
    )


def fold_datasets(
    codes: Floats,
    defaulted: Bools,
    fold: Fold,
    contract: ModelContract,
    config: TrainConfig,
    *,
    is_kept: bool = True,
) -> tuple[lgb.Dataset, lgb.Dataset]:
    """A fold's rows to learn from, and the later ones it is judged on; `is_kept`: see `dataset`."""
    train = dataset(codes[fold.train], defaulted[fold.train], contract, config, is_kept=is_kept)
    valid = train.create_valid(
        codes[fold.valid], label=defaulted[fold.valid].astype(np.float64), params=train.params
    )
    return train, valid.set_reference(
        train
    )  # a set that is made has to know its categories before a fit tells them


def mean_log_loss(chance: Floats, data: lgb.Dataset) -> tuple[str, float, bool]:
    """Log loss of one round. LightGBM's own differs in its last digits with the number of threads."""
    hit = np.where(np.asarray(data.get_label(), dtype=np.float64) > 0, chance, 1.0 - chance)
    return LOSS, float(-np.mean(np.log(np.maximum(hit, 1e-15)))), False


def fit_on_fold(
    train: lgb.Dataset,
    valid: lgb.Dataset,
    params: Values,
    config: TrainConfig,
    keep: str | None = None,
    is_given_up: Callable[[], bool] | None = None,
) -> Fitted:
    """One fit, stopped where the later rows stop gaining; with `keep`, the losses on the train rows as well.

    Raises:
        GivenUp: what is given beside said so after a round.
    """

    def stop_if_given_up(_: object) -> None:
        if is_given_up is not None and is_given_up():
            raise GivenUp

    losses: dict[str, dict[str, list[float]]] = {}
    booster = lgb.train(
        params,
        train,
        num_boost_round=config.max_rounds,
        valid_sets=[valid, train] if keep else [valid],
        valid_names=[VALID, TRAIN] if keep else [VALID],
        feval=mean_log_loss,
        callbacks=[
            lgb.early_stopping(config.early_stopping_rounds, verbose=False),
            lgb.record_evaluation(losses),
            stop_if_given_up,
        ],
    )
    curves = {name: curve[LOSS] for name, curve in losses.items()}
    best = booster.best_iteration or len(curves[VALID])
    return Fitted(best, curves[VALID][best - 1], curves, booster)
