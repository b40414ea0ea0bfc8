"""Where a portfolio's versions stand, who is champion among them, and how a decision on that is carried out."""

from __future__ import annotations

import hashlib
from contextlib import AbstractContextManager, chdir, nullcontext
from dataclasses import dataclass
from pathlib import Path

from mlflow.entities.model_registry import ModelVersion

from models.registry.decisions import Decision, Kind, Log
from models.registry.log import CHAMPION, WAITING, DecisionLog, missing, moved
from models.registry.origin import PIPELINE
from models.registry.signing import Keys
from models.registry.store import SQLITE, alone, database_of, opened

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
    """

    kind: Kind
    version: str
    by: str
    why: str
    at: str
    spent: float = 0.0
    pack: str | None = None


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
            RegistryError: the alias was moved behind the log's back, or the log was changed or is gone.
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
        if not log.decisions and bearer is not None and self._is_logged():
            raise missing(self.name, bearer)
        raise moved(self.name, log, bearer)

    def _fits(self, log: Log, bearer: str | None) -> bool:
        if log.decisions:
            return log.champion == bearer
        return bearer is None or not self._is_logged()

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
            evidence=self.evidence(choice.version),
            spent=choice.spent,
            pack=choice.pack,
            previous=log.last,
        )
        self.log.add(decision)
        return decision

    def evidence(self, number: str) -> str:
        """sha256 over the version's seal (or, before there was one, its digest) and over its gates and figures."""
        tags = self.client.get_model_version(self.name, number).tags
        parts = (tags.get(SEALED, tags.get(DIGEST, "")), tags.get(EVIDENCE, ""))
        return hashlib.sha256(" ".join(parts).encode("utf-8")).hexdigest()
