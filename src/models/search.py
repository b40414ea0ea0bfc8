"""Optuna over time-ordered folds inside train: which LightGBM settings, and how many trees."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import optuna
import pandas as pd

from contracts.config.params import TrainConfig
from contracts.errors import TrainingError
from models.arrays import Bools, Floats
from models.data import ModelContract
from models.folds import Fold
from models.lgbm import (
    TRAIN,
    VALID,
    Fitted,
    Values,
    by_hand,
    fit_on_fold,
    fold_datasets,
    lightgbm_params,
)

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
    data = [fold_datasets(codes, defaulted, fold, contract, config) for fold in folds]

    def objective(trial: optuna.Trial) -> float:
        values = suggest(trial, config)
        fits = []
        for step, (train, valid) in enumerate(data):
            fits.append(
                fit_on_fold(train, valid, lightgbm_params(contract, config, values), config)
            )
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
    newest = fit_on_fold(
        *data[-1], lightgbm_params(contract, config, best.params), config, keep=TRAIN
    )
    return Found(
        best.params,
        max(1, round(best.user_attrs["rounds"])),
        float(study.best_value),
        trials_table(study),
        _curve(newest),
    )


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
