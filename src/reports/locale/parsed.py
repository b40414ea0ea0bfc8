"""The entries of a language as plain values, parsed once and kept beside their source. Safe to delete: they are parsed anew."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from contracts.files import write_text


class Entries(NamedTuple):
    """What the files of one language say.

    Attributes:
        texts: by code or English.
        nouns: by noun, the forms that a number takes.
        plural: which form a number n takes, as gettext writes it.
    """

    texts: dict[str, str]
    nouns: dict[str, list[str]]
    plural: str


def entries(language: str, files: Sequence[Path], folder: Path) -> Entries:
    """All entries of a language; those of a later file win.

    Parsing thirty files takes 0.2 CPU-s, a twelfth of a customer's page; reading them back 0.01.

    Args:
        language: of the files.
        files: `.po`, in their order.
        folder: where they are kept, under a name that their bytes decide; one that cannot be written to costs time, nothing else.
    """
    content = hashlib.sha256(f"babel {version('babel')}, entries 1".encode())
    for file in files:
        content.update(file.read_bytes() + b"\0")
    path = folder / f"{language}-{content.hexdigest()[:16]}.json"
    with suppress(OSError, ValueError, TypeError):
        head, _, body = path.read_text("utf-8").partition("\n")
        if head == _sha256(body):
            return Entries(*json.loads(body))
    found = _parsed(language, files)
    if not sys.dont_write_bytecode:
        with suppress(OSError):
            for old in folder.glob(f"{language}-*.json"):
                old.unlink(missing_ok=True)
            body = json.dumps(found, ensure_ascii=False)
            write_text(path, f"{_sha256(body)}\n{body}")
    return found


def _parsed(language: str, files: Sequence[Path]) -> Entries:
    from babel.messages.pofile import read_po  # noqa: PLC0415 - not needed where they are kept

    texts: dict[str, str] = {}
    nouns: dict[str, list[str]] = {}
    plural = "(n != 1)"
    for path in files:
        with path.open("rb") as file:
            found = read_po(file, locale=language)
        plural = str(found.plural_expr)
        for message in found:
            entry, said = message.id, message.string
            if isinstance(entry, tuple) and isinstance(said, tuple | list):
                nouns[entry[0].removeprefix("noun.")] = list(said)
            elif isinstance(entry, str) and isinstance(said, str) and entry and said:
                texts[entry] = said
    return Entries(texts, nouns, plural)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
