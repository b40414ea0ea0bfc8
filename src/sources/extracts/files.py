"""The files of an extract: where they lie, what they hold (hash), and how they become relations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from os.path import normpath, sep
from pathlib import Path
from typing import Any

import duckdb

from contracts.config.source import FilesSource, SourceFile
from contracts.duck import expose, literal
from contracts.errors import ConfigError, SourceError
from sources.extracts.drops import find_drops, merge
from sources.extracts.elements import check_elements, elements_typed, write_elements
from sources.extracts.formats import (
    CSV,
    EXCEL,
    JSON_LINES,
    NATIVE_ENCODINGS,
    XML,
    csv_reader,
    decoded,
    encoding_of,
    format_of,
    is_cut_suspect,
)
from sources.extracts.repeated import Delivered, refuse_repeated
from sources.extracts.sheets import write_sheet
from sources.extracts.texts import csv_typed, json_typed
from sources.extracts.united import Part, united

_PATTERN = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Found:
    """One file of the source.

    Attributes:
        key: the relation it belongs to.
        name: its path below the source's folder, as manifests and messages show it.
        path: where it lies.
        day: the day of its drop, None outside drops.
    """

    key: str
    name: str
    path: Path
    day: str | None = None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a file held: its size in bytes and the SHA-256 of its content."""

    key: str
    path: str
    bytes: int
    sha256: str


def locate(source: FilesSource, complete_until: date) -> tuple[Found, ...]:
    """Every file of the source: by key in the yaml's order, then by drop, then by name.

    Raises:
        SourceError: the folder or a file is absent; names the variable that overrides the folder.
        ConfigError: a file's ending says nothing about its format.
    """
    folder = Path(source.folder)
    if not folder.is_dir():
        raise SourceError(
            "The portfolio's data folder is absent.",
            where=str(folder),
            next_step=_override(source, "Put the extract there"),
        )
    places: tuple[tuple[str | None, Path], ...] = ((None, folder),)
    try:
        if source.drops:
            places = find_drops(folder, complete_until).read
        found = [
            Found(key, str(path.relative_to(folder)), path, day)
            for key, file in source.files.items()
            for day, place in places
            for path in _paths(key, file, place)
        ]
    except PermissionError as error:
        raise _not_readable(Path(str(error.filename))) from error
    for key, file in source.files.items():
        if not any(one.key == key for one in found):
            raise SourceError(
                f"A file of the extract is absent: {file.path}.",
                where=f"{folder} (source > files > {key})",
                value="in none of the drops" if source.drops else None,
                next_step=_override(source, "Put the file there, correct its path in the yaml"),
            )
    return tuple(found)


def _paths(key: str, file: SourceFile, folder: Path) -> Iterator[Path]:
    if format_of(key, file) == XML[0]:
        check_elements(key, file)
    # by its letters: a file that is a link to another disk is the owner's own choice
    if Path(file.path).is_absolute() or normpath(file.path).split(sep)[0] == "..":
        raise ConfigError(
            "The path of a file is not within the source's folder.",
            where=f"source > files > {key} > path",
            value=file.path,
            next_step="Write the path from `source > folder` on, without .. at its begin; or name the folder that holds all files there.",
        )
    list(folder.iterdir())  # a folder one may not list would look like one without the file
    matches = sorted(folder.glob(file.path)) if _PATTERN & set(file.path) else [folder / file.path]
    yield from (path for path in matches if path.is_file())


def _override(source: FilesSource, first: str) -> str:
    if source.folder_variable is None:
        return f"{first}, or correct `source > folder` in the portfolio's yaml."
    return f"{first}, or set {source.folder_variable} to the folder that holds the extract."


def fingerprints(source: FilesSource, complete_until: date) -> list[Fingerprint]:
    """Size and hash of every file of the source, sorted by key; paths below the source's folder.

    Raises:
        SourceError: the folder or a file is absent, or cannot be read.
    """
    found = sorted(locate(source, complete_until), key=lambda one: (one.key, one.name))
    return [
        Fingerprint(one.key, one.name, one.path.stat().st_size, sha256(one.path)) for one in found
    ]


def sha256(path: Path) -> str:
    """SHA-256 of a file. Raises SourceError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise _not_readable(path) from error


def _not_readable(path: Path) -> SourceError:
    return SourceError(
        "A file or folder of the extract cannot be read.",
        where=str(path),
        next_step="Check its permissions: the user who runs this needs to read it.",
    )


def changed_while_read(path: Path) -> SourceError:
    """What is said of a file that was not the same before and after it was read."""
    return SourceError(
        "A file of the source changed while it was read.",
        where=str(path),
        next_step="Nothing was kept. Wait until the delivery is complete, then run again; "
        "deliver under another name and rename at the end.",
    )


def describe_files(source: FilesSource, complete_until: date) -> dict[str, Any]:
    """What tells whether the extract has changed: size and hash of every file that is read."""
    facts: list[dict[str, Any]] = [
        {"key": one.key, "path": one.path, "bytes": one.bytes, "sha256": one.sha256}
        for one in fingerprints(source, complete_until)
    ]
    return {"kind": source.kind, "files": facts}


def notes(source: FilesSource, complete_until: date) -> list[str]:
    """What a user should know of an extract that is no fault: drops not read, files that may be cut."""
    found = []
    if source.drops and (later := find_drops(Path(source.folder), complete_until).later):
        found.append(
            f"drops after complete_until {complete_until} are not read: {', '.join(later)}"
        )
    found += [
        f"{one.name} ends within a line: it may be cut"
        for one in locate(source, complete_until)
        if format_of(one.key, source.files[one.key]) in {CSV[0], JSON_LINES[0]}
        and is_cut_suspect(one.path)
    ]
    return found


def open_files(
    connection: duckdb.DuckDBPyConnection,
    source: FilesSource,
    complete_until: date,
    scratch: Path,
) -> None:
    """Makes every table of the source a view under its key, then shuts all other files away.

    After this no SELECT can read or write a file that the portfolio's yaml does not list.

    Args:
        connection: where the views are created.
        source: folder and files.
        complete_until: drops after this day are left out.
        scratch: an empty folder for files rewritten; must live as long as the connection.

    Raises:
        SourceError: a file is absent, cannot be read as its ending says, or lies there twice.
        ConfigError: an unknown ending or encoding.
    """
    # Else a cast in a SELECT reads a CSV's text again, and not the value that the column has.
    connection.execute("SET disabled_optimizers = 'type_pushdown'")
    located = locate(source, complete_until)
    readers, allowed = {}, []
    for number, (key, file) in enumerate(source.files.items()):
        own = [one for one in located if one.key == key]
        refuse_repeated(key, file, (Delivered(one.name, one.path, one.day) for one in own))
        parts = _parts(connection, own, file, scratch / str(number))
        where = f"source > files > {key}"
        if source.drops:
            merged = scratch / f"{number}.parquet"
            readers[key] = merge(connection, key, file, parts, merged)
            allowed.append(merged)
            for copy in scratch.glob(f"{number}-*"):  # what was merged is no longer needed
                copy.unlink()
        else:
            readers[key] = united(connection, parts, where)
            allowed += [part.path for part in parts]
    expose(connection, readers, allowed)


def _parts(
    connection: duckdb.DuckDBPyConnection, own: list[Found], file: SourceFile, copy: Path
) -> list[Part]:
    """How the engine reads the files of one key: one by one, XML documents of one delivery together."""
    if format_of(own[0].key, file) != XML[0]:
        return [
            _part(connection, one, file, copy.with_name(f"{copy.name}-{position}"))
            for position, one in enumerate(own)
        ]
    where, parts = f"source > files > {own[0].key}", []
    for position, (day, group) in enumerate(groupby(own, key=lambda one: one.day)):
        documents = [(one.path, one.name) for one in group]
        path = copy.with_name(f"{copy.name}-{position}.parquet")
        write_elements(documents, file, path, where)
        parts.append(Part(elements_typed(connection, path, file), path, documents[0][1], day))
    return parts


def _part(
    connection: duckdb.DuckDBPyConnection, found: Found, file: SourceFile, copy: Path
) -> Part:
    """How the engine reads one file: itself, or a copy where the engine does not know its format or encoding."""
    kind, path = format_of(found.key, file), found.path
    where = f"{path} (source > files > {found.key})"
    if kind == EXCEL[0]:
        path = copy.with_suffix(".parquet")
        write_sheet(found.path, file, path, where)
    elif kind in {CSV[0], JSON_LINES[0]}:
        encoding = encoding_of(found.key, file)
        if encoding not in NATIVE_ENCODINGS:
            path = decoded(path, encoding, copy.with_suffix(kind), where)
            encoding = "utf-8"
        if kind == CSV[0]:
            reader = csv_reader(path, file, encoding, where)
            return Part(csv_typed(connection, reader, file, where), path, found.name, found.day)
        return Part(json_typed(connection, path, file, where), path, found.name, found.day)
    return Part(f"read_parquet({literal(str(path))})", path, found.name, found.day)
