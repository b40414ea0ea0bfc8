"""Reasons that came along when a portfolio's yaml was copied from that of a simulated book."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.config.source import WorldSource
from contracts.errors import BonitasError, ConfigError
from pipelines import paths
from pipelines.configured.yaml_text import read_yaml
from pipelines.settings import Settings, tried

REASONED = ("waivers", "checked_inputs")
"""Sections that let a model pass for a reason."""


def refuse_copied(settings: Settings) -> None:
    """What was found out about simulated customers excuses no model of real ones.

    Raises:
        ConfigError: a portfolio with data of its own gives a reason that stands word for word in the yaml of a simulated one: all in one message.
    """
    if isinstance(settings.portfolio.source, WorldSource):
        return
    own = paths.PORTFOLIOS / f"{settings.name}.yaml"
    given, wrong = read_yaml(own), []
    for path in sorted(paths.PORTFOLIOS.glob("*.yaml")):
        other, _ = tried(lambda path=path: read_yaml(path))  # type: ignore[misc]  # mypy knows no default of a lambda
        if path != own and other is not None and _is_simulated(other):
            wrong += [
                _copied(f"{own} > {section} > {name}", reason, str(path))
                for section in REASONED
                for name, reason in _section(given, section).items()
                if _section(other, section).get(name) == reason
            ]
    if wrong:
        raise ConfigError.together(wrong)


def _copied(where: str, reason: object, path: str) -> BonitasError:
    return ConfigError(
        "The reason is that of a simulated book, word for word, and says nothing of this one.",
        where=where,
        value=reason,
        next_step=f"Take it out, or give the reason that holds here; it was copied from {path}.",
    )


def _is_simulated(values: Mapping[str, Any]) -> bool:
    return _section(values, "source").get("kind") == "world"


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = values.get(name)
    return section if isinstance(section, dict) else {}
