"""Words are parsed once; what is kept never outlives the text it was parsed of."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.locale import parsed
from reports.locale.catalogue import LANGUAGES, areas
from reports.locale.parsed import Entries, entries

HEAD = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
NOUN = 'msgid "noun.day"\nmsgid_plural "noun.day"\nmsgstr[0] "{n} day"\nmsgstr[1] "{n} days"\n'


@pytest.fixture(name="file")
def _file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    file = tmp_path / "words.po"
    file.write_text(f'{HEAD}msgid "action.keep"\nmsgstr "Keep"\n\n{NOUN}', "utf-8")
    return file


def of(file: Path) -> Entries:
    return entries("en", [file], file.parent / "kept")


def kept(file: Path) -> list[Path]:
    return sorted((file.parent / "kept").glob("*.json"))


def test_the_second_process_parses_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = of(file)
    assert first == Entries({"action.keep": "Keep"}, {"day": ["{n} day", "{n} days"]}, "(n != 1)")

    def never(*_: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr(parsed, "_parsed", never)
    assert of(file) == first


def test_another_text_is_parsed_anew_and_the_old_goes(file: Path) -> None:
    of(file)
    (before,) = kept(file)
    file.write_text(file.read_text("utf-8").replace('"Keep"', '"Hold"'), "utf-8")
    assert of(file).texts == {"action.keep": "Hold"}
    (after,) = kept(file)
    assert after != before


@pytest.mark.parametrize("cut", [0, 90])
def test_what_is_damaged_is_parsed_anew(file: Path, cut: int) -> None:
    first = of(file)
    (path,) = kept(file)
    whole = path.read_bytes()
    path.write_bytes(whole[:cut])
    assert of(file) == first
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_to_costs_time_alone(file: Path) -> None:
    (file.parent / "kept").write_text("a file where the folder would be", "utf-8")
    assert of(file).texts == {"action.keep": "Keep"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_kept_is_what_the_files_say(tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr("sys.dont_write_bytecode", False)
    files = list(areas("zh" if language == "zh" else "en"))
    first = entries(language, files, tmp_path)
    assert len(first.texts) > 300
    again = entries(language, files, tmp_path)
    assert again == first
    assert list(again.texts) == list(first.texts)
