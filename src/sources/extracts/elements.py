"""Elements of XML documents as rows: bank statements, e-invoices and whatever else has a row per element and a column per path."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree as ET

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.config.source import SourceFile
from contracts.duck import literal, quoted
from contracts.errors import ConfigError, SourceError
from sources.extracts.formats import not_decoded, opened
from sources.extracts.kinds import decided
from sources.names import check_names

_BATCH = 20_000
"""Rows held before they are written: e-invoices come by the hundred thousand, each a file of its own."""
_BLOCK = 1 << 20
_UP, _SELF, _PLACE, _NAME, _FILE, _EVERY = "..", ".", "position()", "name()", "file()", "[]"


class _Refusing(ET.TreeBuilder):
    """Builds the tree of a document that declares nothing of its own: no entities that multiply or name other files."""

    def doctype(self, name: str, _pubid: str | None, _system: str | None) -> NoReturn:
        """Called at the declaration, before anything in it is read."""
        raise _DeclaresError(name)


class _DeclaresError(Exception):
    """The document has a DOCTYPE."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A document: its root, and of each element the one that holds it (and its place among those of its name, from 1)."""

    root: ET.Element
    above: Mapping[ET.Element, ET.Element]
    place: Mapping[ET.Element, int]

    @classmethod
    def of(cls, root: ET.Element) -> Tree:
        """Names lose their namespace: a version of a standard is a namespace, and its paths are those of the last."""
        above: dict[ET.Element, ET.Element] = {}
        place = {root: 1}
        root.tag = _local(root.tag)
        for element in root.iter():
            counts: dict[str, int] = {}
            for child in element:
                child.tag = _local(child.tag)
                above[child] = element
                place[child] = counts[child.tag] = counts.get(child.tag, 0) + 1
        return cls(root, above, place)

    def rows(self, paths: str) -> Iterator[ET.Element]:
        """Every element whose own path ends with one of `paths`, in the order of the document."""
        ends = [one.split("/")[::-1] for one in _alternatives(paths)]
        for element in self.root.iter():
            if any(self._ends(element, end) for end in ends):
                yield element

    def _ends(self, element: ET.Element | None, names: Sequence[str]) -> bool:
        for name in names:
            if element is None or element.tag != name:
                return False
            element = self.above.get(element)
        return True

    def values(self, row: ET.Element, paths: str) -> list[str]:
        """What the first of `paths` that leads to a text finds, from the row on."""
        for path in _alternatives(paths):
            found = self._values(row, path)
            if found:
                return found
        return []

    def _values(self, row: ET.Element, path: str) -> list[str]:
        *steps, last = path.split("/")
        if not last.startswith("@") and last not in {_PLACE, _NAME}:
            steps.append(last)
        at = [row]
        for step in steps:
            if step == _UP:
                at = [self.above[one] for one in at if one in self.above]
            elif step != _SELF:
                at = [child for one in at for child in one if child.tag == step]
        if last in {_PLACE, _NAME}:
            return [str(self.place[one]) if last == _PLACE else one.tag for one in at]
        texts = (one.get(last[1:]) if last.startswith("@") else one.text for one in at)
        return [text.strip() for text in texts if text and text.strip()]


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _alternatives(paths: str) -> list[str]:
    return [one.strip() for one in paths.removesuffix(_EVERY).split("|")]


def parsed(path: Path, where: str) -> Tree:
    """The document, held in memory.

    Raises:
        SourceError: it is cut or no XML, in an encoding that is not known, or declares a document type, which no
            bank statement and no invoice does: what it declares could stand for any length of text, or for another file.
    """
    parser = ET.XMLParser(target=_Refusing())  # noqa: S314 - declarations are refused
    try:
        with opened(path) as file:
            while block := file.read(_BLOCK):
                parser.feed(block)
        return Tree.of(parser.close())
    except _DeclaresError as error:
        raise SourceError(
            "The document declares a document type of its own (DOCTYPE).",
            where=where,
            value=str(error),
            next_step="Deliver it without: bank statements and e-invoices have none.",
        ) from error
    except (EOFError, gzip.BadGzipFile) as error:
        raise not_decoded(where, error) from error
    except (ET.ParseError, ValueError, LookupError) as error:
        raise SourceError(
            "The file is no whole XML document.",
            where=where,
            value=str(error),
            next_step="Deliver it again, as the bank or the program that made it wrote it; UTF-8 is the safest encoding.",
        ) from error


def write_elements(
    files: Sequence[tuple[Path, str]], file: SourceFile, copy: Path, where: str
) -> None:
    """Writes a row for each element of all files as Parquet: every column text, or a list of texts where its path ends in `[]`.

    Args:
        files: each with its name below the source's folder, which a column of the path `file()` holds.
        file: the elements that are rows, and the path of each column.
        copy: where to.
        where: the key of the yaml, for messages.

    Raises:
        SourceError: a file is no XML document, no file has such an element, or a path finds several texts in a row.
    """
    check_names(list(file.columns), where)
    schema = pa.schema(
        [
            (name, pa.list_(pa.string()) if path.endswith(_EVERY) else pa.string())
            for name, path in file.columns.items()
        ]
    )
    named = [column for column, path in file.columns.items() if path == _FILE]
    held: list[dict[str, Any]] = []
    n_rows, names = 0, set[str]()
    with pq.ParquetWriter(copy, schema) as writer:
        for path, name in files:
            tree = parsed(path, f"{path} ({where})")
            names.add(tree.root.tag)
            for number, row in enumerate(tree.rows(str(file.rows)), 1):
                values = _row(tree, row, file, f"{name} ({where}), row {number}")
                held.append(values | dict.fromkeys(named, name))
            if len(held) >= _BATCH:
                writer.write_table(pa.Table.from_pylist(held, schema))
                n_rows, held = n_rows + len(held), []
        writer.write_table(pa.Table.from_pylist(held, schema))
    if n_rows + len(held) == 0:
        raise SourceError(
            f"No document has an element {file.rows}.",
            where=f"{where} > rows",
            value=f"root elements: {', '.join(sorted(names))}",
            next_step="Correct `rows`: names without their prefix, from any element down to the one that is a row.",
        )


def elements_typed(connection: duckdb.DuckDBPyConnection, copy: Path, file: SourceFile) -> str:
    """The engine's SQL that reads what `write_elements` wrote, its columns of the types that all their values are."""
    reader = f"read_parquet({literal(str(copy))})"
    plain = [name for name, path in file.columns.items() if not path.endswith(_EVERY)]
    types = {} if file.all_text else decided(connection, reader, plain)
    casts = ", ".join(
        f"CAST({quoted(name)} AS {type_}) AS {quoted(name)}"
        for name, type_ in types.items()
        if type_ != "VARCHAR"
    )
    return f"(SELECT *{f' REPLACE ({casts})' if casts else ''} FROM {reader})"  # noqa: S608 - quoted


def without_values(
    connection: duckdb.DuckDBPyConnection, files: Mapping[str, SourceFile]
) -> list[str]:
    """What a user should know of paths that led nowhere in any document: nobody delivered it, or the path is misspelt."""
    said = []
    for key, file in files.items():
        counts = ", ".join(f"count({quoted(name)})" for name in file.columns)
        if not counts:
            continue
        row = connection.execute(f"SELECT {counts} FROM {quoted(key)}").fetchall()[0]  # noqa: S608 - names are quoted
        said += [
            f"{key}: nothing found at {path} ({name})"
            for (name, path), n in zip(file.columns.items(), row, strict=True)
            if n == 0
        ]
    return said


def _row(tree: Tree, row: ET.Element, file: SourceFile, where: str) -> dict[str, Any]:
    none = frozenset(file.null_values)
    values: dict[str, Any] = {}
    for name, path in file.columns.items():
        found = [text for text in tree.values(row, path) if text not in none]
        if path.endswith(_EVERY):
            values[name] = found or None
        elif len(found) > 1:
            raise SourceError(
                f"The path of the column {name} finds {len(found)} texts in one row.",
                where=where,
                value=f"{path}: {', '.join(found[:3])}",
                next_step=f"Write `{path}[]` for a list of them, or make the element that repeats the row "
                "(`rows`), and lead the other columns up with `..`.",
            )
        else:
            values[name] = found[0] if found else None
    return values


def check_elements(key: str, file: SourceFile) -> None:
    """Raises ConfigError where an XML file lacks `rows` or `columns`."""
    for name, value in (("rows", file.rows), ("columns", file.columns)):
        if not value:
            raise ConfigError(
                f"An XML file needs `{name}`.",
                where=f"source > files > {key}",
                value=file.path,
                next_step="Say which element is a row (`rows: Stmt/Ntry`), and where in it each column is "
                "(`columns: {amount: Amt, currency: Amt/@Ccy}`).",
            )
