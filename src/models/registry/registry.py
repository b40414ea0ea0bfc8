"""Versions of a portfolio's model in MLflow: logged once by digest, aliased champion or challenger, or refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from contracts.documents.receipt import Receipt
from models.registry import addresses, seal, signing
from models.registry import bundle as bundles
from models.registry.background import NOTE, about, description, link
from models.registry.bundle import Bundle
from models.registry.card import RESTS_ON
from models.registry.champion import Champion, no_champion, no_version
from models.registry.log import ACTIVE, CANDIDATE, CHALLENGER, CHAMPION, RECALIBRATED, WAITING
from models.registry.origin import PIPELINE, Origin
from models.registry.purged import experiment_deleted
from models.registry.shelf import DIGEST, EVIDENCE, ORIGIN, SEALED, Choice, Shelf
from models.registry.store import database_of
from models.registry.tracking import KIND, TRAINING, Record, log_version, quiet

__all__ = ["CANDIDATE", "CHALLENGER", "CHAMPION", "DIGEST", "PARENT", "RECALIBRATED", "SEALED", "Judge", "Registry", "champion_card"]  # fmt: skip

REFUSED = "refused"
VERDICT, WHY, PARENT = "verdict", "why", "parent"
ALREADY = "RESOURCE_ALREADY_EXISTS"
FIRST = "the first version whose gates pass"
NONE_NOW = "there is no champion since it was withdrawn: a person decides"
STATED = "the first version; it was not judged by outcomes, for it rests on"

Judge = Callable[[Champion], tuple[str, str]]
"""Looks at the champion and returns the verdict on a new version, and why."""


class Registry(Shelf):
    """The registered model of one portfolio: see `Shelf` for its arguments."""

    def champion(self) -> Champion | None:
        """The version in use, None where there is none.

        Raises:
            BundleError: its files are not those that were registered.
            RegistryError: its alias is not where the log of decisions says.
        """
        return self._champion()

    def _champion(self, *, is_alone: bool = False) -> Champion | None:
        number = self.crowned(is_alone=is_alone)
        return (
            None if number is None else self._held(self.client.get_model_version(self.name, number))
        )

    def asked(self, which: str) -> Champion:
        """A version by alias (champion, challenger, candidate, recalibrated) or number, verified as the champion is.

        Raises RegistryError, which names those there are, where it is none of them.
        """
        if which == CHAMPION and (champion := self.champion()) is not None:
            return champion
        version = self.aliased(which) if which in WAITING else None
        version = version or next((v for v in self.versions() if str(v.version) == which), None)
        if version is None:
            raise no_version(self.portfolio, which, self.there())
        return self._held(version)

    def _held(self, version: ModelVersion) -> Champion:
        folder = self._folder_of(str(version.version))
        digest = str(version.tags.get(DIGEST))
        files, tag = seal.files_in(folder), version.tags.get(SEALED)
        self._verify(version)
        seal.check(files, tag, where=folder)
        held = bundles.checked(seal.bundle_files(files), where=folder / seal.BUNDLE, digest=digest)
        return Champion(self.name, str(version.version), digest, held, folder, files if tag else {})

    def _verify(self, version: ModelVersion) -> None:
        """Whether somebody whom we trust signed it."""
        tags = version.tags
        number, evidence = str(version.version), str(tags.get(EVIDENCE, ""))
        claim = signing.Claim(self.name, number, tags.get(SEALED), evidence, ORIGIN in tags)
        signing.verify(self.keys, claim, tags)

    def _folder_of(self, version: str) -> Path:
        """The files of a version: where they lie, or fetched from the server that holds them."""
        if self.database:
            address = self.client.get_model_version_download_uri(self.name, version)
            return addresses.resolved(self.database, address)
        with quiet():
            return Path(mlflow.artifacts.download_artifacts(f"models:/{self.name}/{version}"))

    def required_champion(self) -> Champion:
        """The version in use. Raises RegistryError where there is none."""
        champion = self.champion()
        if champion is None:
            raise no_champion(
                self.portfolio, self.name, (int(one.version) for one in self.versions())
            )
        return champion

    def register(
        self,
        bundle: Bundle,
        record: Record,
        judge: Judge,
        origin: Origin,
        waits_as: str = CHALLENGER,
    ) -> Receipt:
        """Logs a bundle as a version, once, and gives it the alias its verdict earns.

        The first version whose gates pass becomes champion, unless it is an experiment's. Any other waits under an alias
        of its own until somebody decides. May be killed at any point and called again: a version is found by its digest,
        and a verdict, once written, stands; but a candidate that the pipeline makes as well becomes its challenger.

        Args:
            bundle: what to register.
            record: settings, figures and files beside it.
            judge: asked only where another version is champion.
            origin: what it was made from.
            waits_as: the alias under which it waits where nothing hinders it.
        """
        with self.alone():
            self.log.finish()
            self.begin(origin.at)
            if self.vanished() is None:
                self.crowned(is_alone=True)
            number = self._registered(bundle, record, origin)
            link(self.client, self.client.get_model_version(self.name, number))
            verdict = self._decided(number, judge, origin, waits_as)
            return self._receipt(number, bundle, self.alias_of(number), verdict)

    def _registered(self, bundle: Bundle, record: Record, origin: Origin) -> str:
        """Number of the version that holds a bundle: one, also where a server gives no lock and two wrote it at once."""
        if (held := self.find(bundle.digest)) is not None:
            return str(held.version)
        ours = str(self._log(bundle, record, origin).version)
        first = self.find(bundle.digest)
        if first is None or str(first.version) == ours:
            return ours
        self.client.delete_model_version(self.name, ours)
        return str(first.version)

    def _decided(self, number: str, judge: Judge, origin: Origin, waits_as: str) -> str:
        """The verdict on a version, as it stands or given now."""
        held = self.client.get_model_version(self.name, number).tags.get(VERDICT)
        if held is not None and not (held == CANDIDATE and self._may_rise(origin)):
            return str(held)
        if held is not None:  # the pipeline makes it as well now
            self.client.set_model_version_tag(self.name, number, ORIGIN, origin.kind)
        verdict, why = self._verdict(number, judge, origin)
        if origin.hindrance is not None and verdict != CHAMPION and waits_as == CHALLENGER:
            verdict = CANDIDATE
        self._give(number, verdict, why, origin, waits_as)
        return verdict

    def _may_rise(self, origin: Origin) -> bool:
        """Whether a candidate that is made again, from this origin, is judged anew."""
        is_first = origin.kind != "experiment" and not self.log.read().had_champion
        return is_first or origin.hindrance is None

    def _give(self, number: str, verdict: str, why: str, origin: Origin, waits_as: str) -> None:
        """The alias before the verdict, so that a verdict is never ahead of its alias."""
        if verdict != CHAMPION:
            alias = CANDIDATE if verdict == CANDIDATE else waits_as
            self.client.set_registered_model_alias(self.name, alias, number)
        elif self.log.read().champion != number:
            self.decide(Choice("promoted", number, PIPELINE, why, origin.at))
        self.client.set_model_version_tag(self.name, number, WHY, why)
        self.client.set_model_version_tag(self.name, number, VERDICT, verdict)

    def _verdict(self, number: str, judge: Judge, origin: Origin) -> tuple[str, str]:
        if (lost := self.vanished()) is not None:
            return CHALLENGER, "; ".join(
                filter(None, (origin.hindrance, f"{lost}; a person decides"))
            )
        log = self.log.read()
        if log.champion == number:
            return CHAMPION, log.decisions[-1].why
        if not log.had_champion and origin.kind != "experiment":
            first = next(v for v in self.versions() if str(v.version) == number or _may_be_first(v))
            if str(first.version) == number:
                return CHAMPION, self._first(number)
            # an earlier version passed its gates too; who wrote it was killed, or is only just about to say so
            self._give(
                str(first.version), CHAMPION, self._first(str(first.version)), origin, CHALLENGER
            )
        champion = self._champion(is_alone=True)
        verdict, why = (CHALLENGER, NONE_NOW) if champion is None else judge(champion)
        return (verdict, why) if origin.hindrance is None else (CHALLENGER, f"{origin.hindrance}; {why}")  # fmt: skip

    def _first(self, number: str) -> str:
        """Why a version is champion where none was; one of stated experience says so."""
        stated = self.client.get_model_version(self.name, number).tags.get(RESTS_ON)
        return FIRST if stated is None else f"{STATED}: {stated}"

    def refuse(self, bundle: Bundle) -> Receipt:
        """The receipt of a model that is not registered; the registry is left as it is."""
        return self._receipt(None, bundle, None, REFUSED)

    def _receipt(
        self, version: str | None, bundle: Bundle, alias: str | None, verdict: str
    ) -> Receipt:
        return Receipt(
            name=self.name, version=version, digest=bundle.digest, alias=alias, verdict=verdict
        )

    def _log(self, bundle: Bundle, record: Record, origin: Origin) -> ModelVersion:
        reports = [report.resolve() for report in record.reports]
        with quiet(), self.at_home():
            experiment = self.experiment()
            self._end_abandoned(experiment, bundle.digest)
            tags = {**record.tags, DIGEST: bundle.digest, "portfolio": self.portfolio}
            card, name = description(bundle), record.background.title or bundle.digest[:12]
            told = {**tags, **origin.tags, NOTE: card}
            run = self.client.create_run(experiment, run_name=name, tags=told).info.run_id
            with mlflow.start_run(run_id=run):
                whole = replace(record, reports=reports)
                info, sealed, evidence = log_version(run, bundle, whole, origin)
            self._ensure_registered_model()
            return self.client.create_model_version(
                self.name,
                info.model_uri,
                run_id=run,
                description=description(bundle, name),
                tags={
                    **tags,
                    SEALED: sealed,
                    EVIDENCE: evidence,
                    ORIGIN: origin.kind,
                    **signing.signed(self.keys, self.name, sealed, evidence),
                },
                model_id=info.model_id,
            )

    def experiment(self) -> str:
        """Id of the portfolio's experiment, made where there is none."""
        found = self.client.get_experiment_by_name(self.name)
        if found and found.lifecycle_stage != ACTIVE:
            raise experiment_deleted(self.name, self.uri, str(found.experiment_id))
        if found:
            if KIND not in found.tags:
                self.client.set_experiment_tag(found.experiment_id, KIND, TRAINING)
            return str(found.experiment_id)
        # files lie beside an SQLite database, wherever the stage is run from; a server has its own place
        place = addresses.place_of(self.database, self.name) if self.database else None
        try:
            made = str(self.client.create_experiment(self.name, place, {KIND: TRAINING}))
        except MlflowException as error:
            if error.error_code != ALREADY:
                raise
            return self.experiment()  # another process was faster
        if self.database:
            addresses.make_relative(self.database)
        return made

    def _end_abandoned(self, experiment: str, digest: str) -> None:
        """Closes runs of this digest that a killed process left open."""
        wanted = f"tags.{DIGEST} = '{digest}' and attributes.status = 'RUNNING'"
        for run in self.client.search_runs([experiment], wanted):
            self.client.set_terminated(run.info.run_id, "KILLED")

    def _ensure_registered_model(self) -> None:
        try:
            self.client.get_registered_model(self.name)
        except MlflowException:
            try:
                self.client.create_registered_model(self.name, description=about(self.portfolio))
            except MlflowException as error:
                if error.error_code != ALREADY:
                    raise


def _may_be_first(version: ModelVersion) -> bool:
    """Whether it passed its gates, comes from no experiment, and nobody has said what it is."""
    return version.tags.get(VERDICT, CANDIDATE) == CANDIDATE and version.tags.get(ORIGIN) != "experiment"  # fmt: skip


def champion_card(tracking_uri: str, portfolio: str) -> dict[str, str] | None:
    """Which version is in use: name, version, digest, alias. None where there is no registry, no champion yet, or none any more.

    It looks and does not create: an SQLite registry that does not exist is left so.
    """
    database = database_of(tracking_uri)
    if database and not database.is_file():
        return None
    registry = Registry(tracking_uri, portfolio)
    number = None if registry.vanished() else registry.crowned()
    if number is None:
        return None
    version = registry.client.get_model_version(registry.name, number)
    return {
        "name": registry.name,
        "version": number,
        "digest": str(version.tags.get(DIGEST)),
        "alias": CHAMPION,
    }
