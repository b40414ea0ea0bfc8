"""What `benchmarks.two_years` keeps after each month, so that a life that was stopped goes on from the month it had reached."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.two_years_book import Book
from benchmarks.two_years_life import Life
from contracts.files import read_json, write_json
from tests.pipeline.conftest import Workspace

LIVED = ("project", "drops", "replayed")
"""Folders that a month changes."""


def keep(life: Life, folder: Path) -> None:
    """Copies the life as it is after a month, caches included; the copy of the month before goes once this one is whole."""
    fresh = folder / "kept.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for name in LIVED:
        if (folder / name).exists():
            shutil.copytree(folder / name, fresh / name, symlinks=True)
    write_json(fresh / "state.json", _state(life))
    shutil.rmtree(folder / "kept", ignore_errors=True)
    fresh.rename(folder / "kept")


def kept_in(folder: Path) -> Path | None:
    """The newest copy that is whole: stopped between two, it is the fresh one; None where none is."""
    for name in ("kept", "kept.new"):
        if (folder / name / "state.json").is_file():
            return folder / name
    return None


def _state(life: Life) -> dict[str, Any]:
    book = life.book
    return {
        "month": life.month,
        "faults": life.faults,
        "seen": [[str(day), version] for day, version in life.diary.seen],
        "answers": life.replays.digests,
        "scale": book.scale,
        "rescaled_from": None if book.rescaled_from is None else str(book.rescaled_from),
        "currencies": [[name, month] for name, month in book.currencies],
        "seed": book.seed,
    }


def resumed(folder: Path) -> Life:
    """The life that was kept, in its own folder again.

    Raises:
        SystemExit: nothing was kept.
    """
    kept = kept_in(folder)
    if kept is None:
        raise SystemExit(f"nothing is kept in {folder}: run without --resume first")
    for name in LIVED:
        shutil.rmtree(folder / name, ignore_errors=True)
        if (kept / name).exists():
            shutil.copytree(kept / name, folder / name, symlinks=True)
    told = read_json(kept / "state.json")
    book = Book.opened(folder, int(told["seed"]))
    book.scale, since = float(told["scale"]), told["rescaled_from"]
    book.rescaled_from = None if since is None else date.fromisoformat(since)
    for name, month in told["currencies"]:
        book.known(name, int(month))
    life = Life(Workspace(folder / "project"), book)
    life.month, life.faults = int(told["month"]), list(told["faults"])
    life.diary.seen = [(date.fromisoformat(day), version) for day, version in told["seen"]]
    life.replays.digests.update(told["answers"])
    return life
