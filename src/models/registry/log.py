"""The log of decisions where the registry keeps it: as tags of the registered model, in the same store as its aliases.

Why tags: they lie in the database that holds the aliases, be it a file, PostgreSQL or behind an MLflow server, are saved
and restored with it, and a line is one row that is written whole or not at all. A file beside the database would be
another thing to back up, and a server has no folder of ours.

A decision takes four steps: its line is written as pending, the alias is moved, the line takes its place in the log,
and the pending one is removed. Whoever comes after a kill finishes what is pending before doing anything else.

The registered model can be deleted, and its tags go with it. So its experiment bears a note of how many lines there were
and of the last one's digest: a registry that has lost its log is not taken for a new one, and a last line that was changed
or cut off is found.
"""

from __future__ import annotations

from collections.abc import Mapping

import mlflow
from mlflow.entities import LifecycleStage
from mlflow.exceptions import MlflowException

from contracts.errors import RegistryError
from models.registry.decisions import Decision, Log, broken, digest_of, parsed, verified

BEGIN = "decision."
PENDING = f"{BEGIN}pending"
CHAMPION, CHALLENGER, CANDIDATE, RECALIBRATED = "champion", "challenger", "candidate", "recalibrated"  # fmt: skip
WAITING = (CHALLENGER, CANDIDATE, RECALIBRATED)
"""Aliases of versions that wait: of the pipeline's, of an experiment's, of a recalibration's."""
NOTE = "decisions"
"""Tag of the experiment: number of the last line, when it was written, its sha256."""
STAYS = frozenset({"found", "refused"})
"""Kinds of decisions that move no alias."""
ACTIVE = str(LifecycleStage.ACTIVE)
ABSENT = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"})


def key(number: int) -> str:
    """The tag of a line.

    >>> key(12)
    'decision.00012'
    """
    return f"{BEGIN}{number:05d}"


class DecisionLog:
    """The decisions on one registered model.

    Args:
        client: of its registry.
        name: of the registered model.
    """

    def __init__(self, client: mlflow.MlflowClient, name: str) -> None:
        self._client, self._name = client, name

    def read(self) -> Log:
        """All decisions, verified.

        Raises:
            RegistryError: a line was changed, taken out or put in; it is named.
        """
        log = self._read()
        if not self._is_as_noted(log):
            log = self._read()  # another process has written a line between the two questions
            if not self._is_as_noted(log):
                raise broken(self._name, len(log.decisions), "the note of it at the experiment tells another last line")  # fmt: skip
        return log

    def _is_as_noted(self, log: Log) -> bool:
        """Whether the last line is the one that was noted. The chain says nothing of it: no line comes after it."""
        noted = None if log.pending or not log.decisions else self.noted()
        if noted is None:
            return True
        number, _, digest = noted.split()
        return int(number) < len(log.decisions) or (int(number), digest) == (len(log.decisions), log.last)  # fmt: skip

    def _read(self) -> Log:
        tags = self._tags()
        numbers = sorted(one for one in tags if one.startswith(BEGIN) and one != PENDING)
        for place, name in enumerate(numbers, start=1):
            if name != key(place):
                raise broken(self._name, place, f"{key(place)} is not there, and {name} is")
        found = verified([tags[name] for name in numbers], where=self._name)
        held = tags.get(PENDING)
        if held is None:
            return Log(found)
        pending = parsed(held, len(found) + 1, where=self._name)
        log = Log(found, pending)
        is_done = bool(found) and found[-1] == pending
        if not is_done and (pending.number, pending.previous) != (len(found) + 1, log.last):
            raise broken(self._name, pending.number, "the pending decision does not continue it")
        return log

    def aliased(self, alias: str) -> str | None:
        """The number of the version that bears an alias, None where none does."""
        try:
            return str(self._client.get_model_version_by_alias(self._name, alias).version)
        except MlflowException as error:
            if error.error_code in ABSENT:
                return None
            raise

    def add(self, decision: Decision) -> None:
        """Carries out a decision and writes it down; under the registry's lock.

        Raises:
            RegistryError: another process, which had no lock, decided at the same moment.
        """
        self._client.set_registered_model_tag(self._name, PENDING, decision.line)
        self.finish()
        last = self._read().decisions[-1:]
        if last != (decision,):
            if last:  # the note is of the line that stands, whoever wrote it last
                self._note(last[0])
            raise RegistryError(
                "Somebody else decided at the same moment.",
                where=self._name,
                next_step="`bonitas history` says what; then decide again if need be.",
            )

    def finish(self) -> None:
        """Finishes what a killed process had begun; nothing where nothing is pending. Under the registry's lock."""
        log = self._read()
        pending = log.pending
        if pending is None:
            if log.decisions and self.noted() is None:  # written before there were notes
                self._note(log.decisions[-1])
            return
        if pending.kind not in STAYS:
            self._move(pending)
        self._client.set_registered_model_tag(self._name, key(pending.number), pending.line)
        self._note(pending)
        self._client.delete_registered_model_tag(self._name, PENDING)

    def _move(self, decision: Decision) -> None:
        bearer = self.aliased(CHAMPION)
        if decision.champion is None:
            if bearer is not None:
                self._client.delete_registered_model_alias(self._name, CHAMPION)
        elif bearer != decision.champion:
            self._give(decision.champion)
        for alias in WAITING:  # what was decided on waits no longer
            if self.aliased(alias) == decision.version:
                self._client.delete_registered_model_alias(self._name, alias)

    def _give(self, number: str) -> None:
        """The alias to a version; one that was deleted since the decision leaves it with nobody, and `vanished` says so."""
        try:
            self._client.set_registered_model_alias(self._name, CHAMPION, number)
        except MlflowException as error:
            if error.error_code not in ABSENT:
                raise

    def noted(self) -> str | None:
        """Number, day and sha256 of the last line that was written, as the experiment bears it; None where it bears none."""
        found = self._client.get_experiment_by_name(self._name)
        return None if found is None else found.tags.get(NOTE)

    def _note(self, decision: Decision) -> None:
        found = self._client.get_experiment_by_name(self._name)
        if found is not None and found.lifecycle_stage == ACTIVE:  # MLflow tags no deleted one
            told = f"{decision.number} {decision.at} {digest_of(decision.line)}"
            self._client.set_experiment_tag(found.experiment_id, NOTE, told)

    def _tags(self) -> dict[str, str]:
        try:
            return dict(self._client.get_registered_model(self._name).tags)
        except MlflowException as error:
            if error.error_code in ABSENT:
                return {}
            raise


def moved(name: str, log: Log, bearer: str | None) -> RegistryError:
    """What is said of an alias that is not where the last decision put it."""
    last = log.decisions[-1] if log.decisions else None
    told = f"version {log.champion}" if log.champion else "no version"
    return RegistryError(
        "The alias `champion` was moved by somebody whom the log of decisions does not know; nothing is scored with it.",
        where=f"{name}, alias champion",
        value=f"the log: {told}{f' since {last.at}, by {last.by}' if last else ''}; the alias: "
        f"{f'version {bearer}' if bearer else 'no version'}",
        next_step="Decide which it is: `bonitas promote NUMBER --by NAME --why TEXT` moves the alias and writes it down. "
        "Until then `bonitas score --model NUMBER` scores with a version by its number.",
    )


def missing(name: str, bearer: str) -> RegistryError:
    """What is said where a champion is there and the log that made it is not."""
    return RegistryError(
        "There is a champion, and the log of decisions is gone.",
        where=f"{name} > decision.00001",
        value=f"version {bearer}",
        next_step="Restore the registry's database from a backup; or write down who uses it and why: `bonitas promote NUMBER "
        "--by NAME --why TEXT` begins the log anew.",
    )


def vacant(name: str, lost: str, there: Mapping[str, str]) -> RegistryError:
    """What is said where the registry has lost its champion.

    Args:
        name: of the registered model.
        lost: what is gone, from `Shelf.vanished`.
        there: alias by number, of the versions there are.
    """
    held = ", ".join(f"{number} ({alias})" for number, alias in there.items())
    promote = "`bonitas promote NUMBER --by NAME --why TEXT`"
    step = (
        f"{promote} makes a version champion, of which there are {held}, and the log says what was lost."
        if held
        else f"`make retrain` registers the model of today's data as a version that waits; {promote} then makes it champion, and the log says what was lost."
    )
    return RegistryError(
        f"There is no champion any more: {lost}.",
        where=name,
        next_step=f"{step} A backup of the registry from before has it as it was.",
    )
