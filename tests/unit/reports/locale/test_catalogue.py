"""English and Chinese say the same things: no entry is missing, left over, empty, or asks for other figures."""

from __future__ import annotations

import re
import string

import pytest

from reports.frame.page import TEMPLATES
from reports.locale.catalogue import (
    LANGUAGES,
    Catalogue,
    WordingError,
    areas,
    catalogue,
    is_code,
    say,
)

CALL = re.compile(r'\bt\("((?:[^"\\]|\\.)*)"(?:\)|,\s*(?:\*\*|\w+=))')


def fields(text: str) -> set[tuple[str, str]]:
    """Fields of an entry: name and form. Forms of nouns and groups are the language's own, their kind is not."""
    return {
        (name, (form or "")[:1] if (form or "")[:1] in {"#", "@"} else form or "")
        for _, name, form, _ in string.Formatter().parse(text)
        if name is not None
    }


def shown_texts() -> set[str]:
    """The fixed English of all templates that has no second argument."""
    found: set[str] = set()
    for path in TEMPLATES.glob("*.j2"):
        for match in CALL.finditer(path.read_text(encoding="utf-8")):
            found.add(match.group(1).replace('\\"', '"'))
    return {text for text in found if not is_code(text)}


def test_every_code_is_said_in_both_languages() -> None:
    english, chinese = (catalogue(language) for language in LANGUAGES)
    codes = {entry for entry in english.texts if is_code(entry)}
    assert codes == {entry for entry in chinese.texts if is_code(entry)}
    assert set(english.nouns) == set(chinese.nouns)
    assert len(english.nouns) >= 10


def test_both_languages_ask_for_the_same_figures() -> None:
    english, chinese = (catalogue(language) for language in LANGUAGES)
    other = {
        entry: (fields(english.text(entry)), fields(text))
        for entry, text in chinese.texts.items()
        if fields(english.text(entry)) != fields(text)
    }
    assert not other


def test_every_text_of_a_page_has_its_chinese_and_no_chinese_is_left_over() -> None:
    chinese = {entry for entry in catalogue("zh").texts if not is_code(entry)}
    assert shown_texts() - chinese == set()
    assert chinese - shown_texts() == set()
    assert len(chinese) > 150


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_entry_stands_twice(language: str) -> None:
    entries: list[str] = []
    for path in areas(language):  # type: ignore[arg-type]
        entries += re.findall(r'(?m)^msgid "(.+)"$', path.read_text(encoding="utf-8"))
    assert sorted(entries) == sorted(set(entries))


def test_chinese_is_chinese() -> None:
    latin = {
        entry: text
        for entry, text in catalogue("zh").texts.items()
        if not re.search(r"[一-鿿（），；：、]", text)
    }
    assert not latin


def test_a_missing_entry_is_an_error_not_a_blank() -> None:
    with pytest.raises(WordingError, match=r"no entry for 'UP-C1\.unheard_of'"):
        say("en", "UP-C1.unheard_of")
    with pytest.raises(WordingError, match=r"^.zh: no entry"):
        say("zh", "A sentence nobody has translated")
    with pytest.raises(KeyError):
        Catalogue("en", {"a.b": "{n}"}, {}, lambda n: int(n != 1)).counted("customer", 1)
