"""What git and DVC keep of other runs: the record of a revision or experiment, and files by their hash. Nothing is checked out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.repo.experiments.utils import exp_refs
from dvc.scm import RevError, resolve_rev
from scmrepo.exceptions import SCMError
from scmrepo.git import Git

from contracts.errors import ConfigError
from pipelines import paths

HEADS, TAGS = "refs/heads/", "refs/tags/"


class Revisions:
    """The commits, experiments and kept files of this project, read only. A project without git has none."""

    def __init__(self, repo: Any) -> None:
        self._repo = repo

    @property
    def _git(self) -> Any:
        scm = self._repo.scm  # a folder without git has a stand-in, whose every attribute raises
        return scm if isinstance(scm, Git) and not scm.no_commits else None

    def commit(self, name: str) -> str | None:
        """The commit of a revision or an experiment; None where git knows no such name."""
        if self._git is None:
            return None
        try:
            return str(resolve_rev(self._git, name))
        except (RevError, SCMError, DvcException):
            return None

    def names(self) -> list[str]:
        """Branches, tags and experiments."""
        if self._git is None:
            return []
        refs = [str(one) for one in self._git.iter_refs()]
        plain = [one.removeprefix(HEADS).removeprefix(TAGS) for one in refs if one.startswith((HEADS, TAGS))]  # fmt: skip
        return sorted({*plain, *(str(one.name) for one in exp_refs(self._git))})

    def lock(self, commit: str, name: str) -> dict[str, Any]:
        """What DVC recorded at a commit.

        Raises:
            ConfigError: the commit holds no `dvc.lock`: nothing was run there, or it was not committed.
        """
        try:
            with self._git.get_fs(commit).open(str(paths.LOCK), mode="r") as file:
                found: dict[str, Any] = yaml.safe_load(file.read())
        except FileNotFoundError as error:
            raise ConfigError(
                f"The revision '{name}' holds no {paths.LOCK}.",
                where=f"{paths.LOCK} at {commit[:7]}",
                next_step=f"Commit {paths.LOCK} with the code that made it, or name an experiment (`dvc exp show`).",
            ) from error
        return found

    def file(self, md5: str) -> Path | None:
        """The file of this hash in DVC's cache; None where it is not there."""
        found = Path(self._repo.cache.local.oid_to_path(md5))
        return found if found.is_file() else None


@contextmanager
def revisions() -> Iterator[Revisions]:
    """Git and DVC of the folder the command runs in.

    Raises:
        ConfigError: the folder is no DVC project.
    """
    try:
        repo = Repo()
    except DvcException as error:
        raise ConfigError(
            "The folder is no DVC project.",
            where=str(Path.cwd()),
            next_step="Run from the project's folder; `dvc init` makes a copy of the project one.",
        ) from error
    try:
        yield Revisions(repo)
    finally:
        repo.close()
