"""Versions of a portfolio's model in MLflow: logged once by digest, aliased champion or challenger, or refused."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, chdir, nullcontext
from dataclasses import replace
from pathlib import Path

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from contracts.documents.receipt import Receipt
from contracts.errors import RegistryError
from models.registry import addresses, seal
from models.registry import bundle as bundles
from models.registry.bundle import Bundle
from models.registry.card import RESTS_ON
from models.registry.champion import Champion, no_version
from models.registry.store import SQLITE, alone, database_of, opened
from models.registry.tracking import Record, log_model, log_record, quiet

CHAMPION, CHALLENGER, REFUSED = "champion", "challenger", "refused"
DIGEST, SEALED, VERDICT, WHY, PARENT = "digest", "seal", "verdict", "why", "parent"
ALREADY = "RESOURCE_ALREADY_EXISTS"
FIRST = "the first version whose gates pass"
STATED = "the first version; it was not judged by outcomes, for it rests on"

Judge = Callable[[Champion], tuple[str, str]]
"""Looks at the champion and returns the verdict on a new version, and why."""


class Registry:
    """The registered model of one portfolio.

    Args:
        uri: MLflow tracking and registry database.
        portfolio: its name; the registered model and the experiment are both `bonitas-<portfolio>`.

    Raises:
        RegistryError: the database cannot be opened, or does not answer.

    A registry in a file lies in a project that may have moved: see `models.registry.addresses`.
    """

    def __init__(self, uri: str, portfolio: str) -> None:
        self.portfolio = portfolio
        self.name = f"bonitas-{portfolio}"
        self.database = database_of(uri)
        # MLflow keeps one store per address: a relative one would go on meaning the first folder it was used in
        self.uri = f"{SQLITE}{self.database}" if self.database else uri
        self.client = opened(self.uri)

    def alone(self) -> AbstractContextManager[None]:
        """Keeps other processes from deciding in this registry; see `models.registry.store`."""
        return alone(self.uri)

    def versions(self) -> list[ModelVersion]:
        """All versions, oldest first."""
        found = self.client.search_model_versions(f"name = '{self.name}'", max_results=10_000)
        return sorted(found, key=lambda version: int(version.version))

    def find(self, digest: str) -> ModelVersion | None:
        """The version that holds a bundle, None where it was never registered."""
        held = [version for version in self.versions() if version.tags.get(DIGEST) == digest]
        return held[0] if held else None

    def aliased(self, alias: str) -> ModelVersion | None:
        """The version that bears an alias, None where none does."""
        try:
            return self.client.get_model_version_by_alias(self.name, alias)
        except MlflowException as error:
            if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
                return None
            raise

    def champion(self) -> Champion | None:
        """The version in use, None where there is none.

        Raises:
            BundleError: its files are not those that were registered.
        """
        version = self.aliased(CHAMPION)
        return None if version is None else self._held(version)

    def asked(self, which: str) -> Champion:
        """A version by alias (champion, challenger) or number, verified as the champion is.

        Raises RegistryError, which names those there are, where it is none of them.
        """
        held = self.versions()
        version = self.aliased(which) if which in {CHAMPION, CHALLENGER} else None
        version = version or next((v for v in held if str(v.version) == which), None)
        if version is None:
            there = {str(v.version): self.alias_of(str(v.version)) or "no alias" for v in held}
            raise no_version(self.portfolio, which, there)
        return self._held(version)

    def _held(self, version: ModelVersion) -> Champion:
        folder = self._folder_of(str(version.version))
        digest = str(version.tags.get(DIGEST))
        files, tag = seal.files_in(folder), version.tags.get(SEALED)
        seal.check(files, tag, where=folder)
        held = bundles.checked(seal.bundle_files(files), where=folder / seal.BUNDLE, digest=digest)
        return Champion(self.name, str(version.version), digest, held, folder, files if tag else {})

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
            raise RegistryError(
                f"There is no champion of '{self.portfolio}' yet.",
                where=self.name,
                next_step="A model becomes champion when it has passed its gates. `make retrain` trains one; where that ended "
                "with the verdict `refused`, reports/validation_model.html says which gates stopped it.",
            )
        return champion

    def register(self, bundle: Bundle, record: Record, judge: Judge) -> Receipt:
        """Logs a bundle as a version, once, and gives it the alias its verdict earns.

        May be killed at any point and called again: a version is found by its digest, and a verdict, once
        written, stands. The alias is set before the verdict, so a verdict is never ahead of its alias.

        Args:
            bundle: what to register.
            record: settings, figures and files beside it.
            judge: asked only where another version is champion.
        """
        with self.alone():
            number = self._registered(bundle, record)
            verdict = self._decided(number, judge)
            return self._receipt(number, bundle, self.alias_of(number), verdict)

    def _registered(self, bundle: Bundle, record: Record) -> str:
        """Number of the version that holds a bundle: one, also where a server gives no lock and two wrote it at once."""
        if (held := self.find(bundle.digest)) is not None:
            return str(held.version)
        ours = str(self._log(bundle, record).version)
        first = self.find(bundle.digest)
        if first is None or str(first.version) == ours:
            return ours
        self.client.delete_model_version(self.name, ours)
        return str(first.version)

    def _decided(self, number: str, judge: Judge) -> str:
        """The verdict on a version, as it stands or given now."""
        held = self.client.get_model_version(self.name, number).tags.get(VERDICT)
        if held is not None:
            return str(held)
        verdict, why = self._verdict(number, judge)
        self._give(number, verdict, why)
        if verdict == CHAMPION:
            # without a lock another may have given the alias away meanwhile; the newest of the champions keeps it
            champions = [v for v in self.versions() if v.tags.get(VERDICT) == CHAMPION]
            newest, bearer = str(champions[-1].version), self.aliased(CHAMPION)
            if bearer is None or str(bearer.version) != newest:
                self.client.set_registered_model_alias(self.name, CHAMPION, newest)
        return verdict

    def _give(self, number: str, verdict: str, why: str) -> None:
        self.client.set_registered_model_alias(self.name, verdict, number)
        self.client.set_model_version_tag(self.name, number, WHY, why)
        self.client.set_model_version_tag(self.name, number, VERDICT, verdict)

    def _verdict(self, number: str, judge: Judge) -> tuple[str, str]:
        if self.aliased(CHAMPION) is None:
            # an earlier version passed its gates too; who wrote it was killed, or is only just about to say so
            first = str(self.versions()[0].version)
            if first == number or any(v.tags.get(VERDICT) for v in self.versions()):
                return CHAMPION, self._first(number)
            self._give(first, CHAMPION, FIRST)
        champion = self.champion()
        if champion is None or champion.version == number:
            return CHAMPION, FIRST
        return judge(champion)

    def _first(self, number: str) -> str:
        """Why a version is champion where none was; one of stated experience says so."""
        stated = self.client.get_model_version(self.name, number).tags.get(RESTS_ON)
        return FIRST if stated is None else f"{STATED}: {stated}"

    def alias_of(self, number: str) -> str | None:
        """The alias a version bears: champion, challenger or none."""
        for alias in (CHAMPION, CHALLENGER):
            version = self.aliased(alias)
            if version is not None and str(version.version) == number:
                return alias
        return None

    def refuse(self, bundle: Bundle) -> Receipt:
        """The receipt of a model that is not registered; the registry is left as it is."""
        return self._receipt(None, bundle, None, REFUSED)

    def _receipt(
        self, version: str | None, bundle: Bundle, alias: str | None, verdict: str
    ) -> Receipt:
        return Receipt(
            name=self.name, version=version, digest=bundle.digest, alias=alias, verdict=verdict
        )

    def _log(self, bundle: Bundle, record: Record) -> ModelVersion:
        reports = [report.resolve() for report in record.reports]
        with quiet(), self.at_home():
            experiment = self.experiment()
            self._end_abandoned(experiment, bundle.digest)
            tags = {**record.tags, DIGEST: bundle.digest, "portfolio": self.portfolio}
            run = self.client.create_run(experiment, run_name=bundle.digest[:12], tags=tags)
            with mlflow.start_run(run_id=run.info.run_id):
                log_record(replace(record, reports=reports))
                info, sealed = log_model(bundle)
            self._ensure_registered_model()
            return self.client.create_model_version(
                self.name,
                info.model_uri,
                run_id=run.info.run_id,
                tags={**tags, SEALED: sealed},
                model_id=info.model_id,
            )

    def experiment(self) -> str:
        """Id of the portfolio's experiment, made where there is none."""
        found = self.client.get_experiment_by_name(self.name)
        if found:
            return str(found.experiment_id)
        # files lie beside an SQLite database, wherever the stage is run from; a server has its own place
        place = addresses.place_of(self.database, self.name) if self.database else None
        try:
            made = str(self.client.create_experiment(self.name, artifact_location=place))
        except MlflowException as error:
            if error.error_code != ALREADY:
                raise
            return self.experiment()  # another process was faster
        if self.database:
            addresses.make_relative(self.database)
        return made

    def at_home(self) -> AbstractContextManager[None]:
        """The addresses of files begin at the registry's folder, and MLflow reads them from the working directory."""
        return chdir(self.database.parent) if self.database else nullcontext()

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
                self.client.create_registered_model(self.name)
            except MlflowException as error:
                if error.error_code != ALREADY:
                    raise


def champion_card(tracking_uri: str, portfolio: str) -> dict[str, str] | None:
    """Which version is in use: name, version, digest, alias. None where there is no registry or no champion yet.

    It looks and does not create: an SQLite registry that does not exist is left so.
    """
    database = database_of(tracking_uri)
    if database and not database.is_file():
        return None
    registry = Registry(tracking_uri, portfolio)
    version = registry.aliased(CHAMPION)
    if version is None:
        return None
    return {
        "name": registry.name,
        "version": str(version.version),
        "digest": str(version.tags.get(DIGEST)),
        "alias": CHAMPION,
    }
