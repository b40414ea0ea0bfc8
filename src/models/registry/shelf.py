"""Where a portfolio's versions stand, who is champion among them, and how a decision on that is carried out."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, chdir, nullcontext
from dataclasses import dataclass
from pathlib import Path

from mlflow.entities.model_registry import ModelVersion

from contracts.documents.receipt import Refusal
from models.registry.decisions import Decision, Kind, Log
from models.registry.log import CHAMPION, WAITING, DecisionLog, missing, moved, vacant
from models.registry.origin import PIPELINE
from models.registry.signing import Keys
from models.registry.store import alone, database_of, opened
from models.registry.unopened import SQLITE

DIGEST, SEALED, EVIDENCE, ORIGIN = "digest", "seal", "evidence", "origin"
"""Tags of a version. What bears no origin was registered before decisions were logged."""
FOUND = "champion already when the log began; since when, and by whom, was not written down"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decides about a version.

    Attributes:
        kind: see `Decision`.
        version: its number.
        by: the person, or `pipeline`.
        why: in their words.
        at: UTC, ISO 8601, to the second.
        spent: see `Decision`.
        pack: see `Decision`.
        refused: see `Decision`.
        evidence: see `Decision`; None where it is the version's own.
    """

    kind: Kind
    version: str
    by: str
    why: str
    at: str
    spent: float = 0.0
    pack: str | None = None
    refused: Refusal | None = None
    evidence: str | None = None


class Shelf:
    """The versions of one portfolio's model.

    Args:
        uri: MLflow tracking and registry database.
        portfolio: its name; the registered model and the experiment are both `bonitas-<portfolio>`.
        keys: with which versions are signed, and whose signatures are trusted; where none are given, those of the folder.

    Raises:
        RegistryError: the database cannot be opened, or does not answer.

    A registry in a file lies in a project that may have moved: see `models.registry.addresses`.
    """

    def __init__(self, uri: str, portfolio: str, keys: Keys | None = None) -> None:
        self.portfolio = portfolio
        self.name = f"bonitas-{portfolio}"
        self.database = database_of(uri)
        # MLflow keeps one store per address: a relative one would go on meaning the first folder it was used in
        self.uri = f"{SQLITE}{self.database}" if self.database else uri
        self.client = opened(self.uri)
        self.log = DecisionLog(self.client, self.name)
        self.keys = (keys or Keys()).at(Path.cwd())

    def alone(self) -> AbstractContextManager[None]:
        """Keeps other processes from deciding in this registry; see `models.registry.store`."""
        return alone(self.uri)

    def at_home(self) -> AbstractContextManager[None]:
        """The addresses of files begin at the registry's folder, and MLflow reads them from the working directory."""
        return chdir(self.database.parent) if self.database else nullcontext()

    def versions(self) -> list[ModelVersion]:
        """All versions, oldest first."""
        found = self.client.search_model_versions(f"name = '{self.name}'", max_results=10_000)
        return sorted(found, key=lambda version: int(version.version))

    def find(self, digest: str) -> ModelVersion | None:
        """The version that holds a bundle, None where it was never registered."""
        held = [version for version in self.versions() if version.tags.get(DIGEST) == digest]
        return held[0] if held else None

    def aliased(self, alias: str) -> ModelVersion | None:
        """The version that bears an alias, None where none does. Who is champion, `crowned` says: it asks the log too."""
        number = self.log.aliased(alias)
        return None if number is None else self.client.get_model_version(self.name, number)

    def alias_of(self, number: str) -> str | None:
        """The alias a version bears: champion, or one of those that wait; None where it bears none."""
        bearers = ((alias, self.log.aliased(alias)) for alias in (CHAMPION, *WAITING))
        return next((alias for alias, bearer in bearers if bearer == number), None)

    def crowned(self, *, is_alone: bool = False) -> str | None:
        """The number of the champion, on which log and alias agree; None where there is none.

        Args:
            is_alone: whether the caller keeps the others out, and has finished what was pending.

        Raises:
            RegistryError: the alias was moved behind the log's back, the log was changed or is gone, or the champion was deleted.
        """
        log, bearer = self.log.read(), self.log.aliased(CHAMPION)
        fits = self._fits(log, bearer)
        if fits and not log.pending:
            return bearer
        if not is_alone:  # another process decides at this moment, or was killed while it did
            with self.alone():
                self.log.finish()
                return self.crowned(is_alone=True)
        if fits:
            return bearer
        if (lost := self.vanished()) is not None:
            raise vacant(self.name, lost, self.there())
        if not log.decisions and bearer is not None and self._is_logged():
            raise missing(self.name, bearer)
        raise moved(self.name, log, bearer)

    def _fits(self, log: Log, bearer: str | None) -> bool:
        if log.decisions:
            return log.champion == bearer
        if bearer is None:
            return self.log.noted() is None
        return not self._is_logged()

    def vanished(self) -> str | None:
        """What the registry has lost, so that there is no champion although there was one, in one clause; None where it has lost nothing.

        Somebody deleted the champion's version, or the registered model and with it the log. No machine fills the place: a
        person decides, and the decision says what was lost.
        """
        log = self.log.read()
        if not log.decisions:
            return self._without_log() if self.log.aliased(CHAMPION) is None else None
        since = log.since
        if since is None or any(str(one.version) == since.champion for one in self.versions()):
            return None
        return f"version {since.champion}, champion since {since.at} by {since.by}, was deleted in MLflow"

    def _without_log(self) -> str | None:
        """What is said where there is no log although there was one; None where there never was one."""
        noted = self.log.noted()
        if noted is None:
            return None
        number, at, _ = noted.split()
        return f"the log of decisions ({number}, the last of {at}) is gone, for the registered model was deleted or renamed in MLflow, or its tags were"

    def there(self) -> dict[str, str]:
        """The alias of each version there is, by its number."""
        numbers = [str(one.version) for one in self.versions()]
        return {number: self.alias_of(number) or "no alias" for number in numbers}

    def _is_logged(self) -> bool:
        """Whether a version was registered since decisions are logged: then there must be a log."""
        return any(ORIGIN in version.tags for version in self.versions())

    def begin(self, at: str) -> None:
        """Writes down who is champion before the first version is registered that has to be logged. Under the lock."""
        bearer = self.log.aliased(CHAMPION)
        if bearer is not None and not self.log.read().decisions and not self._is_logged():
            self.decide(Choice("found", bearer, PIPELINE, FOUND, at))

    def decide(self, choice: Choice) -> Decision:
        """Carries out a decision, after it was written down. Under the lock."""
        log, bearer = self.log.read(), self.log.aliased(CHAMPION)
        champion = {
            "found": choice.version,
            "promoted": choice.version,
            "withdrawn": None,
            "rejected": log.champion,
            "refused": log.champion,
        }[choice.kind]
        decision = Decision(
            number=len(log.decisions) + 1,
            at=choice.at,
            by=choice.by,
            kind=choice.kind,
            version=choice.version,
            before=log.champion,
            champion=champion,
            bearer=bearer if bearer != log.champion and choice.kind != "found" else None,
            why=choice.why,
            evidence=choice.evidence or self.evidence(choice.version),
            spent=choice.spent,
            pack=choice.pack,
            lost=self.vanished() if log.decisions else self._without_log(),
            refused=choice.refused,
            previous=log.last,
        )
        self.log.add(decision)
        return decision

    def evidence(self, number: str) -> str:
        """sha256 over the version's seal (or, before there was one, its digest) and over its gates and figures."""
        tags = self.client.get_model_version(self.name, number).tags
        parts = (tags.get(SEALED, tags.get(DIGEST, "")), tags.get(EVIDENCE, ""))
        return hashlib.sha256(" ".join(parts).encode("utf-8")).hexdigest()
