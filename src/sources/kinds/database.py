"""A database, of whose relations one moment is read."""

from __future__ import annotations

from contracts.config.source import DatabaseSource
from sources.databases.relations import describe_database, open_database
from sources.kind import SourceKind

KIND = SourceKind(
    DatabaseSource,
    describe=lambda source, asked: describe_database(source, asked.url),
    open=lambda connection, source, asked, scratch: open_database(
        connection, source, asked.url, scratch
    ),
)
