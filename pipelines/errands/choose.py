"""Sets which portfolio is worked on: the first key of `configs/params.yaml`."""

from __future__ import annotations

import re

import yaml

from contracts.errors import ConfigError
from contracts.files import read_text, write_text
from pipelines import paths
from pipelines.configured.yaml_text import loaded, read_yaml
from pipelines.settings import load_portfolio

LINE = re.compile(
    r"""^(portfolio:[ \t]*)("[^"\n]*"|'[^'\n]*'|[^\s#]*)([ \t]*)""", flags=re.MULTILINE
)
"""The key at the margin, and its whole value: bare, or in quotes."""


def chosen(text: str, name: str) -> str:
    r"""The text of the params file with its `portfolio:` line set; all else, comments too, is kept.

    Raises:
        ConfigError: the file has no such line or more than one, or the line would not be all that changes.

    >>> chosen("portfolio: my-firm  # which\nengine: {}", "american")
    'portfolio: american  # which\nengine: {}'
    """
    before = loaded(text, str(paths.PARAMS))
    written = yaml.safe_dump(name, default_flow_style=True).splitlines()[0]
    changed, n_lines = LINE.subn(rf"portfolio: {written}\g<3>", text, count=1)
    changed = changed.replace(f"portfolio: {written}#", f"portfolio: {written}  #", 1)
    if n_lines == 0:
        raise ConfigError(
            "There is no `portfolio:` line.",
            where=str(paths.PARAMS),
            next_step="Restore the file from git, or add the line `portfolio: demo`.",
        )
    if loaded(changed, str(paths.PARAMS)) != {**before, "portfolio": name}:
        raise ConfigError(
            "The `portfolio:` line cannot be changed by itself.",
            where=str(paths.PARAMS),
            value=before.get("portfolio"),
            next_step="Write `portfolio:` and the name on a line of its own.",
        )
    return changed


def choose(name: str) -> None:
    """Checks the portfolio's config, writes the line if it changes, and starts a new list of times."""
    load_portfolio(name)
    read_yaml(paths.PARAMS)
    text = read_text(paths.PARAMS)
    if (changed := chosen(text, name)) != text:
        write_text(paths.PARAMS, changed)
    paths.TIMINGS.unlink(missing_ok=True)
