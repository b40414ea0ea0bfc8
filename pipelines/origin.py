"""What a version is made from, by git and DVC: here, because the environment and the clock enter through pipelines only."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime

from models.registry.origin import Origin
from pipelines import paths

EXPERIMENT = ("DVC_EXP_NAME", "DVC_EXP_BASELINE_REV")
"""Set by `dvc exp run` for every stage it runs: in the workspace, with --temp and from the queue."""
MAKES_A_MODEL = ("src", "pipelines", "configs", "dvc.yaml", "pyproject.toml", "requirements.lock")
"""What a commit must hold. `dvc.lock` is no part of it: new data change it, and it is written by the run itself."""
CHOSEN = re.compile(r"^portfolio:.*$", flags=re.MULTILINE)
"""The line that `bonitas choose` writes."""
SHOWN = 3  # files that are named


def origin() -> Origin:
    """Of whatever is registered now."""
    at = now()
    experiment = next((os.environ[one] for one in EXPERIMENT if os.environ.get(one)), None)
    if experiment is not None:
        return Origin("experiment", experiment, at)
    head = _git("rev-parse", "--verify", "HEAD")
    if head is None:
        return Origin("unknown", "there is no commit, or the folder is not under git", at)
    if (applied := _experiment_at_head()) is not None:
        return Origin("experiment", applied, at)
    changed = uncommitted()
    if changed:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        return Origin("dirty", ", ".join(changed[:SHOWN]) + more, at)
    return Origin("clean", head.strip(), at)


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


def _git(*words: str) -> str | None:
    """What git says; None where it cannot, or is not there."""
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
    return done.stdout if done.returncode == 0 else None
