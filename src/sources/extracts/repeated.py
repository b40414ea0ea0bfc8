"""One delivery twice in one folder: a file that lies there again under another name, such as `posten (1).csv`."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from contracts.config.source import SourceFile
from contracts.errors import SourceError
from sources.extracts.formats import CSV, JSON_LINES, PARQUET, format_of


class Delivered(NamedTuple):
    """A file of a relation: its name as messages show it, where it lies, and the day of its drop, None outside drops."""

    name: str
    path: Path
    day: str | None


def refuse_repeated(key: str, file: SourceFile, files: Iterable[Delivered]) -> None:
    """Stops where two files of one relation and one delivery hold the same bytes, and rows.

    Rows that are delivered twice are found by their key later on, unless a SELECT sums them; then each amount is twice what
    it is. Files without rows, as of months in which nothing happened, may be alike. Only files of one size are read.

    Args:
        key: the relation.
        file: how it is read.
        files: those that match its path.

    Raises:
        SourceError: the two files.
    """
    sized: dict[tuple[str | None, int], list[Delivered]] = {}
    for one in files:
        sized.setdefault((one.day, one.path.stat().st_size), []).append(one)
    for alike in sized.values():
        seen: dict[str, Delivered] = {}
        for one in alike if len(alike) > 1 else ():
            twin = seen.setdefault(_digest(one.path), one)
            if twin is not one and _holds_rows(one.path, format_of(key, file), file):
                raise SourceError(
                    "Two files of one relation are the same, byte by byte: each of their rows would count twice.",
                    where=f"source > files > {key}",
                    value=f"{twin.name} and {one.name}",
                    next_step="Remove the one that is a copy, or write a `path` that leaves it out.",
                )


def _digest(path: Path) -> str:
    """What tells a file from others of its size; of one that cannot be read its name, for the reader says why."""
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return str(path)


def _holds_rows(path: Path, kind: str, file: SourceFile) -> bool:
    """Whether a file holds more than the names of its columns; of workbooks, documents and broken files it is taken for granted."""
    names = file.header_row if kind == CSV[0] else 0
    try:
        if kind == PARQUET[0]:
            return bool(pq.read_metadata(path).num_rows)
        if kind not in {CSV[0], JSON_LINES[0]}:
            return True
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            return any(number > names and line.strip(b"\0\r\n\t ") for number, line in enumerate(lines, 1))  # fmt: skip
    except (OSError, EOFError, pa.ArrowInvalid):
        return True
