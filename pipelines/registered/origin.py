"""What a version is made from, by git and DVC: here, because the environment and the clock enter through pipelines only."""

from __future__ import annotations

import getpass
import os
import re
import subprocess
from datetime import UTC, datetime

from contracts.secrets import blanked
from models.registry.origin import Origin
from pipelines import paths

EXPERIMENT = ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV")
"""Set by `dvc exp run` for every stage it runs: in the workspace, with --temp and from the queue."""
MAKES_A_MODEL = ("src", "pipelines", "configs", "dvc.yaml", "pyproject.toml", "requirements.lock")
"""What a commit must hold. `dvc.lock` is no part of it: new data change it, and it is written by the run itself."""
CHOSEN = re.compile(r"^portfolio:.*$", flags=re.MULTILINE)
"""The line that `bonitas choose` writes."""
SHOWN = 3  # files that are named
AS_A_PATCH = ("--no-ext-diff", "--no-color", "--src-prefix=a/", "--dst-prefix=b/")
"""Whatever the user's own settings make of a diff."""
MAX_NEW = 100  # files that git does not know yet whose text is kept


def origin() -> Origin:
    """Of whatever is registered now."""
    at, head = now(), _git("rev-parse", "--verify", "HEAD")
    made = (at, (head or "").strip(), patch() if head else "", user())
    experiment = next((os.environ[one] for one in EXPERIMENT if os.environ.get(one)), None)
    if experiment is not None:
        return Origin("experiment", experiment, *made)
    if head is None:
        return Origin("unknown", "there is no commit, or the folder is not under git", *made)
    if (applied := _experiment_at_head()) is not None:
        return Origin("experiment", applied, *made)
    changed = uncommitted()
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        return Origin("dirty", ", ".join(changed[:SHOWN]) + more, *made)
    return Origin("clean", head.strip(), *made)


def user() -> str:
    """Who is logged in; empty where the machine has no name for that, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def patch() -> str:
    """What makes a model and is not as it was committed, as `git apply` takes it; secrets are blanked, new files added as new.

    Empty where nothing differs.
    """
    changed = _git("diff", "HEAD", *AS_A_PATCH, "--", *MAKES_A_MODEL) or ""
    listed = _git("ls-files", "--others", "--exclude-standard", "-z", "--", *MAKES_A_MODEL) or ""
    new = [one for one in listed.split("\0") if one][:MAX_NEW]
    return blanked(changed + "".join(_added(one) for one in new))


def _added(file: str) -> str:
    """A file that git does not know yet. `git diff` says with 1 that there is a difference."""
    return _git("diff", *AS_A_PATCH, "--no-index", "--", os.devnull, file, fine=(0, 1)) or ""


def now() -> str:
    """UTC, ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def uncommitted() -> list[str]:
    """Files that make a model and are not as they were committed; which portfolio is worked on counts for nothing."""
    said = _git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--", *MAKES_A_MODEL)  # fmt: skip
    if said is None:
        return ["git cannot say which"]
    files = sorted({entry[3:] for entry in said.split("\0") if entry})
    return [one for one in files if not (one.endswith(str(paths.PARAMS)) and _only_chosen())]


def _only_chosen() -> bool:
    committed = _git("show", f"HEAD:./{paths.PARAMS}")
    if committed is None or not paths.PARAMS.is_file():
        return False
    texts = (committed, paths.PARAMS.read_text(encoding="utf-8"))
    before, after = (CHOSEN.sub("", text, count=1) for text in texts)
    return before == after


def _experiment_at_head() -> str | None:
    """The experiment whose own commit is checked out, with no branch or tag on it."""
    said = _git("for-each-ref", "--points-at", "HEAD", "--format=%(refname)") or ""
    refs = said.split()
    named = [one for one in refs if one.startswith("refs/exps/") and not one.startswith("refs/exps/exec/")]  # fmt: skip
    is_kept = any(one.startswith(("refs/heads/", "refs/remotes/", "refs/tags/")) for one in refs)
    return named[0].rpartition("/")[2] if named and not is_kept else None


def _git(*words: str, fine: tuple[int, ...] = (0,)) -> str | None:
    """What git says; None where it cannot (its exit code is not among those that are fine), or is not there."""
    try:
        done = subprocess.run(  # noqa: S603 - words of ours alone
            ["git", "--no-optional-locks", *words],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode in fine else None
