"""What a trial tries, and when it is given up: both follow from the seed and the finished trials alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from models.boosting.lgbm import Values
from models.search.space import Space

STARTUP_TRIALS = 5  # random ones, before the sampler and the pruner trust what they have seen
PLACE = "place"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
COUNTED = (*FINISHED, TrialState.RUNNING)


class PlacedSampler(BaseSampler):
    """TPE, seeded anew for each trial from the seed and the trial's place.

    A place is the lowest number that no finished and no running trial holds. In one process that is the
    number of finished trials, so a search that was killed goes on as if nothing had happened: a failed
    trial gives its place back. Processes that run at once hold different places, so none repeats another.

    Args:
        seed: of the search.
        first: the values of place 0, chosen by hand.
        searched: distributions by name; all are sampled together.
    """

    def __init__(self, seed: int, first: Values, searched: Space) -> None:
        self.place = 0
        self._seed = seed % 2**32  # entropy may not be negative
        self._first = first
        self._searched = {name: one for name, one in searched.items() if not one.single()}

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> Space:
        """The whole space; a setting with one legal value needs no sampler."""
        del study, trial
        return self._searched

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """One point of the space; random while fewer than `STARTUP_TRIALS` have finished."""
        self.place = free_place(study, trial.number)
        if self.place == 0:
            return {name: self._first[name] for name in search_space}
        tpe = self._fresh()
        drawn = tpe.sample_relative(study, trial, search_space)
        return drawn or {
            name: tpe.sample_independent(study, trial, name, one)
            for name, one in search_space.items()
        }

    def sample_independent(
        self,
        study: Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        """A setting outside the space, or a value chosen by hand outside its range."""
        return self._fresh().sample_independent(study, trial, param_name, param_distribution)

    def _fresh(self) -> TPESampler:
        mixed = np.random.SeedSequence([self._seed, self.place]).generate_state(1)[0]
        return TPESampler(seed=int(mixed), n_startup_trials=STARTUP_TRIALS)


def free_place(study: Study, number: int) -> int:
    """The lowest place that no finished or running trial of a lower number holds.

    Optuna hands out numbers one by one, so of two trials that begin at once one sees the other. A trial
    that has not yet written its place down holds the lowest one that is free to it, as it will find out.
    """
    earlier = [
        trial for trial in study.get_trials(deepcopy=False, states=COUNTED) if trial.number < number
    ]
    held = {int(trial.user_attrs[PLACE]) for trial in earlier if PLACE in trial.user_attrs}
    for _ in [trial for trial in earlier if PLACE not in trial.user_attrs]:
        held.add(_lowest_outside(held))
    return _lowest_outside(held)


def _lowest_outside(held: set[int]) -> int:
    return next(place for place in range(len(held) + 1) if place not in held)


class FoldMedianPruner(BasePruner):
    """Gives a trial up whose mean loss over the folds so far is above the median of the complete trials' there.

    Optuna's own median pruner compares a trial's *best* value of all steps. Later folds are harder or easier
    than the first, so it would compare different folds, and never prune where losses rise.
    """

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Whether to stop after the fold reported last."""
        step = trial.last_step
        complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if step is None or len(complete) < STARTUP_TRIALS:
            return False
        seen = [one.intermediate_values[step] for one in complete]
        return bool(trial.intermediate_values[step] > np.median(seen))
