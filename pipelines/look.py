"""What the pipeline depends on outside its folder, as small files DVC can compare: source, last delivery, champion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.files import read_json, write_json
from pipelines import paths
from pipelines.settings import Settings, registry_uri
from quality.delivery.trend import previous_delivery
from sources.registry import describe_source

_SQLITE = "sqlite:///"


def look(settings: Settings) -> str:
    """Writes `data/outside/source.json` and `champion.json` where what they say has changed."""
    return f"{look_at_source(settings)}; {look_at_champion(settings)}"


def look_at_source(settings: Settings) -> str:
    """What tells whether the source has changed; of the world, that it is one (its settings are params of ingest)."""
    source = describe_source(settings.portfolio, settings.database_url)
    # First: were it last, a kill in between would compare the new delivery with none.
    last, kept = (_noted(path) for path in (paths.VALIDATION_JSON, paths.OUTSIDE_PREVIOUS))
    _note(paths.OUTSIDE_PREVIOUS, previous_delivery(settings.name, source, last, kept))
    seen = source if source["kind"] != "world" else {"kind": source["kind"]}
    return _note(paths.OUTSIDE_SOURCE, seen)


def look_at_champion(settings: Settings) -> str:
    """Which version is in use, null where the registry does not exist yet or holds none."""
    uri = registry_uri(settings)
    card = None
    if not uri.startswith(_SQLITE) or Path(uri.removeprefix(_SQLITE)).is_file():
        from models.registry.registry import champion_card  # noqa: PLC0415 - MLflow takes seconds to import

        card = champion_card(uri, settings.name)
    return _note(paths.OUTSIDE_CHAMPION, card)


def _noted(path: Path) -> Any:
    return read_json(path) if path.is_file() else None


def _note(path: Path, seen: Any) -> str:
    if path.is_file() and read_json(path) == seen:
        return f"{path.stem} unchanged"
    write_json(path, seen)
    return f"{path.stem} changed"
