"""Optuna over time-ordered folds inside train: which LightGBM settings, and how many trees."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial

from contracts.config.training import TrainConfig
from contracts.errors import TrainingError
from models.boosting.at_once import ahead
from models.boosting.course import Course
from models.boosting.lgbm import TRAIN, VALID, Fitted, Values, fit_on_fold, lightgbm_params
from models.search.sampling import PLACE, PlacedSampler
from models.search.space import first_values, space, spelt
from models.search.study import Storage, digest_of, open_study
from models.search.work import Objective, complete_trials, finished_trials, work

MIN_FOR_IMPORTANCE = 2
ROUNDS = "rounds"


@dataclass(frozen=True, slots=True)
class Run:
    """A trial that ran on all folds in this process: its settings, its loss and its fits."""

    values: Values
    log_loss: float
    fits: Sequence[Fitted]


Kept = dict[Literal["first", "best"], Run]


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
        fits: on all folds, by their settings as `spelt`: of the first trial and of the best of those that ran in this process.
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
    fits: Mapping[str, Sequence[Fitted]] = field(default_factory=dict, repr=False, compare=False)

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


def search(course: Course, config: TrainConfig, storage: Storage | None = None) -> Found:
    """The settings with the lowest mean log loss over the folds, found by a seeded TPE sampler.

    The first trial is a set chosen by hand, so a short search is never worse than that one on the
    folds. A trial that lags behind the median after a fold is pruned. One process with a budget in
    trials finds the same whenever it runs, also when it was killed and started again; several
    processes, or a budget in minutes, find what the machines had time for.

    Args:
        course: encoded train rows, their outcomes and folds, and the contract of features, which names the portfolio of the study.
        config: seed, budget, limits.
        storage: keeps the study beyond this process; with None it is forgotten.

    Raises:
        StudyError: the storage cannot be opened, or holds a study of that name of other data.
        TrainingError: no trial finished.
    """
    contract = course.contract
    searched = space(contract, config)
    sampler = PlacedSampler(config.seed, first_values(contract, config), searched)
    digest = digest_of(course.codes, course.defaulted, course.folds, contract, config)
    study = open_study(storage, contract.portfolio, digest, sampler)
    course.bin(["all"], config)
    kept: Kept = {}
    ran = work(study, searched, objective(course, config, kept), config.search, storage)
    finished = finished_trials(study)
    best = best_trial(finished)
    fits = {spelt(one.values): one.fits for one in kept.values()}
    mine = fits.get(spelt(best.params))
    newest = mine[-1] if mine else _newest(course, best.params, config)
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
        fits,
    )  # fmt: skip


def objective(course: Course, config: TrainConfig, kept: Kept) -> Objective:
    """The mean log loss of a trial over the folds, oldest (and smallest) first; reported after each.

    The folds run side by side, one thread each; those after the fold at which the trial is given up are not asked for.

    Args:
        course: the folds, binned as all features.
        config: how LightGBM is fitted; threads.
        kept: where the fits of the first trial and of the best so far are left.
    """

    def mean_loss(trial: optuna.Trial) -> float:
        fits: list[Fitted] = []
        jobs = [partial(_fit, course, at, trial.params) for at in range(len(course.folds))]
        with ahead(jobs, config) as found:
            for step, fit in enumerate(found):
                fits.append(fit)
                trial.report(float(np.mean([one.log_loss for one in fits])), step)
                if step + 1 < len(jobs) and trial.should_prune():
                    raise optuna.TrialPruned
        trial.set_user_attr(ROUNDS, float(np.mean([fit.rounds for fit in fits])))
        loss = float(np.mean([fit.log_loss for fit in fits]))
        _keep(trial, loss, fits, kept)
        return loss

    return mean_loss


def _fit(
    course: Course, at: int, values: Values, share: TrainConfig, is_given_up: Callable[[], bool]
) -> Fitted:
    """A trial on one fold; on the newest with its losses on the train rows, for a learning curve."""
    params = lightgbm_params(course.contract, share, values)
    keep = TRAIN if at == len(course.folds) - 1 else None
    return fit_on_fold(*course.sets(at), params, share, keep, is_given_up)


def _newest(course: Course, values: Values, config: TrainConfig) -> Fitted:
    params = lightgbm_params(course.contract, config, values)
    return fit_on_fold(*course.sets(len(course.folds) - 1), params, config, keep=TRAIN)


def _keep(trial: optuna.Trial, loss: float, fits: Sequence[Fitted], kept: Kept) -> None:
    if trial.user_attrs[PLACE] == 0:
        kept["first"] = Run(trial.params, loss, fits)
    if "best" not in kept or loss < kept["best"].log_loss:
        kept["best"] = Run(trial.params, loss, fits)


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
