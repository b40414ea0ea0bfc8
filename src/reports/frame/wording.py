"""The words of tables, from the catalogue: headings, names, and what is said where there are no rows, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from contracts.levels import country, in_chinese
from reports.frame.grid import Column, Kind, Pair, Table
from reports.frame.page import both
from reports.locale.catalogue import LANGUAGES, say


def said(entry: str, **values: Any) -> Pair:
    """An entry in English and Chinese; a value that is itself a pair is given in each language.

    >>> said("model.fewer", shown=3, total=1200)[0]
    'Shown: 3 of 1,200. All are in validation_model.xlsx.'
    """
    english, chinese = (
        say(
            language,
            entry,
            {key: one[side] if _is_pair(one) else one for key, one in values.items()},
        )
        for side, language in enumerate(LANGUAGES)
    )
    return english, chinese


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == len(LANGUAGES)


def code(subject: str | None) -> str | None:
    """The entry that a subject's words stand under.

    >>> code("our limit and terms"), code(None)
    ('our_limit_and_terms', None)
    """
    return None if subject is None else subject.replace(" ", "_")


def measured(value: str, unit: str) -> Markup:
    """A written number with the word of its unit: 1 day, 2.5 days."""
    one = "one" if value.lstrip("\N{MINUS SIGN}") == "1" else "many"
    return both(f"{unit}.{one}", value=value)


def category(segment: str, value: str) -> Pair | str:
    """A category of the data in the reader's words: a country or an industry that has a name; else the user's own text.

    >>> category("customer_country", "DE"), category("customer_industry", "retail"), category("customer_industry", "food")
    (('Germany', '德国'), ('retail', '零售业'), 'food')
    """
    if segment == "customer_country" and country(value)[1] != value:
        return country(value)
    chinese = in_chinese(value)
    return value if chinese == value else (value, chinese)


@dataclass(frozen=True, slots=True)
class Wording:
    """Columns and tables of one page, worded under its own code.

    Attributes:
        page: `<page>.column.<title>` heads a column; `<page>.absent.<name>` is said of a table without rows.
        names: `<page>.<names>.<name>` names a table.
    """

    page: str
    names: str = "table"

    def column(
        self, key: str, kind: Kind, digits: int = 3, *, title: str = "", **more: Any
    ) -> Column:
        """A column under its title, which is the key unless given.

        >>> Wording("model").column("outcome", "badge").title[0]
        'Outcome'
        """
        return Column(key, said(f"{self.page}.column.{title or key}"), kind, digits, **more)

    def table(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Mapping[str, Any]],
        *,
        absent: str = "",
    ) -> Table:
        """A table under its name; `absent` is the entry of what is said without rows where several tables share it."""
        told = said(absent or f"{self.page}.absent.{name}")
        return Table(said(f"{self.page}.{self.names}.{name}"), columns, rows, told)
