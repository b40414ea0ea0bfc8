"""A database as a source: its relations copied to Parquet in one go, and facts that tell when one has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from pydantic import SecretStr

from contracts.config.source import DatabaseSource
from contracts.duck import expose, literal
from sources.databases.address import POSTGRESQL, SQLITE, Address, locate_database
from sources.extracts.files import changed_while_read, sha256

if TYPE_CHECKING:
    from sources.databases.postgres import Snapshot

Write = Callable[[str, Path, str | None], int]
"""Writes one relation (key, path, SQL condition or None) and returns its rows."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was read from a database.

    Attributes:
        facts: what `describe_database` would say of the same moment.
        rows: rows by relation.
    """

    facts: dict[str, Any]
    rows: dict[str, int]


def describe_database(source: DatabaseSource, url: SecretStr | None) -> dict[str, Any]:
    """What tells whether a database has changed, without moving its rows: no address, no secret.

    PostgreSQL: the row count and a hash of every relation, computed by the server. SQLite and DuckDB: size and
    hash of the file.

    Raises:
        SourceError: the variable is not set, or the database cannot be reached or read.
    """
    address = locate_database(source, url)
    if address.scheme != POSTGRESQL:
        return _file_facts(source, address)
    with _snapshot(source, address) as opened:
        return _facts(source, address, {key: opened.fact(key) for key in source.relations})


def open_database(
    connection: duckdb.DuckDBPyConnection,
    source: DatabaseSource,
    url: SecretStr | None,
    scratch: Path,
) -> dict[str, Any]:
    """Copies every relation to Parquet, makes each a view under its key, and shuts all files away.

    Args:
        connection: where the views are created.
        source: which relations.
        url: the connection URL from the environment.
        scratch: an empty folder; must live as long as the connection.

    Returns:
        The facts of `describe_database` for exactly the rows that were read.

    Raises:
        SourceError: see `describe_database`; also a file that changed while it was read.
    """
    copied = copy_relations(source, url, scratch, {})
    paths = {key: scratch / f"{key}.parquet" for key in source.relations}
    readers = {key: f"read_parquet({literal(str(path))})" for key, path in paths.items()}
    expose(connection, readers, list(paths.values()))
    return copied.facts


def copy_relations(
    source: DatabaseSource, url: SecretStr | None, folder: Path, since: Mapping[str, str]
) -> Copied:
    """Writes `<key>.parquet` for every relation: all of one moment.

    Args:
        source: which relations.
        url: the connection URL from the environment.
        folder: where to.
        since: by relation, the day from which on rows are wanted (by its `since` column); absent for all rows.
    """
    address = locate_database(source, url)
    if address.scheme == POSTGRESQL:
        with _snapshot(source, address) as opened:
            rows = _write_each(source, opened.write, folder, since)
            facts = {key: opened.fact(key) for key in source.relations}
            return Copied(_facts(source, address, facts), rows)
    before = _file_facts(source, address)
    with _open_file(source, address, folder) as write:
        rows = _write_each(source, write, folder, since)
    if _file_facts(source, address) != before:
        raise changed_while_read(address.path)
    return Copied(before, rows)


def _snapshot(source: DatabaseSource, address: Address) -> AbstractContextManager[Snapshot]:
    from sources.databases.postgres import snapshot  # noqa: PLC0415 - its driver imports pandas

    return snapshot(source, address)


def _write_each(
    source: DatabaseSource, write: Write, folder: Path, since: Mapping[str, str]
) -> dict[str, int]:
    from sources.databases.postgres import increment  # noqa: PLC0415 - as above

    rows = {}
    for key, relation in source.relations.items():
        day = since.get(key) if relation.since else None
        condition = increment(str(relation.since), day) if day else None
        rows[key] = write(key, folder / f"{key}.parquet", condition)
    return rows


def _open_file(source: DatabaseSource, address: Address, scratch: Path) -> Any:
    if address.scheme == SQLITE:
        from sources.databases.sqlite import open_sqlite  # noqa: PLC0415 - one driver is enough

        return open_sqlite(source, address)
    from sources.databases.duckdb_file import open_duckdb  # noqa: PLC0415

    return open_duckdb(source, address, scratch)


def _facts(
    source: DatabaseSource, address: Address, found: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    relations = [
        {"key": key, **relation.model_dump(exclude_none=True), **found.get(key, {})}
        for key, relation in sorted(source.relations.items())
    ]
    return {"kind": source.kind, "database": address.scheme, "relations": relations}


def _file_facts(source: DatabaseSource, address: Address) -> dict[str, Any]:
    parts = [address.path]
    # SQLite keeps what was written last in a file beside it until a checkpoint.
    journal = address.path.with_name(f"{address.path.name}-wal")
    parts += [journal] if journal.is_file() and journal.stat().st_size else []
    whole = hashlib.sha256("".join(sha256(part) for part in parts).encode()).hexdigest()
    size = sum(part.stat().st_size for part in parts)
    digest = sha256(address.path) if len(parts) == 1 else whole
    return {**_facts(source, address, {}), "bytes": size, "sha256": digest}
