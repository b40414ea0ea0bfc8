"""Reads the case files: Markdown that a credit controller can read and add to (`README.md` here says how)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
_TITLE = re.compile(r"^## ([a-z-]+-\d+): (.+)$")
_SETTINGS = re.compile(r"^Settings: (.+)\.$")
BOOKINGS = ("day", "what", "of", "amount", "more")
ANSWERS = ("question", "on day", "answer")


@dataclass(frozen=True)
class Booking:
    """A row of a case's first table."""

    day: int
    what: str
    of: str
    amount: str
    more: str


@dataclass(frozen=True)
class Answer:
    """A row of a case's second table: `asked` what, `day` (None for a whole history), `answer` in the file's words."""

    asked: str
    day: int | None
    answer: str


@dataclass
class Case:
    """One hand-worked book.

    Attributes:
        name: its id; the customer's number, too.
        title: what it shows, a sentence without a full stop.
        text: its section, word by word.
        settings: what differs from a portfolio's defaults.
        bookings, answers: its two tables.
    """

    name: str
    title: str
    text: str = ""
    settings: str = ""
    bookings: list[Booking] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


def cases() -> list[Case]:
    """Every case of every file, in order."""
    files = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
    return [case for path in files for case in read(path.read_text(encoding="utf-8"))]


def read(text: str) -> Iterator[Case]:
    """The cases of one file."""
    sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    for section in sections:
        heading, *lines = section.rstrip().splitlines()
        found = _TITLE.match(heading)
        if found is None:
            raise ValueError(f"{heading!r}: a case is headed `## topic-1: What it shows`")
        case = Case(found[1], found[2], text=section.rstrip() + "\n")
        for line in lines:
            _line(case, line)
        if not case.bookings or not case.answers:
            raise ValueError(f"{case.name}: a case has a table of bookings and one of answers")
        yield case


def _line(case: Case, line: str) -> None:
    settings = _SETTINGS.match(line)
    if settings:
        case.settings = settings[1]
    if not line.startswith("|"):
        return
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    if tuple(cells) in {BOOKINGS, ANSWERS} or set("".join(cells)) <= {"-", " "}:
        return
    if len(cells) == len(BOOKINGS):
        case.bookings.append(Booking(int(cells[0]), *cells[1:]))
    elif len(cells) == len(ANSWERS):
        case.answers.append(Answer(cells[0], int(cells[1]) if cells[1] else None, cells[2]))
    else:
        raise ValueError(f"{case.name}: {line!r} has {len(cells)} cells, not 5 or 3")
