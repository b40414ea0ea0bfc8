"""Settings that a run takes from the folder and not from the last commit: those asked for now, and those left from earlier."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from pipelines import paths
from pipelines.yaml_text import read_yaml

MOST = 8
"""Settings named in one line."""


def inherited(portfolio: str) -> str:
    """One sentence, for the first line of a run; nothing where the project is not under git or has no commit."""
    lines = []
    for path in (paths.PARAMS, paths.PORTFOLIOS / f"{portfolio}.yaml"):
        committed = _committed(str(path))
        if committed is None:
            continue
        lines += [f"{key} {new} (committed: {old})" for key, old, new in differing(committed, read_yaml(path))]  # fmt: skip
    if not lines:
        return "" if _committed(str(paths.PARAMS)) is None else "settings as committed"
    more = f" and {len(lines) - MOST} more" if len(lines) > MOST else ""
    return f"settings not committed: {'; '.join(lines[:MOST])}{more}"


def differing(
    before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Keys whose values differ, with both values; a section is looked into, a list is one value.

    >>> list(differing({"train": {"seed": 7, "members": 3}}, {"train": {"seed": 8, "members": 3}}))
    [('train.seed', 7, 8)]
    """
    for key in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differing(old, new, f"{prefix}{key}.")
        elif old != new:
            yield f"{prefix}{key}", old, new


def _committed(path: str) -> dict[str, Any] | None:
    """The keys of a config at the last commit; None where there is no git, no commit, or no such file in it."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            ["git", "show", f"HEAD:./{path}"],  # noqa: S607 - the git of this machine
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    found = yaml.safe_load(done.stdout) if done.returncode == 0 else None
    return found if isinstance(found, dict) else None
