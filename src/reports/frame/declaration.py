"""What a page is: one file for people, or a folder of them, made of one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.files import read_json, whole_file, whole_folder


@dataclass(frozen=True, slots=True)
class Page:
    """A module that holds one as `PAGE` is a page; `reports.pages` finds it, by the name of the module.

    Attributes:
        document: the JSON file it is made of, and nothing else.
        file: where it is written; a folder where there are several.
        render: the document to the text or the bytes of the file, or to texts by name of a file in the folder; equal
            documents give equal files.
        answers: the reader's question, for the list that ends a run.
        read: the file of the document to what `render` takes.
        is_upkeep: whether the document is about the champion: it is rendered by `make upkeep`, not by `make retrain`.
    """

    document: str
    file: str
    render: Callable[[Any], str | bytes | Mapping[str, str]]
    answers: str
    read: Callable[[Path], Any] = read_json
    is_upkeep: bool = False

    def made(self, document: Path) -> bytes | Mapping[str, str]:
        """The file's content, or the texts of a folder by name, made of a document wherever it lies.

        Raises ContractError where it is not one of this page.
        """
        found = self.render(self.read(document))
        return found.encode() if isinstance(found, str) else found

    def write(self) -> int:
        """Reads the document, writes the file or the folder whole, and returns its size in bytes.

        Raises:
            ContractError: the document is absent, or is not what the page is made of.
        """
        content = self.made(Path(self.document))
        if not isinstance(content, bytes):
            return _folder(Path(self.file), content)
        with whole_file(Path(self.file)) as partial:
            partial.write_bytes(content)
        return len(content)


def _folder(path: Path, texts: Mapping[str, str]) -> int:
    with whole_folder(path) as partial:
        return sum((partial / name).write_bytes(text.encode()) for name, text in texts.items())
