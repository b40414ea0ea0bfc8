"""Notes what lies outside the project: the source's files and what the last delivery held; says which settings are not committed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contracts.files import read_json, write_json
from pipelines import paths
from pipelines.configured.copied import told_copied
from pipelines.configured.inherited import inherited
from pipelines.configured.money import told_as_set
from pipelines.configured.named import refuse_misnamed
from pipelines.configured.told import told
from pipelines.settings import Settings
from quality.delivery.trend import previous_delivery
from sources.registry import describe_source


def outside(settings: Settings) -> str:
    """The first stage, run every time: DVC cannot see for itself whether the source has changed."""
    refuse_misnamed(settings)
    amounts = told_as_set(settings.params.rate, settings.portfolio.reporting_currency)
    return "; ".join(
        filter(
            None,
            (
                look_at_source(settings),
                inherited(settings.name),
                amounts,
                told_copied(settings),
                told(settings),
            ),
        )
    )


def look_at_source(settings: Settings) -> str:
    """What tells whether the source has changed; of the world, that it is one (its settings are params of ingest)."""
    source = describe_source(settings.portfolio, settings.database_url)
    # First: were it last, a kill in between would compare the new delivery with none.
    last, kept = (noted(path) for path in (paths.VALIDATION_JSON, paths.OUTSIDE_PREVIOUS))
    note(paths.OUTSIDE_PREVIOUS, previous_delivery(settings.name, source, last, kept))
    seen = source if source["kind"] != "world" else {"kind": source["kind"]}
    return note(paths.OUTSIDE_SOURCE, seen)


def noted(path: Path) -> Any:
    """What a note says; None where there is none yet."""
    return read_json(path) if path.is_file() else None


def note(path: Path, seen: Any) -> str:
    """Writes a note where what it says has changed."""
    if path.is_file() and read_json(path) == seen:
        return f"{path.stem} unchanged"
    write_json(path, seen)
    return f"{path.stem} changed"
