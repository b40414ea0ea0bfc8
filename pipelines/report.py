"""Renders pages and sheets, each from its own JSON document alone; all of them where none is named."""

from __future__ import annotations

from pathlib import Path

from pipelines.settings import Settings
from reports.pages import page, pages


def report(_: Settings, names: tuple[str, ...] = ()) -> str:
    """Writes the pages of these names; where none is named, every page whose document is there."""
    chosen = [page(name) for name in names] or [
        one for one in pages().values() if Path(one.document).is_file()
    ]
    return ", ".join(f"{one.file} of {one.write() // 1000} kB" for one in chosen)


def targets(*, is_upkeep: bool) -> str:
    """The instances of the stage, on one line."""
    return " ".join(f"report@{name}" for name, one in pages().items() if one.is_upkeep == is_upkeep)
