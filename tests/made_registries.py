"""A registry that a process has made once: MLflow's migrations take seconds, and dozens of tests begin with an empty registry.

What a test gets is what `models.registry.store` made, with its own folder of artifacts in place of the first one's.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import models.registry.store
from contracts.files import whole_file

_make = models.registry.store._make
_made: list[tuple[Path, str]] = []


def copy_made(database: Path) -> None:
    """In place of `models.registry.store._make`."""
    here = str(Path.cwd())
    if not _made:
        _make(database)
        kept = Path(tempfile.mkdtemp(prefix="bonitas-tests-")) / "made.db"
        shutil.copyfile(database, kept)
        _made.append((kept, here))
        return
    kept, there = _made[0]
    with whole_file(database) as partial:
        shutil.copyfile(kept, partial)
        with closing(sqlite3.connect(partial)) as opened, opened:
            opened.execute(
                "UPDATE experiments SET artifact_location = replace(artifact_location, ?, ?)",
                (there, here),
            )
