"""Sets which portfolio is worked on: the first key of `configs/params.yaml`."""

from __future__ import annotations

import re

from contracts.errors import ConfigError
from contracts.files import write_text
from pipelines import paths
from pipelines.settings import load_portfolio

LINE = re.compile(r"^(portfolio:\s*)(\w+)", flags=re.MULTILINE)


def chosen(text: str, name: str) -> str:
    r"""The text of the params file with its `portfolio:` line set; all else, comments too, is kept.

    Raises:
        ConfigError: the file has no such line.

    >>> chosen("portfolio: demo  # which\nengine: {}", "american")
    'portfolio: american  # which\nengine: {}'
    """
    changed, n_lines = LINE.subn(rf"\g<1>{name}", text, count=1)
    if n_lines == 0:
        raise ConfigError(
            "There is no `portfolio:` line.",
            where=str(paths.PARAMS),
            next_step="Restore the file from git, or add the line `portfolio: demo`.",
        )
    return changed


def choose(name: str) -> None:
    """Checks the portfolio's config, writes the line if it changes, and starts a new list of times."""
    load_portfolio(name)
    text = paths.PARAMS.read_text(encoding="utf-8")
    if (changed := chosen(text, name)) != text:
        write_text(paths.PARAMS, changed)
    paths.TIMINGS.unlink(missing_ok=True)
