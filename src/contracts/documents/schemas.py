"""JSON Schemas of all documents, printed into `docs/schemas`: `python -m contracts.documents.schemas`."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from contracts import documents
from contracts.documents.base import Document
from contracts.documents.checks import Check, Checks
from contracts.files import write_text

FOLDER = Path("docs/schemas")


def every_document() -> Iterator[type[Document]]:
    """Every document that a module of this package declares, by module and name."""
    for module in sorted(one.name for one in pkgutil.iter_modules(documents.__path__)):
        found = importlib.import_module(f"{documents.__name__}.{module}")
        for _, kind in sorted(vars(found).items()):
            if isinstance(kind, type) and issubclass(kind, Document) and kind.__module__ == found.__name__ and kind is not Document:  # fmt: skip
                yield kind


def schema_of(document: type[Document]) -> dict[str, Any]:
    """The schema of the file: keys, types, and what each part means."""
    if document is Checks:  # a list at its root
        inner = TypeAdapter(tuple[Check, ...]).json_schema()
        return {"title": document.__name__, "description": document.__doc__, **inner}
    return document.model_json_schema(by_alias=True)


def schema_text(document: type[Document]) -> str:
    """The file in `docs/schemas`."""
    found = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "version": document.VERSION,
        **schema_of(document),
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def name_of(document: type[Document]) -> str:
    """Its file: that of the module, for a module declares one document.

    >>> name_of(Checks)
    'checks.json'
    """
    return f"{document.__module__.rpartition('.')[2]}.json"


def main() -> None:
    """Writes the schemas into `docs/schemas` of the folder it is run from."""
    for document in every_document():
        write_text(FOLDER / name_of(document), schema_text(document))


if __name__ == "__main__":
    main()
