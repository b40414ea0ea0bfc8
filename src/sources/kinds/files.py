"""Files in a folder, of one delivery or of many."""

from __future__ import annotations

from pathlib import Path

import duckdb

from contracts.config.source import FilesSource
from sources.extracts.elements import without_values
from sources.extracts.files import changed_while_read, describe_files, notes, open_files
from sources.kind import Asked, Facts, SourceKind


def _open(
    connection: duckdb.DuckDBPyConnection, source: FilesSource, asked: Asked, scratch: Path
) -> Facts:
    facts = describe_files(source, asked.complete_until)
    open_files(connection, source, asked.complete_until, scratch)
    return facts


def _check(source: FilesSource, asked: Asked, facts: Facts) -> None:
    """Raises SourceError where a file was not the same before and after."""
    now = describe_files(source, asked.complete_until)
    earlier, later = ({one["path"]: one for one in found["files"]} for found in (facts, now))
    for path in sorted(earlier.keys() | later.keys()):
        if earlier.get(path) != later.get(path):
            raise changed_while_read(Path(source.folder) / path)


KIND = SourceKind(
    FilesSource,
    describe=lambda source, asked: describe_files(source, asked.complete_until),
    open=_open,
    check=_check,
    notes=lambda connection, source, asked: [
        *notes(source, asked.complete_until),
        *without_values(connection, source.files),
    ],
)
