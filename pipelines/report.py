"""Renders pages and sheets, each from its own JSON document alone: `python -m pipelines.report portfolio`; all where none is named.

With --targets it renders nothing and prints the stages of DVC that do; with --upkeep those about the champion.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from pipelines.settings import Settings
from pipelines.stage import run
from reports.pages import page, pages

TARGETS, UPKEEP = "--targets", "--upkeep"


def report(_: Settings, names: tuple[str, ...] = ()) -> str:
    """Writes the pages of these names; where none is named, every page whose document is there."""
    chosen = [page(name) for name in names] or [
        one for one in pages().values() if Path(one.document).is_file()
    ]
    return ", ".join(f"{one.file} of {one.write() // 1000} kB" for one in chosen)


def targets(*, is_upkeep: bool) -> str:
    """The instances of the stage, on one line."""
    return " ".join(f"report@{name}" for name, one in pages().items() if one.is_upkeep == is_upkeep)


def _named(arguments: list[str]) -> tuple[str, ...]:
    """Takes the names of pages from the command line and leaves its options."""
    names = tuple(one for one in arguments[1:] if not one.startswith("-"))
    arguments[1:] = [one for one in arguments[1:] if one.startswith("-")]
    return names


if __name__ == "__main__":
    if TARGETS in sys.argv:
        print(targets(is_upkeep=UPKEEP in sys.argv))
    else:
        stage = partial(report, names=_named(sys.argv))
        stage.__module__ = __name__
        run(stage)
