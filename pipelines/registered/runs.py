"""Runs by the names people give them: a version of the registry, a git revision, an experiment of DVC, or what lies on disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.errors import BonitasError, ConfigError
from contracts.files import absent
from contracts.recorded import Lock, md5_of, read_lock
from contracts.scratch import scratch
from contracts.tables.derived import SCORED_TEST
from contracts.tables.store import read_table
from models.calibration import calibrators
from models.comparison.comparison import Asked
from models.registry.bundle import CALIBRATOR, TWIN
from models.registry.registry import Registry
from models.registry.rows import lock_of, rows_of, trained
from models.registry.store import database_of
from pipelines import paths
from pipelines.registered.evidence import digest
from pipelines.registered.outcome import Outcome, recorded
from pipelines.settings import Settings, registry_uri

if TYPE_CHECKING:  # DVC is asked by `compare` alone
    from pipelines.registered.revisions import Revisions

WORKSPACE = "workspace"
VERSION, REVISION = "version:", "rev:"
RESTORE = "`dvc fetch --all-commits` brings it from your DVC remote, `dvc exp pull` that of an experiment; else run the revision again."


@dataclass(frozen=True, slots=True)
class Runs:
    """Where runs are looked for."""

    settings: Settings
    kept: Revisions

    def found(self, name: str) -> Asked:
        """The run of a name.

        Raises:
            ConfigError: there is none, or a version and a revision both have this name.
            RegistryError: the version keeps no test rows, or others than it was registered with.
        """
        if name == WORKSPACE:
            return self._workspace()
        if name.startswith((VERSION, REVISION)):
            kind, _, bare = name.partition(":")
            version = self._version(bare) if kind == "version" else None
            commit = self.kept.commit(bare) if kind == "rev" else None
        else:
            version, commit = self._version(name), self.kept.commit(name)
        if version and commit:
            raise ConfigError(
                f"'{name}' is a version of the registry and a revision of git.",
                where="bonitas compare",
                value=name,
                next_step=f"Write {VERSION}{name} or {REVISION}{name}.",
            )
        if version:
            return registered(
                Registry(registry_uri(self.settings), self.settings.name), name, version
            )
        if commit:
            return self._revision(name, commit)
        raise self._unknown(name)

    def registry(self) -> Registry | None:
        """The registry, where there is one; it is not made."""
        uri = registry_uri(self.settings)
        database = database_of(uri)
        return None if database and not database.is_file() else Registry(uri, self.settings.name)

    def _version(self, name: str) -> str | None:
        """The number of a version by its number or alias."""
        registry = self.registry()
        if registry is None:
            return None
        held = {str(one.version) for one in registry.versions()}
        if name in held:
            return name
        # MLflow refuses a name that can be no alias, such as HEAD~1, with an error of its own
        bearer = registry.aliased(name) if re.fullmatch(r"[A-Za-z][\w-]*", name) and held else None
        return None if bearer is None else str(bearer.version)

    def _revision(self, name: str, commit: str) -> Asked:
        lock = self.kept.lock(commit, name)
        md5 = md5_of(lock, str(paths.SCORED_TEST))
        where = f"{paths.SCORED_TEST} at {commit[:7]}"
        if md5 is None:
            raise ConfigError(
                f"The revision '{name}' was not evaluated.",
                where=where,
                next_step="Run it up to `evaluate`: `dvc exp run evaluate` from that revision.",
            )
        file = self.kept.file(md5)
        if file is None:
            raise ConfigError(
                f"The test rows of '{name}' are not in DVC's cache.",
                where=where,
                value=md5,
                next_step=RESTORE,
            )
        return Asked(name, "revision", commit, read_table(file, SCORED_TEST), lock)

    def _workspace(self) -> Asked:
        if not paths.SCORED_TEST.is_file():
            raise absent(paths.SCORED_TEST)
        rows, lock = read_table(paths.SCORED_TEST, SCORED_TEST), read_lock(paths.LOCK)
        if md5_of(lock, str(paths.SCORED_TEST)) != digest(paths.SCORED_TEST):
            raise ConfigError(
                "The test rows on disk are not those that DVC recorded, so nobody can say what they were made of.",
                where=f"{paths.SCORED_TEST}, {paths.LOCK}",
                next_step="Run `dvc repro evaluate`; what is up to date is not run again.",
            )
        return Asked(WORKSPACE, "workspace", "", rows, lock)

    def _unknown(self, name: str) -> BonitasError:
        registry = self.registry()
        held = [] if registry is None else registry.versions()
        aliases = [] if registry is None or not held else registry.client.get_registered_model(registry.name).aliases  # fmt: skip
        legal = [WORKSPACE, *(str(one.version) for one in held), *aliases, *self.kept.names()]
        bare = name.removeprefix(VERSION).removeprefix(REVISION)
        return ConfigError.from_unknown("run", bare, legal, where="bonitas compare")

    def output(self, lock: Lock, path: Path) -> Path | None:
        """An output as a run made it: on disk where it is the same there, else in DVC's cache; None where it is in neither."""
        md5 = md5_of(lock, str(path))
        if md5 is None:
            return None
        if path.is_file() and md5_of(read_lock(paths.LOCK), str(path)) == md5 == digest(path):
            return path
        return self.kept.file(md5)


def registered(registry: Registry, name: str, number: str) -> Asked:
    """A version with the test rows it keeps; one that was recalibrated has those of the version that was trained, with its own PDs.

    Raises:
        RegistryError: it keeps no test rows, or others than it was registered with.
    """
    ancestor = trained(registry, number)
    with scratch() as folder:
        rows = read_table(rows_of(registry, ancestor, folder), SCORED_TEST)
        lock = read_lock(lock_of(registry, ancestor, folder))
    if ancestor != number:  # the margins of its boosters, by its own calibrator
        bundle = registry.asked(number).bundle
        twin = f"{TWIN}{CALIBRATOR}"  # the rows were scored by what was validated
        calibrator = bundle.json(twin if twin in bundle.files else CALIBRATOR)
        chance = calibrators.from_json(calibrator).apply(rows["margin"].to_numpy(float))
        rows = rows.assign(pd=chance)
    return Asked(name, "version", number, rows, lock)


def outcome_of(run: Asked) -> Outcome:
    """The outcome a run was tested on, as it recorded it.

    Raises:
        ConfigError: it recorded none, so nobody can say whether its rows mean the same as another's.
    """
    found = recorded(run.lock, f"'{run.name}'")
    if found is not None:
        return found
    raise ConfigError(
        f"Nothing is recorded of how the outcomes of '{run.name}' were defined.",
        where=f"{paths.LOCK} of '{run.name}', stage label",
        next_step="It was made by stages called by hand. Run it with DVC (`dvc exp run`, `make retrain`) and compare that run.",
    )


def refuse_other_outcomes(runs: list[Asked], *, where: str = "bonitas compare") -> Outcome:
    """The outcome that all runs were tested on.

    Raises:
        ConfigError: a run is of another portfolio, or its default means something else.
    """
    base, *others = runs
    first = outcome_of(base)
    for one in others:
        found = outcome_of(one)
        if field := first.differs(found):
            raise ConfigError(
                f"'{base.name}' and '{one.name}' do not mean the same by a default: their {field} differs.",
                where=where,
                value=f"{first.said(field)}; {found.said(field)}",
                next_step="Compare runs of one portfolio with one `default` and one `horizon_months`: a difference would be that of the question, not of the models.",
            )
    return first
