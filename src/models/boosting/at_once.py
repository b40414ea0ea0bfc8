"""Fits side by side: one thread to a booster, as many boosters as there are threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

from contracts.config.training import TrainConfig

T = TypeVar("T")
Job = Callable[[TrainConfig], T]
IsGivenUp = Callable[[], bool]


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
    workers, share = _shared(len(jobs), config)
    if workers == 1:
        return [job(share) for job in jobs]
    with ThreadPoolExecutor(workers) as pool:
        begun = [pool.submit(job, share) for job in jobs]
        try:
            return [one.result() for one in begun]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@contextmanager
def ahead(
    jobs: Sequence[Callable[[TrainConfig, IsGivenUp], T]], config: TrainConfig
) -> Iterator[Iterator[T]]:
    """What each job gives, in order, as it is asked for; those that come later have begun meanwhile, where there are threads for them.

    For jobs of which the first may say that the others are not needed: on leaving, jobs that run are told so, and the others do
    not begin. With one thread a job begins when it is asked for.

    Args:
        jobs: each works with the config it is given, and stops as soon as what it is given beside says that it is given up.
        config: threads of all together.

    >>> jobs = [lambda one, _, at=at: (at, one.threads) for at in (1, 2, 3)]
    >>> with ahead(jobs, TrainConfig(threads=2)) as found:
    ...     next(found), next(found)
    ((1, 1), (2, 1))
    """
    workers, share = _shared(len(jobs), config)
    if workers == 1:
        yield (job(share, _never) for job in jobs)
        return
    over = Event()
    with ThreadPoolExecutor(workers) as pool:
        begun = [pool.submit(job, share, over.is_set) for job in jobs]
        try:
            yield (one.result() for one in begun)
        finally:
            over.set()
            pool.shutdown(cancel_futures=True)


@contextmanager
def meanwhile(job: Callable[[], T], config: TrainConfig) -> Iterator[Callable[[], T]]:
    """A job of one thread that runs while the body does, where there are threads for it; the body asks for what it gave.

    Raises:
        Whatever the job raises, when it is asked for.

    >>> with meanwhile(lambda: 3, TrainConfig(threads=1)) as found:
    ...     found()
    3
    """
    if config.threads == 1:
        yield job
        return
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(job)
        yield begun.result


def _shared(jobs: int, config: TrainConfig) -> tuple[int, TrainConfig]:
    """How many run side by side, and the config of each."""
    workers = max(1, min(config.threads, jobs))
    return workers, config.model_copy(update={"threads": config.threads // workers})


def _never() -> bool:
    return False
