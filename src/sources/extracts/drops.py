"""Dated drops: each delivery in a folder named by its day; a row delivered again replaces its earlier version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from contracts.config.source import SourceFile
from contracts.duck import literal, quoted, readable
from contracts.errors import SourceError
from contracts.files import restore_in
from sources.extracts.united import Part, united


@dataclass(frozen=True, slots=True)
class Drops:
    """The drops of a folder.

    Attributes:
        read: name and path of those up to the last complete day, oldest first.
        later: names of those after it, which are left for when `complete_until` moves on.
    """

    read: tuple[tuple[str, Path], ...]
    later: tuple[str, ...]


def find_drops(folder: Path, complete_until: date) -> Drops:
    """Folders named by a day, such as `2025-01-31`; names that begin with a dot or underscore are no drops.

    Raises:
        SourceError: a folder's name is not a day, or there is no drop up to `complete_until`.
    """
    restore_in(folder)
    names = sorted(
        path.name for path in folder.iterdir() if path.is_dir() and path.name[0] not in "._"
    )
    for name in names:
        if not _is_day(name):
            raise SourceError(
                f"A folder among the drops is not named by a day: {name}.",
                where=str(folder),
                next_step="Name it by the last day it covers, such as 2025-01-31; "
                "a name that begins with an underscore is left out.",
            )
    last = complete_until.isoformat()
    read = tuple((name, folder / name) for name in names if name <= last)
    later = tuple(name for name in names if name > last)
    if not read:
        there = f"there are: {', '.join(later)}" if later else "there is none at all"
        raise SourceError(
            f"There is no drop up to complete_until, {last}.",
            where=str(folder),
            value=there,
            next_step="Raise `complete_until` in the portfolio's yaml, or put a folder named by its day there.",
        )
    return Drops(read, later)


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def merge(
    connection: duckdb.DuckDBPyConnection,
    key: str,
    file: SourceFile,
    parts: list[Part],
    path: Path,
) -> str:
    """Writes the table all drops together say, and returns the SQL that reads it.

    With a key, every row of the latest drop that has the key; without one, every row of the latest drop. Rows
    that share a key within one drop are all kept, and so are rows whose key is missing: the rules will say so.
    `delivered_on` is the day of the row's drop, `first_delivered_on` that of the first drop with its key.

    Args:
        connection: reads the parts.
        key: of the yaml, for messages.
        file: its `key` columns.
        parts: the files, oldest first, each with its day.
        path: where the merged table is written.

    Raises:
        SourceError: a part cannot be read, types differ between drops, or a key column is absent.
    """
    where = f"source > files > {key}"
    if not file.key:
        last = parts[-1].day
        every = united(connection, [part for part in parts if part.day == last], where)
        merged = f"SELECT *, delivered_on AS first_delivered_on FROM {every}"  # noqa: S608 - names are quoted
    else:
        every = united(connection, parts, where)
        _check_key(connection, file, every, where)
        columns = ", ".join(quoted(name) for name in file.key)
        missing = " OR ".join(f"{quoted(name)} IS NULL" for name in file.key)
        over = f"OVER (PARTITION BY {columns})"
        merged = (
            f"SELECT *, CASE WHEN {missing} THEN delivered_on ELSE min(delivered_on) {over} END AS first_delivered_on "  # noqa: S608 - names are quoted
            f"FROM {every} QUALIFY {missing} OR delivered_on = max(delivered_on) {over}"
        )
    try:
        connection.execute(f"COPY ({merged}) TO {literal(str(path))} (FORMAT parquet)")
    except duckdb.Error as error:
        files = ", ".join(part.name for part in parts[:3])
        raise readable(
            error, where=f"{where}: {files}{' ...' if len(parts) > 3 else ''}"
        ) from error
    return f"read_parquet({literal(str(path))})"


def _check_key(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, every: str, where: str
) -> None:
    described = connection.execute(f"DESCRIBE SELECT * FROM {every}").fetchall()  # noqa: S608 - names are quoted
    there = [str(row[0]) for row in described]
    absent = [name for name in file.key if name.lower() not in {one.lower() for one in there}]
    if absent:
        raise SourceError(
            f"The key column {absent[0]} is in no file.",
            where=f"{where} > key",
            value=f"columns: {', '.join(there)}"[:400],
            next_step="Correct `key` in the portfolio's yaml.",
        )
