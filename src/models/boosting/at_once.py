"""Fits side by side: one thread to a booster, as many boosters as there are threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from contracts.config.training import TrainConfig

T = TypeVar("T")
Job = Callable[[TrainConfig], T]


def at_once(jobs: Sequence[Job[T]], config: TrainConfig) -> list[T]:
    """What each job gives, in the order of the jobs.

    A booster of rare defaults is many small trees: two threads that share each of its steps wait for each other most of the time
    (on the demo's folds both together were no faster than one), two boosters side by side do not. A booster's trees do not depend
    on its threads, so neither does what this gives.

    Args:
        jobs: each fits with the config it is given, whose threads are its share.
        config: threads of all together.

    Raises:
        Whatever a job raises, after those that had begun have ended.

    >>> at_once([lambda one: one.threads] * 2, TrainConfig(threads=5))
    [2, 2]
    >>> at_once([lambda one: one.threads], TrainConfig(threads=5))
    [5]
    """
    workers = max(1, min(config.threads, len(jobs)))
    share = config.model_copy(update={"threads": config.threads // workers})
    if workers == 1:
        return [job(share) for job in jobs]
    with ThreadPoolExecutor(workers) as pool:
        begun = [pool.submit(job, share) for job in jobs]
        try:
            return [one.result() for one in begun]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
