"""Trials one after another until the budget of the study is spent, by as many processes as like."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from contextlib import nullcontext

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, TrialState

from contracts.config.training import SearchConfig
from models.search.progress import progress
from models.search.pulse import POLL_SECONDS, Pulse, Watch
from models.search.sampling import FINISHED, PLACE, PlacedSampler
from models.search.space import Space
from models.search.study import Storage

WORKER = "worker"
Objective = Callable[[optuna.Trial], float]
Span = tuple[float, float]


def work(
    study: optuna.Study,
    searched: Space,
    objective: Objective,
    budget: SearchConfig,
    storage: Storage | None,
) -> int:
    """Runs trials until the study, not this process, has used its budget. A pruned trial counts, a failed one does not.

    Where all that is left is being run by others, it waits for them: one of them may die.

    Args:
        study: with a `PlacedSampler`.
        searched: the space.
        objective: a trial's loss; raises `optuna.TrialPruned` to give it up.
        budget: trials, minutes or both.
        storage: where the study is kept; None in memory, where nobody else can be.

    Returns:
        How many trials this process finished.
    """
    watch = Watch(study, storage.grace if storage else 0.0)
    watch.settle()
    ran = 0
    with progress(budget.trials) as show:
        while True:
            finished = finished_trials(study)
            show(len(finished), least_loss(finished))
            if is_spent(finished, budget):
                return ran
            if budget.trials and len(finished) + len(watch.living()) >= budget.trials:
                time.sleep(POLL_SECONDS)
                continue
            trial = study.ask(searched)
            if _is_placed(trial, study, budget):
                ran += _run(study, trial, objective, storage.beat if storage else None)


def _is_placed(trial: optuna.Trial, study: optuna.Study, budget: SearchConfig) -> bool:
    """Writes the trial's place down; where others were faster and none is left, fails it."""
    sampler = study.sampler
    place = sampler.place if isinstance(sampler, PlacedSampler) else trial.number
    if budget.trials and place >= budget.trials:
        study.tell(trial, state=TrialState.FAIL)
        return False
    trial.set_user_attr(PLACE, place)
    trial.set_user_attr(WORKER, f"{socket.gethostname()}:{os.getpid()}")
    return True


def _run(
    study: optuna.Study, trial: optuna.Trial, objective: Objective, beat: float | None
) -> bool:
    """Whether the trial finished; not where another process took it for dead meanwhile."""
    try:
        with Pulse(trial, beat) if beat else nullcontext():
            loss = objective(trial)
    except optuna.TrialPruned:
        told = study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)
    except UpdateFinishedTrialError:
        return False
    except BaseException:
        study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)
        raise
    else:
        told = study.tell(trial, loss, skip_if_finished=True)
    return told.state in FINISHED


def finished_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Complete and pruned trials in the order they finished."""
    found = study.get_trials(deepcopy=False, states=FINISHED)
    return sorted(found, key=lambda trial: (_span(trial)[1], trial.number))


def complete_trials(finished: list[FrozenTrial]) -> list[FrozenTrial]:
    """Those that were judged on every fold."""
    return [trial for trial in finished if trial.state == TrialState.COMPLETE]


def least_loss(finished: list[FrozenTrial]) -> float | None:
    """The least loss of the complete trials, None before the first."""
    return min((float(trial.value or 0.0) for trial in complete_trials(finished)), default=None)


def is_spent(finished: list[FrozenTrial], budget: SearchConfig) -> bool:
    """Whether the budget is used up. Minutes never end a search before its first complete trial."""
    if budget.trials is not None and len(finished) >= budget.trials:
        return True
    if budget.minutes is None or not complete_trials(finished):
        return False
    return covered_seconds([_span(trial) for trial in finished]) >= 60.0 * budget.minutes


def covered_seconds(spans: list[Span]) -> float:
    """Length of the union of [from, until): seconds in which at least one trial ran, pauses between runs left out.

    >>> covered_seconds([(0.0, 10.0), (5.0, 12.0), (20.0, 21.0)])  # 12 and 1
    13.0
    """
    total, end = 0.0, float("-inf")
    for start, until in sorted(spans):
        total += max(0.0, until - max(start, end))
        end = max(end, until)
    return total


def _span(trial: FrozenTrial) -> Span:
    if trial.datetime_start is None or trial.datetime_complete is None:
        raise AssertionError(f"trial {trial.number} is not finished")
    return trial.datetime_start.timestamp(), trial.datetime_complete.timestamp()
