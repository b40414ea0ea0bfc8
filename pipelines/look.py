"""What the pipeline depends on outside its folder, as two small files DVC can compare: the source and the champion.

With --source-only the champion is left as it was seen last.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from contracts.files import read_json, write_json
from pipelines import paths
from pipelines.settings import Settings
from pipelines.stage import run
from sources.extract import describe_source

SOURCE_ONLY = "--source-only"
_SQLITE = "sqlite:///"


def look(settings: Settings) -> str:
    """Writes `data/outside/source.json` and `champion.json` where what they say has changed."""
    return f"{look_at_source(settings)}; {look_at_champion(settings)}"


def look_at_source(settings: Settings) -> str:
    """Size and hash of every source file; of the world, that it is one (its settings are params of ingest)."""
    source = describe_source(settings.portfolio)
    seen = source if source["kind"] == "files" else {"kind": source["kind"]}
    return _note(paths.OUTSIDE_SOURCE, seen)


def look_at_champion(settings: Settings) -> str:
    """Which version is in use, null where the registry does not exist yet or holds none."""
    uri = settings.params.register_.tracking_uri
    card = None
    if not uri.startswith(_SQLITE) or Path(uri.removeprefix(_SQLITE)).is_file():
        from models.registry import champion_card  # noqa: PLC0415 - MLflow takes seconds to import

        card = champion_card(uri, settings.name)
    return _note(paths.OUTSIDE_CHAMPION, card)


def _note(path: Path, seen: Any) -> str:
    if path.is_file() and read_json(path) == seen:
        return f"{path.stem} unchanged"
    write_json(path, seen)
    return f"{path.stem} changed"


if __name__ == "__main__":
    source_only = SOURCE_ONLY in sys.argv
    if source_only:
        sys.argv.remove(SOURCE_ONLY)
    run(look_at_source if source_only else look, is_timed=False)
