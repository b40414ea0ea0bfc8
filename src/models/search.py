"""Optuna over time-ordered folds inside train: which LightGBM settings, and how many trees."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna
import pandas as pd

from contracts.config.params import TrainConfig
from contracts.errors import TrainingError
from models.arrays import Bools, Floats
from models.data import ModelContract
from models.folds import Fold

Values = dict[str, Any]
VALID = "valid"
TRAIN = "train"
LOSS = "log_loss"
STARTUP_TRIALS = 5  # random ones, before the sampler trusts what it has seen
STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        chosen: LightGBM settings of the best trial.
        rounds: trees of the best trial, the mean over its folds.
        log_loss: its mean over the folds.
        trials: one row per trial (contract `trials`).
        curve: loss by round on the newest fold, for a learning curve.
    """

    chosen: Values
    rounds: int
    log_loss: float
    trials: pd.DataFrame
    curve: list[dict[str, float]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """One fit on one fold: its best round and the loss there, and the losses of every round."""

    rounds: int
    log_loss: float
    losses: dict[str, list[float]]


def search(
    codes: Floats,
    defaulted: Bools,
    folds: list[Fold],
    contract: ModelContract,
    config: TrainConfig,
) -> Found:
    """The settings with the lowest mean log loss over the folds, found by a seeded TPE sampler.

    The first trial is a set chosen by hand, so a short search is never worse than that one on the
    folds. A trial that lags behind the median after a fold is pruned.

    Args:
        codes: encoded train rows, shape (n, features).
        defaulted: their outcomes.
        folds: positions in these rows.
        contract: features, with directions.
        config: seed, budget, limits.
    """
    data = [_datasets(codes, defaulted, fold, contract, config) for fold in folds]

    def objective(trial: optuna.Trial) -> float:
        values = suggest(trial, config)
        fits = []
        for step, (train, valid) in enumerate(data):
            fits.append(_fit(train, valid, lightgbm_params(contract, config, values), config))
            trial.report(float(np.mean([fit.log_loss for fit in fits])), step)
            if step + 1 < len(data) and trial.should_prune():
                raise optuna.TrialPruned
        trial.set_user_attr("rounds", float(np.mean([fit.rounds for fit in fits])))
        return float(np.mean([fit.log_loss for fit in fits]))

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        sampler=optuna.samplers.TPESampler(seed=config.seed, n_startup_trials=STARTUP_TRIALS),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
    )
    study.enqueue_trial(by_hand(config))
    study.optimize(objective, n_trials=config.search.trials)
    best = study.best_trial
    newest = _fit(*data[-1], lightgbm_params(contract, config, best.params), config, keep=TRAIN)
    return Found(
        best.params,
        max(1, round(best.user_attrs["rounds"])),
        float(study.best_value),
        trials_table(study),
        _curve(newest),
    )


def by_hand(config: TrainConfig) -> Values:
    """Settings a modeller would start from on rare defaults: shallow trees, strong shrinkage."""
    return {
        "learning_rate": 0.05,
        "max_depth": config.max_depth,
        "min_data_in_leaf": 50,
        "min_sum_hessian_in_leaf": 0.5,
        "lambda_l2": 20.0,
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "extra_trees": False,
        # the default rate of a rare level is mostly noise: levels are shrunk towards the mean
        "cat_smooth": 50.0,
        "cat_l2": 50.0,
    }


def suggest(trial: optuna.Trial, config: TrainConfig) -> Values:
    """One point of the search space."""
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.1, log=True),
        "max_depth": trial.suggest_int("max_depth", min(2, config.max_depth), config.max_depth),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 10, 300, log=True),
        "min_sum_hessian_in_leaf": trial.suggest_float(
            "min_sum_hessian_in_leaf", 0.05, 5.0, log=True
        ),
        "lambda_l2": trial.suggest_float("lambda_l2", 1.0, 100.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 0.9),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "extra_trees": trial.suggest_categorical("extra_trees", [False, True]),
        "cat_smooth": trial.suggest_float("cat_smooth", 10.0, 200.0, log=True),
        "cat_l2": trial.suggest_float("cat_l2", 10.0, 200.0, log=True),
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
        "num_leaves": 2 ** int(values["max_depth"]),
        **values,
    }


def dataset(
    codes: Floats, defaulted: Bools, contract: ModelContract, config: TrainConfig
) -> lgb.Dataset:
    """Encoded rows as LightGBM reads them, native categories included."""
    categories = [i for i, one in enumerate(contract.features) if one.levels is not None]
    return lgb.Dataset(
        codes,
        label=defaulted.astype(np.float64),
        feature_name=contract.names,
        categorical_feature=categories,
        free_raw_data=False,
        params=lightgbm_params(contract, config, by_hand(config)),
    )


def _datasets(
    codes: Floats, defaulted: Bools, fold: Fold, contract: ModelContract, config: TrainConfig
) -> tuple[lgb.Dataset, lgb.Dataset]:
    train = dataset(codes[fold.train], defaulted[fold.train], contract, config)
    valid = train.create_valid(codes[fold.valid], label=defaulted[fold.valid].astype(np.float64))
    return train, valid


def mean_log_loss(chance: Floats, data: lgb.Dataset) -> tuple[str, float, bool]:
    """Log loss of one round. LightGBM's own differs in its last digits with the number of threads."""
    hit = np.where(np.asarray(data.get_label(), dtype=np.float64) > 0, chance, 1.0 - chance)
    return LOSS, float(-np.mean(np.log(np.maximum(hit, 1e-15)))), False


def _fit(
    train: lgb.Dataset,
    valid: lgb.Dataset,
    params: Values,
    config: TrainConfig,
    keep: str | None = None,
) -> Fitted:
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
        ],
    )
    curves = {name: curve[LOSS] for name, curve in losses.items()}
    best = booster.best_iteration or len(curves[VALID])
    return Fitted(best, curves[VALID][best - 1], curves)


def _curve(fitted: Fitted) -> list[dict[str, float]]:
    return [
        {"round": number, "train_log_loss": train, "valid_log_loss": valid}
        for number, (train, valid) in enumerate(
            zip(fitted.losses[TRAIN], fitted.losses[VALID], strict=True), start=1
        )
    ]


def trials_table(study: optuna.Study) -> pd.DataFrame:
    """The study as a table of the contract `trials`.

    Raises:
        TrainingError: no trial finished, so nothing can be chosen.
    """
    rows = [
        {
            "number": trial.number,
            "state": STATES.get(trial.state.name, "failed"),
            "log_loss": trial.value if trial.state.name == "COMPLETE" else None,
            "params": json.dumps(trial.params, sort_keys=True),
        }
        for trial in study.trials
    ]
    if not any(row["state"] == "complete" for row in rows):
        raise TrainingError(
            "No trial of the search finished.",
            where="configs/params.yaml > train > search",
            value=f"{len(rows)} trials",
            next_step="Give more trials.",
        )
    return pd.DataFrame(rows).astype({"number": "int64", "log_loss": "float64"})
