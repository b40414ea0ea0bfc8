"""What the pipeline depends on outside its folder, as small files DVC can compare: source, last delivery, champion."""

from __future__ import annotations

from pathlib import Path

from pipelines import paths
from pipelines.errands.mend import mend
from pipelines.outside import look_at_source, note
from pipelines.settings import Settings, registry_uri

__all__ = ["look", "look_at_champion", "look_at_source"]
_SQLITE = "sqlite:///"


def look(settings: Settings) -> str:
    """Writes `data/outside/source.json` and `champion.json` where what they say has changed; first of all, what a kill left is mended."""
    return "; ".join(filter(None, (mend(), look_at_source(settings), look_at_champion(settings))))


def look_at_champion(settings: Settings) -> str:
    """Which version is in use, null where the registry does not exist yet or holds none."""
    uri = registry_uri(settings)
    card = None
    if not uri.startswith(_SQLITE) or Path(uri.removeprefix(_SQLITE)).is_file():
        from models.registry.registry import champion_card  # noqa: PLC0415 - MLflow takes seconds to import

        card = champion_card(uri, settings.name)
    return note(paths.OUTSIDE_CHAMPION, card)
