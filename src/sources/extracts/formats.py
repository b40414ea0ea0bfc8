"""Formats of an extract's files: told by the ending, read by the engine, with nothing about them guessed."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, BinaryIO, cast

from contracts.config.source import SourceFile
from contracts.duck import literal
from contracts.errors import ConfigError, SourceError

CSV = (".csv", ".tsv", ".txt")
JSON_LINES = (".jsonl", ".ndjson", ".json")
PARQUET = (".parquet",)
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls")
XML = (".xml",)
NATIVE_ENCODINGS = frozenset({"utf-8", "utf-16", "latin-1"})
"""What the engine decodes itself; any other encoding Python knows is rewritten as UTF-8 first."""

_NAMES = {
    CSV[0]: "CSV",
    JSON_LINES[0]: "JSON lines",
    PARQUET[0]: "Parquet",
    EXCEL[0]: "Excel",
    XML[0]: "XML",
}
_TEXT = (CSV[0], JSON_LINES[0])
_SAYS_NOTHING: Mapping[str, tuple[tuple[str, ...], str]] = {
    "delimiter": ((CSV[0],), ""),
    "decimal_separator": ((CSV[0],), "; write money(x, ',') in the SELECT where a text holds a decimal comma"),
    "encoding": (_TEXT, ""),
    "all_text": ((*_TEXT, XML[0]), "; write CAST(x AS VARCHAR) in the SELECT"),
    "null_values": ((*_TEXT, XML[0], EXCEL[0]), "; write NULLIF(x, 'NA') in the SELECT"),
    "header_row": ((CSV[0], EXCEL[0]), ""),
    "sheet": ((EXCEL[0],), ""),
    "rows": ((XML[0],), ""),
    "columns": ((XML[0],), ""),
}  # fmt: skip
"""By key of the yaml, the formats that heed it, and what to do instead in any other."""
_DELIMITERS = (";", ",", "\t", "|")
_BLOCK = 1 << 20


def format_of(key: str, file: SourceFile) -> str:
    """The first ending of the file's format.

    Raises:
        ConfigError: the ending says nothing, or a key of the yaml does not go with the format.

    >>> format_of("ledger", SourceFile(path="open_items.TSV.gz"))
    '.csv'
    """
    name = file.path.lower()
    plain = name.removesuffix(".gz")
    texts = (CSV, JSON_LINES, XML)
    kinds = texts if plain != name else (*texts, PARQUET, EXCEL)
    found = next((endings[0] for endings in kinds if plain.endswith(endings)), None)
    if found is None:
        raise ConfigError(
            "The format of a file cannot be told from its ending.",
            where=f"source > files > {key}",
            value=file.path,
            next_step=f"Rename it to one of {', '.join(CSV + JSON_LINES + XML + PARQUET + EXCEL)}; "
            ".gz may follow text.",
        )
    _refuse_ignored(key, file, found)
    return found


def _refuse_ignored(key: str, file: SourceFile, found: str) -> None:
    """A key that the format does not know would do nothing, and say nothing."""
    given = sorted(file.model_fields_set & set(_SAYS_NOTHING))
    ignored = [option for option in given if found not in _SAYS_NOTHING[option][0]]
    if ignored:
        formats, instead = _SAYS_NOTHING[ignored[0]]
        raise ConfigError(
            f"`{ignored[0]}` goes with {_listed(formats)}, not with {_NAMES[found]}.",
            where=f"source > files > {key} > {ignored[0]}",
            value=file.path,
            next_step=f"Remove `{ignored[0]}`{instead}.",
        )


def _listed(formats: tuple[str, ...]) -> str:
    *most, last = [_NAMES[one] for one in formats]
    return f"{', '.join(most)} and {last}" if most else last


def encoding_of(key: str, file: SourceFile) -> str:
    """Python's own name of the file's encoding. Raises ConfigError where there is none of that name."""
    try:
        name = codecs.lookup(file.encoding).name
    except LookupError as error:
        raise ConfigError(
            f"Unknown encoding '{file.encoding}'.",
            where=f"source > files > {key} > encoding",
            next_step="Use a name Python knows, such as utf-8, utf-16, cp1252 or gb18030.",
        ) from error
    return {"iso8859-1": "latin-1", "utf-8-sig": "utf-8"}.get(name, name)


@dataclass(frozen=True, slots=True)
class CsvReader:
    """The engine's SQL that reads one CSV file.

    Attributes:
        path: of the file.
        options: of `read_csv`; nothing among them is guessed but the spelling of the names.
        plain: SQL that reads the file without its names, to find the line that is wrong.
    """

    path: Path
    options: Mapping[str, str | None]
    plain: str

    @property
    def texts(self) -> str:
        """SQL that reads every column as text."""
        return _read_csv(self.path, {**self.options, "all_varchar": "true"})

    def typed(self, types: Mapping[str, str]) -> str:
        """SQL that reads each column as its type."""
        columns = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
        given = {"auto_detect": "false", "columns": f"{{{columns}}}"}
        return _read_csv(self.path, {**self.options, **given})


def csv_reader(path: Path, file: SourceFile, encoding: str, where: str) -> CsvReader:
    """How the engine reads a CSV file.

    Delimiter, quotes and header line are told to the engine: where it guesses them, a row that is cut or too
    long makes it read something else without a word.

    Raises:
        SourceError: the file is empty, its header repeats a name, or the delimiter is wrong.
    """
    header, delimiter = _header(path, file, encoding, where)
    _check_header(header, delimiter, where)
    options: Mapping[str, str | None] = {
        "header": "true",
        "delim": literal(delimiter),
        "quote": literal('"'),
        "escape": literal('"'),
        "comment": literal(""),
        "skip": str(file.header_row - 1),
        "strict_mode": "true",
        "null_padding": "false",
        "encoding": literal(encoding) if encoding in NATIVE_ENCODINGS else None,
        "decimal_separator": literal(file.decimal_separator),
        "nullstr": f"[{', '.join(map(literal, ('', *file.null_values)))}]",
    }
    columns = ", ".join(f"c{position}: 'VARCHAR'" for position, _ in enumerate(header))
    plain = {**options, "auto_detect": "false", "columns": f"{{{columns}}}"}
    return CsvReader(path, options, _read_csv(path, plain))


def _read_csv(path: Path, options: Mapping[str, str | None]) -> str:
    given = "".join(f", {name} = {value}" for name, value in options.items() if value)
    return f"read_csv({literal(str(path))}{given})"


def _header(path: Path, file: SourceFile, encoding: str, where: str) -> tuple[list[str], str]:
    """Names of the header line, and the delimiter: the one given, else the one that gives most names.

    Raises:
        SourceError: there is no such line, or it is a title above the header.
    """
    python = {"utf-8": "utf-8-sig"}.get(encoding, encoding)
    try:
        with opened(path) as binary, io.TextIOWrapper(binary, encoding=python, newline="") as text:
            for _ in range(file.header_row - 1):
                text.readline()
            line = text.readline()
            while line.count('"') % 2 and (more := text.readline()):  # a line break within quotes
                line += more
            below = list(islice(text, 5))
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise not_decoded(where, error) from error
    if not line.strip():
        raise SourceError(
            "The file is empty."
            if file.header_row == 1
            else f"The file has no line {file.header_row}.",
            where=where,
            next_step="Deliver it again, with a header line; `header_row` says which line that is.",
        )
    if file.delimiter is not None:
        return _split(line, file.delimiter), file.delimiter
    delimiter = max(_DELIMITERS, key=lambda one: len(_split(line, one)))
    names = _split(line, delimiter)
    if len(names) == 1 and any(len(_split(one, sign)) > 2 for one in below for sign in _DELIMITERS):
        raise SourceError(
            f"Line {file.header_row} of the file is no header: the lines below have more columns.",
            where=where,
            value=line.strip()[:200],
            next_step="Set `header_row` to the line that holds the names, counted from 1, or `delimiter`.",
        )
    return names, delimiter


def _split(line: str, delimiter: str) -> list[str]:
    if len(delimiter) != 1:
        return line.rstrip("\r\n").split(delimiter)
    return next(iter(csv.reader([line], delimiter=delimiter)), [""])


def _check_header(names: list[str], delimiter: str, where: str) -> None:
    inside = [one for one in _DELIMITERS if one in names[0]] if len(names) == 1 else []
    if inside:
        raise SourceError(
            f"The file has a single column when split at {delimiter!r}.",
            where=where,
            value=f"header: {names[0].strip()[:200]}",
            next_step=f'Set `delimiter: "{inside[0]}"` in the portfolio\'s yaml.'.replace(
                "\t", "\\t"
            ),
        )
    counts = Counter(name.strip().lower() for name in names if name.strip())
    repeated = [name for name in names if counts[name.strip().lower()] > 1]
    if repeated:
        raise SourceError(
            f"Two columns are called {repeated[0].strip()}.",
            where=where,
            value=f"header: {', '.join(name.strip() for name in names)[:300]}",
            next_step="Give each column a name of its own in the extract: a SELECT could not tell them apart.",
        )


def is_cut_suspect(path: Path) -> bool:
    """Whether a text file ends within a line: it may be whole, or cut in its last field."""
    if path.suffix == ".gz":  # a cut one cannot be unpacked
        return False
    with path.open("rb") as binary:
        size = binary.seek(0, 2)
        binary.seek(max(0, size - 4))
        return not any(end in binary.read() for end in (b"\n", b"\r"))


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked where it is gzipped."""
    return cast("BinaryIO", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def decoded(path: Path, encoding: str, copy: Path, where: str) -> Path:
    """Rewrites a text file as UTF-8, block by block. Raises SourceError where it is not in that encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with opened(path) as binary, copy.open("w", encoding="utf-8", newline="") as text:
            while block := binary.read(_BLOCK):
                text.write(decoder.decode(block))
            text.write(decoder.decode(b"", final=True))
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise not_decoded(where, error) from error
    return copy


def not_decoded(where: str, error: Exception) -> SourceError:
    """A file that is cut within its gzip stream, or in another encoding."""
    if isinstance(error, UnicodeDecodeError):
        return SourceError(
            "A file of the extract cannot be decoded.",
            where=where,
            value=str(error),
            next_step="Correct `encoding:` of this file in the portfolio's yaml (cp1252 is common in Windows "
            "extracts), or deliver it again.",
        )
    return SourceError(
        "A gzipped file of the extract is cut or damaged.",
        where=where,
        value=str(error),
        next_step="Deliver it again.",
    )
