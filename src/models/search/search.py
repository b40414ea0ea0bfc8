"""Optuna over time-ordered folds inside train: which LightGBM settings, and how many trees."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial

from contracts.arrays import Bools, Floats
from contracts.config.training import TrainConfig
from contracts.errors import TrainingError
from models.base.data import ModelContract
from models.boosting.lgbm import (
    TRAIN,
    VALID,
    Fitted,
    Values,
    fit_on_fold,
    fold_datasets,
    lightgbm_params,
)
from models.sample.folds import Fold
from models.search.sampling import PLACE, PlacedSampler
from models.search.space import first_values, space
from models.search.study import Storage, digest_of, open_study
from models.search.work import Objective, complete_trials, finished_trials, work

MIN_FOR_IMPORTANCE = 2
ROUNDS = "rounds"
FoldData = list[tuple[lgb.Dataset, lgb.Dataset]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found.

    Attributes:
        chosen: LightGBM settings of the best trial.
        rounds: trees of the best trial, the mean over its folds.
        log_loss: its mean over the folds.
        trials: one row per finished trial, in the order they finished (contract `trials`).
        curve: loss by round on the newest fold, for a learning curve.
        study: name of the study.
        by_hand_log_loss: of the settings chosen by hand; None where that trial has not finished.
        importance: share of each setting in what made a trial one of the best, greatest first.
        ran: trials that this process finished.
    """

    chosen: Values
    rounds: int
    log_loss: float
    trials: pd.DataFrame
    curve: list[dict[str, float]]
    study: str = ""
    by_hand_log_loss: float | None = None
    importance: dict[str, float] = field(default_factory=dict)
    ran: int = 0

    def to_json(self) -> dict[str, Any]:
        """What `data/model/search.json` holds."""
        states = self.trials["state"]
        return {
            "study": self.study,
            "trials": len(self.trials),
            "complete": int((states == "complete").sum()),
            "pruned": int((states == "pruned").sum()),
            "best_log_loss": self.log_loss,
            "by_hand_log_loss": self.by_hand_log_loss,
            "rounds": self.rounds,
            "chosen": self.chosen,
            "importance": [
                {"param": name, "importance": share} for name, share in self.importance.items()
            ],
        }


def search(
    codes: Floats,
    defaulted: Bools,
    folds: list[Fold],
    contract: ModelContract,
    config: TrainConfig,
    storage: Storage | None = None,
) -> Found:
    """The settings with the lowest mean log loss over the folds, found by a seeded TPE sampler.

    The first trial is a set chosen by hand, so a short search is never worse than that one on the
    folds. A trial that lags behind the median after a fold is pruned. One process with a budget in
    trials finds the same whenever it runs, also when it was killed and started again; several
    processes, or a budget in minutes, find what the machines had time for.

    Args:
        codes: encoded train rows, shape (n, features).
        defaulted: their outcomes.
        folds: positions in these rows.
        contract: features, with directions, and the portfolio the study belongs to.
        config: seed, budget, limits.
        storage: keeps the study beyond this process; with None it is forgotten.

    Raises:
        StudyError: the storage cannot be opened, or holds a study of that name of other data.
        TrainingError: no trial finished.
    """
    searched = space(contract, config)
    sampler = PlacedSampler(config.seed, first_values(contract, config), searched)
    digest = digest_of(codes, defaulted, folds, contract, config)
    study = open_study(storage, contract.portfolio, digest, sampler)
    data = [fold_datasets(codes, defaulted, fold, contract, config) for fold in folds]
    ran = work(study, searched, objective(data, contract, config), config.search, storage)
    finished = finished_trials(study)
    best = best_trial(finished)
    newest = fit_on_fold(
        *data[-1], lightgbm_params(contract, config, best.params), config, keep=TRAIN
    )
    return Found(
        best.params,
        max(1, round(best.user_attrs[ROUNDS])),
        loss_of(best),
        trials_table(finished),
        _curve(newest),
        study.study_name,
        next((loss_of(one) for one in complete_trials(finished) if one.user_attrs[PLACE] == 0), None),
        importance(study),
        ran,
    )  # fmt: skip


def objective(data: FoldData, contract: ModelContract, config: TrainConfig) -> Objective:
    """The mean log loss of a trial over the folds, oldest (and smallest) first; reported after each."""

    def mean_loss(trial: optuna.Trial) -> float:
        fits: list[Fitted] = []
        params = lightgbm_params(contract, config, trial.params)
        for step, (train, valid) in enumerate(data):
            fits.append(fit_on_fold(train, valid, params, config))
            trial.report(float(np.mean([fit.log_loss for fit in fits])), step)
            if step + 1 < len(data) and trial.should_prune():
                raise optuna.TrialPruned
        trial.set_user_attr(ROUNDS, float(np.mean([fit.rounds for fit in fits])))
        return float(np.mean([fit.log_loss for fit in fits]))

    return mean_loss


def best_trial(finished: list[FrozenTrial]) -> FrozenTrial:
    """The complete trial with the least loss, the earlier one of equals.

    Raises:
        TrainingError: none is complete, so nothing can be chosen.
    """
    complete = complete_trials(finished)
    if not complete:
        raise TrainingError(
            "No trial of the search finished.",
            where="configs/params.yaml > train > search",
            value=f"{len(finished)} trials",
            next_step="Give more trials.",
        )
    return min(complete, key=loss_of)


def loss_of(trial: FrozenTrial) -> float:
    """Mean loss over the folds of a complete trial."""
    return float(np.asarray(trial.value, dtype=np.float64))


def importance(study: optuna.Study) -> dict[str, float]:
    """Share of each setting in being among the best tenth of the complete trials; {} with fewer than two.

    Source: Watanabe et al., PED-ANOVA, IJCAI 2023 (Optuna's default evaluator).
    """
    complete = study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,))
    if len(complete) < MIN_FOR_IMPORTANCE:
        return {}
    shares = optuna.importance.get_param_importances(study)
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))


def _curve(fitted: Fitted) -> list[dict[str, float]]:
    return [
        {"round": number, "train_log_loss": train, "valid_log_loss": valid}
        for number, (train, valid) in enumerate(
            zip(fitted.losses[TRAIN], fitted.losses[VALID], strict=True), start=1
        )
    ]


def trials_table(finished: list[FrozenTrial]) -> pd.DataFrame:
    """Finished trials as a table of the contract `trials`, numbered in the order they finished."""
    complete = {trial.number for trial in complete_trials(finished)}
    rows = [
        {
            "number": number,
            "state": "complete" if trial.number in complete else "pruned",
            "log_loss": trial.value if trial.number in complete else None,
            "params": json.dumps(trial.params, sort_keys=True),
        }
        for number, trial in enumerate(finished)
    ]
    return pd.DataFrame(rows).astype({"number": "int64", "log_loss": "float64"})
