"""Settings that a run takes from the folder and not from the last commit: those asked for now, and those left from earlier."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from pipelines import paths
from pipelines.configured.own_words import put_back
from pipelines.configured.yaml_text import read_yaml

MAX_SETTINGS = 8
"""Settings named in one line."""


def inherited(portfolio: str) -> str:
    """One sentence, for the first line of a run; nothing where the project is not under git or has no commit.

    A config that `dvc exp run -S` has rewritten is put back into its own words, its values as they were set.
    """
    lines, texts = [], []
    for path in (paths.PARAMS, paths.PORTFOLIOS / f"{portfolio}.yaml"):
        text = committed(str(path))
        texts.append(text)
        before = None if text is None else yaml.safe_load(text)
        if text is None or not isinstance(before, dict):
            continue
        put_back(path, text)
        lines += [f"{key} {new} (committed: {old})" for key, old, new in differing(before, read_yaml(path))]  # fmt: skip
    if not lines:
        return "" if texts[0] is None else "settings as committed"
    more = f" and {len(lines) - MAX_SETTINGS} more" if len(lines) > MAX_SETTINGS else ""
    return f"settings not committed: {'; '.join(lines[:MAX_SETTINGS])}{more}"


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


def committed(path: str) -> str | None:
    """A config's text at the last commit; None where there is no git, no commit, or no such file in it."""
    try:
        done = subprocess.run(  # noqa: S603 - our own command line
            ["git", "show", f"HEAD:./{path}"],  # noqa: S607 - the git of this machine
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
