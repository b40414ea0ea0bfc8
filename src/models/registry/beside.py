"""What people read beside a version, in its run's `reports`: what is there, fetched, and put there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contracts.errors import RegistryError
from models.registry.purged import is_purged
from models.registry.registry import Registry
from models.registry.tracking import REPORTS, quiet


class Beside:
    """The files kept beside one version.

    Args:
        registry: of the portfolio.
        number: of the version.

    Raises:
        RegistryError: there is no such version.
    """

    def __init__(self, registry: Registry, number: str) -> None:
        held = {str(version.version): version for version in registry.versions()}
        if number not in held:
            raise RegistryError(
                f"There is no version {number} of '{registry.portfolio}'.",
                where=registry.name,
                next_step="Run `make retrain`; it registers the model again where the registry is new.",
            )
        self._registry, self._number = registry, number
        self._run = str(held[number].run_id)
        self.is_purged = is_purged(registry.client, self._run)
        """Whether the version's run is gone for good: nothing is kept, and nothing can be."""

    def lacking(self, names: Sequence[str]) -> list[str]:
        """Which of these names are not kept yet."""
        if self.is_purged:
            return list(names)
        with quiet(), self._registry.at_home():
            listed = self._registry.client.list_artifacts(self._run, REPORTS)
        there = {Path(one.path).name for one in listed}
        return [name for name in names if name not in there]

    def fetched(self, name: str, folder: Path) -> Path:
        """A file, fetched into a folder. Raises RegistryError where it is not kept."""
        if self.lacking([name]):
            raise RegistryError(
                f"Version {self._number} of '{self._registry.portfolio}' keeps no {name}.",
                where=self._registry.name,
                next_step="Its run or files were deleted in MLflow, or it was registered by other code. If it is the model that lies here, "
                "delete the version in MLflow (`make ui`) and run `make retrain`, which registers it again, whole, to wait for `bonitas promote`.",
            )
        with quiet(), self._registry.at_home():
            client = self._registry.client
            return Path(client.download_artifacts(self._run, f"{REPORTS}/{name}", str(folder)))

    def add(self, files: Sequence[Path]) -> None:
        """Puts files there; nowhere, where its run is gone for good."""
        if self.is_purged:
            return
        with quiet(), self._registry.at_home():
            for file in files:
                self._registry.client.log_artifact(self._run, str(file.resolve()), REPORTS)
