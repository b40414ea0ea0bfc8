"""One catalogue of words per language: `en/<area>.po` and `zh/<area>.po`, read as they are, without a build step.

An entry is found by a code (`UP-C1.failed`, `action.keep`) or, for the fixed text of a page, by its English. Codes stand in both
languages; a page's English is its own entry, so only Chinese has to be written beside it. Tests hold the two at parity.
"""

from __future__ import annotations

import gettext
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from contracts.numbers import local
from reports.locale.parsed import entries

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
FOLDER = Path(__file__).resolve().parent
_CODE = re.compile(r"[\w-]+(\.[\w+-]+)+")
_JOINTS: Mapping[Language, str] = {"en": ", ", "zh": "、"}


class WordingError(KeyError):
    """A code or a text that has no entry in a language: a fault of ours, never of a user's data."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The entries of one language.

    Attributes:
        language: of the texts.
        texts: by code or English, the text with its fields.
        nouns: by noun, the forms that a number takes.
        form: number to the place of its form.
    """

    language: Language
    texts: Mapping[str, str]
    nouns: Mapping[str, Sequence[str]]
    form: Callable[[int], int]

    def text(self, entry: str) -> str:
        """The text of an entry, its fields unfilled.

        Raises:
            WordingError: a code is unknown, or Chinese lacks the text of a page.
        """
        found = self.texts.get(entry)
        if found is None and self.language == "en" and not is_code(entry):
            return entry
        if found is None:
            raise WordingError(f"{self.language}: no entry for {entry!r}")
        return found

    def counted(self, noun: str, n: int) -> str:
        """A number with its noun, in the form the language gives that number.

        >>> catalogue("en").counted("customer", 1), catalogue("en").counted("customer", 1294)
        ('1 customer', '1,294 customers')
        >>> catalogue("zh").counted("customer", 1)
        '1家客户'
        """
        if noun not in self.nouns:
            raise WordingError(f"{self.language}: no noun {noun!r}")
        return self.nouns[noun][self.form(n)].replace("{n}", local(n, ",d"))


def is_code(entry: str) -> bool:
    """Whether an entry is found by a code, not by its English.

    >>> is_code("UP-C1.failed"), is_code("Ends here.")
    (True, False)
    """
    return _CODE.fullmatch(entry) is not None


@cache
def catalogue(language: Language) -> Catalogue:
    """All areas of a language in one."""
    found = entries(language, list(areas(language)), FOLDER / "__pycache__")
    return Catalogue(language, found.texts, found.nouns, gettext.c2py(found.plural))


def areas(language: Language) -> Iterator[Path]:
    """The files of a language, by name."""
    yield from sorted((FOLDER / language).glob("*.po"))


class _Filled(string.Formatter):
    """Fills fields the way a language writes them; see `say`."""

    def __init__(self, words: Catalogue) -> None:
        self.words = words

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("#"):
            return self.words.counted(format_spec[1:], int(value))
        if format_spec.startswith("@"):
            return self.words.text(f"{format_spec[1:]}.{value}")
        if format_spec == "list":
            return _JOINTS[self.words.language].join(str(one) for one in value)
        return local(value, format_spec)


def say(language: Language, entry: str, values: Mapping[str, Any] | None = None) -> str:
    """The text of an entry with its fields filled.

    A field is `{name}` or `{name:form}`; a form is one of numbers (`.1%`, `,.0f`, `+.3f`, see `local`), `#noun` a number with its
    noun, `@group` a code in the reader's words (entry `group.<value>`), `list` several texts in one line.

    Args:
        language: en or zh.
        entry: a code, or a page's English.
        values: by the name of a field.

    Raises:
        WordingError: there is no such entry.
        KeyError: a field has no value.

    >>> say("en", "Of {n:#customer}, {share:.1%} defaulted.", {"n": 1, "share": 0.0234})
    'Of 1 customer, 2.3% defaulted.'
    """
    words = catalogue(language)
    return _Filled(words).vformat(words.text(entry), (), values or {})
