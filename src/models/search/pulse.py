"""Which running trials are alive: each beats, and one that has not beaten for long is failed.

Optuna has a heartbeat too, but it never fails a trial killed before its first beat, and it does not tell
a search that begins whether the trials it finds running are alive.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

import optuna
from optuna.trial import FrozenTrial, TrialState

PULSE = "pulse"
POLL_SECONDS = 0.2


class Pulse:
    """While it is entered, counts up the trial's attribute `pulse` every `seconds`, from a thread.

    A beat that the database does not take is a missed beat, not an error: the fit goes on.
    """

    def __init__(self, trial: optuna.Trial, seconds: float) -> None:
        self._trial = trial
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        count = 0
        while not self._stop.wait(self._seconds):
            count += 1
            # UpdateFinishedTrialError: another process took this trial for dead; the fit will find out
            with suppress(optuna.exceptions.OptunaError, RuntimeError):
                self._trial.set_user_attr(PULSE, count)


@dataclass(slots=True)
class Watch:
    """Sees which trials of other processes run, and fails those whose pulse has stopped.

    No clock of another machine is read: what counts is whether the pulse changed while this one looked.

    Attributes:
        study: watched.
        grace: seconds without a beat after which a trial is dead.
    """

    study: optuna.Study
    grace: float
    _seen: dict[int, tuple[int, float]] = field(default_factory=dict)

    def living(self) -> list[FrozenTrial]:
        """The running trials, after the dead ones were failed."""
        now = time.monotonic()
        alive = []
        for trial in self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            pulse = int(trial.user_attrs.get(PULSE, 0))
            last, since = self._seen.get(trial.number, (-1, now))
            if pulse != last:
                self._seen[trial.number] = (pulse, now)
            elif now - since > self.grace:
                self.study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
                continue
            alive.append(trial)
        return alive

    def settle(self) -> None:
        """Waits until each trial found running has beaten, finished or been failed: at most `grace`."""
        found = {trial.number: int(trial.user_attrs.get(PULSE, 0)) for trial in self.living()}
        while found:
            time.sleep(min(POLL_SECONDS, self.grace / 4))
            now = {trial.number: int(trial.user_attrs.get(PULSE, 0)) for trial in self.living()}
            found = {number: pulse for number, pulse in found.items() if now.get(number) == pulse}
