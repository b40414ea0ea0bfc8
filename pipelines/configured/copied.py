"""Reasons that came along when a portfolio's yaml was copied from that of a simulated book."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from contracts.config.source import WorldSource
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml
from pipelines.settings import Settings

REASONED = ("waivers", "checked_inputs")
"""Sections that let a model pass for a reason."""


def told_copied(settings: Settings) -> str:
    """A note where a book with data of its own gives a reason that a simulated one gives word for word; empty otherwise.

    What was found out about simulated customers excuses no model of real ones. It is no error, for a simulated book that was written
    to files (`make soil`) keeps its reasons.
    """
    if isinstance(settings.portfolio.source, WorldSource):
        return ""
    own = paths.PORTFOLIOS / f"{settings.name}.yaml"
    found = [name for path in sorted(paths.PORTFOLIOS.glob("*.yaml")) if path != own for name in _shared(read_yaml(own), read_yaml(path))]  # fmt: skip
    if not found:
        return ""
    return f"note: {', '.join(dict.fromkeys(found))} of {own} stands there with the reason of a simulated book, word for word; if this is no copy of it, take it out"


def _shared(given: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    if _section(other, "source").get("kind") == "world":
        for name in REASONED:
            theirs = _section(other, name)
            yield from (f"{name} > {key}" for key, reason in _section(given, name).items() if theirs.get(key) == reason)  # fmt: skip


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = values.get(name)
    return section if isinstance(section, dict) else {}
