"""What a table is: a grain, and columns with a kind and a meaning. Schemas of every engine come from it (`engine`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import pyarrow as pa


class Kind(StrEnum):
    """The kinds of value a column may hold; each maps to one type per engine."""

    TEXT = "text"
    DAY = "day"
    MONEY = "money"
    RATE = "rate"
    COUNT = "count"
    FLAG = "flag"
    NUMBER = "number"


MONEY_PLACES = 3
"""Decimal places of money: as many as any currency in circulation has (ISO 4217: dinars have 1,000 fils), in whichever a book is kept."""
# Money is exact (DECIMAL), so its sums do not depend on row order or on the number of threads.
ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.DAY: pa.date32(),
    Kind.MONEY: pa.decimal128(18, MONEY_PLACES),
    Kind.RATE: pa.decimal128(18, 8),
    Kind.COUNT: pa.int64(),
    Kind.FLAG: pa.bool_(),
    Kind.NUMBER: pa.float64(),
}
SQL_TYPES: dict[Kind, str] = {
    Kind.TEXT: "VARCHAR",
    Kind.DAY: "DATE",
    Kind.MONEY: f"DECIMAL(18,{MONEY_PLACES})",
    Kind.RATE: "DECIMAL(18,8)",
    Kind.COUNT: "BIGINT",
    Kind.FLAG: "BOOLEAN",
    Kind.NUMBER: "DOUBLE",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a contract.

    Attributes:
        name: the column's name; a trailing `?` in the declaration marks it nullable (see `columns`).
        kind: what it holds.
        meaning: one line for the data dictionary.
        nullable: whether a value may be missing.
        one_of: the legal values of a text column, or empty for any.
        unsaid: the text that stands for a column which a SELECT leaves out ("" is missing), or None where it may not.
    """

    name: str
    kind: Kind
    meaning: str
    nullable: bool = False
    one_of: tuple[str, ...] = ()
    unsaid: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table contract.

    Attributes:
        name: file stem and SQL name.
        grain: the columns of which there is at most one row each; rows are stored in this order.
        columns: every column that must be there, in order.
        happened: the column that says when the fact happened, if the table has one.
        known: the column that says when it could be known; the only clock features may use.
        open_ended: whether a portfolio may add columns of its own (`attributes`, the matrix).
    """

    name: str
    grain: tuple[str, ...]
    columns: tuple[Column, ...]
    happened: str | None = None
    known: str | None = None
    open_ended: bool = False
    meaning: str = field(default="", kw_only=True)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the contract's columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def with_columns(self, extra: tuple[Column, ...]) -> Table:
        """This contract with further columns at its end (an open-ended table of one portfolio)."""
        return Table(
            self.name,
            self.grain,
            self.columns + extra,
            self.happened,
            self.known,
            meaning=self.meaning,
        )

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema; a Parquet file of this table has exactly it."""
        return pa.schema(
            [
                pa.field(column.name, ARROW_TYPES[column.kind], nullable=column.nullable)
                for column in self.columns
            ]
        )


_KINDS = {kind.value: kind for kind in Kind}


def columns(declaration: str) -> tuple[Column, ...]:
    """Reads a contract written one column a line: `name kind[a|b|c][?][=unsaid] - meaning`.

    >>> columns("paid_on day - when money arrived")[0].kind
    <Kind.DAY: 'day'>
    >>> columns("kind text[a|b]? - which")[0].one_of
    ('a', 'b')
    >>> columns("kind text[a|b]=b - which")[0].unsaid, columns("other text?= - which")[0].unsaid
    ('b', '')
    """
    return tuple(_column(line) for line in declaration.strip().splitlines() if line.strip())


def _column(line: str) -> Column:
    head, meaning = line.split(" - ", 1)
    name, kind = head.split()
    kind, is_optional, default = kind.partition("=")
    nullable = kind.endswith("?")
    kind = kind.removesuffix("?")
    one_of: tuple[str, ...] = ()
    if "[" in kind:
        kind, values = kind.removesuffix("]").split("[")
        one_of = tuple(values.split("|"))
    return Column(
        name, _KINDS[kind], meaning.strip(), nullable, one_of, default if is_optional else None
    )
