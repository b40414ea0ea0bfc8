"""Proposes what a retraining made: `dvc.lock` on a branch of its own, and a pull request that says what changed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from contracts.documents.receipt import Receipt
from contracts.errors import ConfigError
from contracts.files import read_text, write_text
from contracts.scratch import scratch
from pipelines import paths
from pipelines.errands.comment import comment, title
from pipelines.registered.origin import uncommitted
from pipelines.registered.registries import registry_of
from pipelines.settings import Settings

REMOTE = "origin"
NOBODY = ("-c", "user.name=bonitas", "-c", "user.email=bonitas@localhost")
"""Who commits where git knows nobody, as on a machine of a CI."""


def propose(settings: Settings) -> str:
    """Pushes the branch `retrain-<portfolio>` and opens its pull request, or comments on the one that is open.

    The folder stays on its branch, with what is staged there. Where GitHub's command line, `gh`, is absent, the branch is
    pushed all the same, and the comment lies in `reports/retrain.md`.

    Raises:
        ConfigError: the run was made of code that is not committed, or git or GitHub refuse.
    """
    comment(settings)
    _summarise()
    if changed := uncommitted():
        raise ConfigError(
            "What was made of code that is not committed cannot be proposed: nobody could make it again.",
            where="git status",
            value=", ".join(changed[:5]),
            next_step="Commit it, then `make retrain` and `make propose`.",
        )
    if not _run("git", "status", "--porcelain", "--", str(paths.LOCK)):
        return f"nothing to propose: {paths.LOCK} is as committed; {paths.RETRAINED}"
    branch = f"retrain-{settings.name}"
    head = title(registry_of(settings), Receipt.read(paths.RECEIPT))
    _run("git", "push", "--quiet", "--force", REMOTE, f"{_commit(head)}:refs/heads/{branch}")
    return f"{branch} pushed; {_asked(branch, head)}; {paths.RETRAINED}"


def _commit(message: str) -> str:
    """A commit of the lock on top of HEAD, made beside the index, so that nothing that somebody staged goes along."""
    with scratch() as folder:
        index = {"GIT_INDEX_FILE": str(folder / "index")}
        _run("git", "read-tree", "HEAD", **index)
        _run("git", "add", "--", str(paths.LOCK), **index)
        tree = _run("git", "write-tree", **index)
    known = _run("git", "config", "--default", "", "user.email")
    who = () if known else NOBODY
    return _run("git", *who, "commit-tree", tree, "-p", "HEAD", "-m", message)


def _asked(branch: str, head: str) -> str:
    """What became of the pull request."""
    if shutil.which("gh") is None:
        return "GitHub's command line, gh, is not here: open the pull request by hand"
    body = ("--body-file", str(paths.RETRAINED))
    if _is_open(branch):
        return f"commented: {_run('gh', 'pr', 'comment', branch, *body)}"
    base = _run("git", "branch", "--show-current")
    onto = ("--base", base) if base else ()
    return f"opened: {_run('gh', 'pr', 'create', '--head', branch, *onto, '--title', head, *body)}"


def _is_open(branch: str) -> bool:
    done = subprocess.run(  # noqa: S603 - words of ours and the name of a branch
        ["gh", "pr", "view", branch, "--json", "state", "--jq", ".state"],  # noqa: S607 - the user's own
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0 and done.stdout.strip() == "OPEN"


def _summarise() -> None:
    """The same on the page of a run of GitHub Actions, which names a file for each of its steps."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        write_text(Path(place), read_text(paths.RETRAINED))


def _run(*words: str, **more: str) -> str:
    """What a command prints. Raises ConfigError where it fails; its last line is shown."""
    done = subprocess.run(  # noqa: S603 - words of ours, a branch and a title
        words, capture_output=True, text=True, check=False, env={**os.environ, **more}
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ConfigError(
            "The proposal could not be made.",
            where=" ".join(words[:3]),
            value=said[-1] if said else None,
            next_step="The model is registered and the comment written (reports/retrain.md): mend this and call `make propose` again.",
        )
    return done.stdout.strip()
