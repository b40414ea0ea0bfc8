"""The files of an extract: where they lie, what they hold (hash), and how the engine reads them."""

from __future__ import annotations

import codecs
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import duckdb

from contracts.config.portfolio import FilesSource, SourceFile
from contracts.errors import ConfigError, SourceError
from sources.engine import literal, quoted, readable

CSV = (".csv", ".tsv", ".txt")
JSON_LINES = (".jsonl", ".ndjson", ".json")
PARQUET = (".parquet",)
NATIVE_ENCODINGS = frozenset({"utf-8", "utf-16", "latin-1"})
"""What the engine decodes itself; any other encoding Python knows is rewritten as UTF-8 first."""

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a file held: its size in bytes and the SHA-256 of its content."""

    key: str
    path: str
    bytes: int
    sha256: str


def locate(source: FilesSource) -> dict[str, Path]:
    """The path of every file of the source, by key.

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
    found = {}
    for key, file in source.files.items():
        _format(key, file)
        found[key] = path = folder / file.path
        if not path.is_file():
            raise SourceError(
                f"A file of the extract is absent: {file.path}.",
                where=f"{folder} (source > files > {key})",
                next_step=_override(source, "Put the file there, correct its path in the yaml"),
            )
    return found


def _override(source: FilesSource, first: str) -> str:
    if source.folder_variable is None:
        return f"{first}, or correct `source > folder` in the portfolio's yaml."
    return f"{first}, or set {source.folder_variable} to the folder that holds the extract."


def fingerprints(source: FilesSource) -> list[Fingerprint]:
    """Size and hash of every file of the source, sorted by key; paths as the yaml writes them.

    Raises:
        SourceError: the folder or a file is absent, or cannot be read.
    """
    facts = []
    for key, path in sorted(locate(source).items()):
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise SourceError(
                "A file of the extract cannot be read.",
                where=str(path),
                value=error.strerror,
                next_step="Check its permissions.",
            ) from error
        facts.append(Fingerprint(key, source.files[key].path, path.stat().st_size, digest))
    return facts


def open_files(connection: duckdb.DuckDBPyConnection, source: FilesSource, scratch: Path) -> None:
    """Makes every file of the source a view under its key, then shuts all other files away.

    After this no SELECT can read or write a file that the portfolio's yaml does not list.

    Args:
        connection: where the views are created.
        source: folder and files.
        scratch: an empty folder for files rewritten as UTF-8; must live as long as the connection.

    Raises:
        SourceError: a file is absent or cannot be read as its ending says.
        ConfigError: an unknown ending or encoding.
    """
    allowed = []
    for key, path in locate(source).items():
        file = source.files[key]
        readable_path = _decoded(key, path, file, scratch)
        try:
            connection.execute(
                f"CREATE VIEW {quoted(key)} AS FROM {_reader(key, readable_path, file)}"
            )
        except duckdb.Error as error:
            raise readable(error, where=f"{path} (source > files > {key})") from error
        allowed.append(literal(str(readable_path)))
    connection.execute(f"SET allowed_paths = [{', '.join(allowed)}]")
    shut(connection)


def shut(connection: duckdb.DuckDBPyConnection) -> None:
    """From here on the connection reads no file and no network beyond its allowed paths, for good."""
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _format(key: str, file: SourceFile) -> str:
    name = file.path.lower().removesuffix(".gz")
    for endings in (CSV, JSON_LINES, PARQUET):
        if name.endswith(endings):
            return endings[0]
    raise ConfigError(
        "The format of a file cannot be told from its ending.",
        where=f"source > files > {key}",
        value=file.path,
        next_step=f"Rename it to one of {', '.join(CSV + JSON_LINES + PARQUET)}; .gz may follow.",
    )


def _reader(key: str, path: Path, file: SourceFile) -> str:
    kind = _format(key, file)
    if kind == PARQUET[0]:
        return f"read_parquet({literal(str(path))})"
    if kind == JSON_LINES[0]:
        return f"read_json({literal(str(path))}, format = 'newline_delimited')"
    options: Mapping[str, str | None] = {
        "header": "true",
        "delim": literal(file.delimiter) if file.delimiter else None,
        "encoding": literal(_encoding(key, file)) if _is_native(key, file) else None,
        "decimal_separator": literal(file.decimal_separator),
        "all_varchar": "true" if file.all_text else None,
    }
    given = "".join(f", {name} = {value}" for name, value in options.items() if value)
    return f"read_csv({literal(str(path))}{given})"


def _encoding(key: str, file: SourceFile) -> str:
    try:
        name = codecs.lookup(file.encoding).name
    except LookupError as error:
        raise ConfigError(
            f"Unknown encoding '{file.encoding}'.",
            where=f"source > files > {key} > encoding",
            next_step="Use a name Python knows, such as utf-8, utf-16, cp1252 or gb18030.",
        ) from error
    return {"iso8859-1": "latin-1"}.get(name, name)


def _is_native(key: str, file: SourceFile) -> bool:
    return _encoding(key, file) in NATIVE_ENCODINGS


def _decoded(key: str, path: Path, file: SourceFile, scratch: Path) -> Path:
    """The file itself, or a copy rewritten as UTF-8 where the engine does not know its encoding."""
    if _format(key, file) == PARQUET[0] or _is_native(key, file):
        return path
    copy = scratch / f"{key}{''.join(path.suffixes).removesuffix('.gz')}"
    decoder = codecs.getincrementaldecoder(_encoding(key, file))()
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with (
            cast("BinaryIO", opener(path, "rb")) as binary,
            copy.open("w", encoding="utf-8", newline="") as text,
        ):
            while block := binary.read(_BLOCK):
                text.write(decoder.decode(block))
            text.write(decoder.decode(b"", final=True))
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise SourceError(
            "A file of the extract cannot be decoded.",
            where=f"{path} (source > files > {key})",
            value=str(error),
            next_step="Correct `encoding:` of this file in the portfolio's yaml, or deliver it again.",
        ) from error
    return copy
