"""What a small wrong input is: what is done to a project, and what is run in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pipelines.ingest import ingest
from pipelines.settings import load
from tests.sources_sme import Sme

PARAMS, YAML = "configs/params.yaml", "configs/portfolios/sme.yaml"
INVOICES = "configs/portfolios/sme/invoices.sql"
Change = Callable[[Sme], Any]


@dataclass(frozen=True, slots=True)
class Case:
    """What is wrong, who makes it so, and what is run."""

    title: str
    change: Change
    run: Callable[[], object] = lambda: ingest(load())


def nothing(_: Sme) -> None:
    """The project is as it should be."""


def asked(title: str, run: Callable[[], object]) -> Case:
    """A case in which what is asked is wrong, and not the project."""
    return Case(title, nothing, run)


def params(line: str) -> Change:
    return lambda sme: sme.write(PARAMS, f"portfolio: sme\n{line}\n")


def portfolio(old: str, new: str) -> Change:
    return lambda sme: sme.change(YAML, old, new)


def more(line: str) -> Change:
    """A further key of the portfolio, or one in place of it."""
    return lambda sme: sme.write(YAML, (sme.folder / YAML).read_text(encoding="utf-8") + line + "\n")  # fmt: skip


def no_file(*names: str) -> Change:
    return lambda sme: [(sme.folder / name).unlink() for name in names]


def both(*changes: Change) -> Change:
    return lambda sme: [change(sme) for change in changes]


def written(name: str, text: str) -> Change:
    """A file of the project; its folder is made."""

    def change(sme: Sme) -> None:
        (sme.folder / name).parent.mkdir(parents=True, exist_ok=True)
        sme.write(name, text)

    return change
