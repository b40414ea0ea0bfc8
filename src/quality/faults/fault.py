"""What a fault is: what happened to which rows or file, and who should notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from contracts.errors import BonitasError
from contracts.tables.spec import Table


class DirtError(BonitasError):
    """A fault that cannot strike what it was asked to strike."""


class Deed(StrEnum):
    """What a fault does with the rows it strikes."""

    CHANGED = "changed"
    """Some of their values are replaced."""
    ADDED = "added"
    """They are delivered once more with some values replaced; the originals stay."""
    REMOVED = "removed"
    """They are not delivered."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who should catch a fault.

    Attributes:
        rule: a validation rule, or the error that ingest stops with.
        table: the table whose findings show it: a payment too many shows on its invoice.
    """

    rule: str
    table: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The delivery that a fault looks at before it strikes.

    Attributes:
        contract: the contract of the table to be struck, a portfolio's own columns included.
        tables: names of the delivered tables; each is a relation of that name in the engine.
    """

    contract: Table
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Strike:
    """How rows are soiled, as SQL over `r`, the rows of the struck table (see `quality.faults.sql`).

    Attributes:
        values: by column, the expression of its new value.
        where: which rows can be struck; those that would not change never are.
        joins: JOIN clauses for what else is looked at; at most one row for each of `r`.
        deed: what happens to the rows struck.
        prefers: an expression; rows where it is true are struck first.
        whole: an expression whose values are struck whole, such as a month: the share is then one of its values.
    """

    values: Mapping[str, str]
    where: str = "TRUE"
    joins: str = ""
    deed: Deed = Deed.CHANGED
    prefers: str = "TRUE"
    whole: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of rows.

    Attributes:
        name: what happened, such as `payments_redated`.
        claims: by table it can strike, who should catch it there.
        title_en: what happened, as a sentence for a data owner.
        title_zh: the same in Chinese.
        note: which rows it strikes, where not any.
        strike: how the rows of a delivery are soiled.
    """

    name: str
    claims: Mapping[str, Claim]
    title_en: str
    title_zh: str
    note: str
    strike: Callable[[Sheet], Strike]


@dataclass(frozen=True, slots=True)
class FileFault:
    """A fault of a file of the extract.

    Attributes:
        name: what happened, such as `column_renamed`.
        claims: by table whose file it can strike, the error that ingest stops with.
        title_en: what happened, as a sentence for a data owner.
        title_zh: the same in Chinese.
        note: what exactly is done.
        damage: rewrites the file of a table, and returns its path, which may have changed.
    """

    name: str
    claims: Mapping[str, Claim]
    title_en: str
    title_zh: str
    note: str
    damage: Callable[[Path, Table], Path]


AnyFault = Fault | FileFault


def claims(caught_by: Mapping[str, str]) -> dict[str, Claim]:
    """Claims by struck table from `rule`, or `table.rule` where it shows on another table.

    >>> claims({"payments": "invoices.paid_more_than_invoiced"})["payments"].table
    'invoices'
    """
    found = {}
    for table, text in caught_by.items():
        shown_on, _, rule = text.rpartition(".")
        found[table] = Claim(rule, shown_on or table)
    return found


def fault(
    caught_by: Mapping[str, str], *, en: str, zh: str, note: str = ""
) -> Callable[[Callable[[Sheet], Strike]], Fault]:
    """Makes a function the fault of its name.

    Args:
        caught_by: by table it can strike, the rule that should catch it (see `claims`).
        en: what happened, in English.
        zh: the same in Chinese.
        note: which rows it strikes, where not any.
    """

    def named(strike: Callable[[Sheet], Strike]) -> Fault:
        return Fault(strike.__name__, claims(caught_by), en, zh, note, strike)

    return named


def file_fault(
    caught_by: Mapping[str, str], *, en: str, zh: str, note: str
) -> Callable[[Callable[[Path, Table], Path]], FileFault]:
    """Makes a function the file fault of its name; arguments as those of `fault`."""

    def named(damage: Callable[[Path, Table], Path]) -> FileFault:
        return FileFault(damage.__name__, claims(caught_by), en, zh, note, damage)

    return named
