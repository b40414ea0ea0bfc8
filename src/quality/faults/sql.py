"""The SQL that faults are written in: `r` is a row that may be struck, with a die that is cast once for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contracts.tables.raw import RAW_TABLES
from contracts.tables.spec import Kind, Table

# Names with a dot cannot collide with a contract's or a portfolio's own columns.
ROW, LOT, PREFERRED, WHOLE, DRAWN = (
    f'".{name}"' for name in ("row", "lot", "preferred", "whole", "drawn")
)
DIE = 'r.".die"'
"""A number from 0 to 2^28 - 1 by hashed key and seed, the same on any engine and number of threads."""

INVOICE_OF_PAYMENT = "JOIN (SELECT DISTINCT ON (invoice_id) * FROM invoices ORDER BY ALL) AS i ON i.invoice_id = r.invoice_id"
"""Beside a row that names an invoice, that invoice, `i`; once where it was delivered twice."""

EVERY_TABLE = tuple(RAW_TABLES)


def everywhere(rule: str, tables: Iterable[str] = EVERY_TABLE) -> dict[str, str]:
    """One rule for several tables."""
    return dict.fromkeys(tables, rule)


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def between(least: int, most: int) -> str:
    """A whole number between two, both included, by the row's die.

    >>> between(1, 30)
    'CAST(1 + r.".die" % 30 AS INTEGER)'
    """
    return f"CAST({least} + {DIE} % {most - least + 1} AS INTEGER)"


def one_of(*options: str) -> str:
    """One of several expressions by the row's die.

    >>> one_of("1", "2")
    'CASE r.".die" % 2 WHEN 0 THEN 1 WHEN 1 THEN 2 END'
    """
    cases = " ".join(f"WHEN {position} THEN {option}" for position, option in enumerate(options))
    return f"CASE {DIE} % {len(options)} {cases} END"


def in_one_column(new: Mapping[str, str]) -> dict[str, str]:
    r"""Changes one of several columns, by the row's die; the others keep their value.

    >>> in_one_column({"paid_on": "DATE '1900-01-01'", "booked_at": "DATE '1900-01-01'"})["booked_at"]
    'CASE WHEN r.".die" % 2 = 1 THEN DATE \'1900-01-01\' ELSE r."booked_at" END'
    """
    return {
        name: f"CASE WHEN {DIE} % {len(new)} = {position} THEN {value} ELSE r.{quoted(name)} END"
        for position, (name, value) in enumerate(new.items())
    }


def key_text(table: Table, alias: str) -> str:
    """The key of a row as text, its parts joined by ' / '; a missing part is '?'."""
    parts = (f"coalesce(CAST({alias}.{quoted(name)} AS VARCHAR), '?')" for name in table.grain)
    return " || ' / ' || ".join(parts)


def money_columns(table: Table) -> tuple[str, ...]:
    """Names of the columns that hold money."""
    return tuple(column.name for column in table.columns if column.kind is Kind.MONEY)
