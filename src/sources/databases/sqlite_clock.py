"""SQLite without its clock and its dice: a query that asks either would say something else in another run."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from contracts.errors import SourceError
from sources.steady import DAY

CHANCE = {"random": 0, "randomblob": 1}
WORDS = ("current_date", "current_time", "current_timestamp")
STATE = ("changes", "total_changes", "last_insert_rowid")
DAYS = {"date": 0, "time": 0, "datetime": 0, "julianday": 0, "unixepoch": 0, "strftime": 1}
"""Functions of a day, with the number of arguments before it; without a day they take the clock's."""
NOW = "now"


def kept_steady(connection: sqlite3.Connection, plain: sqlite3.Connection) -> list[str]:
    """Replaces, for this connection, what asks the clock or chance, in queries and in views alike.

    Functions of days do what they did, as long as there is a day in the row. They stay declared as functions of their
    arguments alone, or an index on one could no longer be read.

    Args:
        connection: whose queries are meant.
        plain: another one, which does the arithmetic of days.

    Returns:
        What was asked for so far; SQLite itself says of a refusal only that a function failed.
    """
    asked: list[str] = []
    for name, n_arguments in {**CHANCE, **dict.fromkeys((*WORDS, *STATE), 0)}.items():
        connection.create_function(name, n_arguments, partial(_refuse, asked, name))
    for name, before in DAYS.items():
        connection.create_function(name, -1, _of_days(asked, plain, name, before), deterministic=True)  # fmt: skip
    return asked


def _refuse(asked: list[str], name: str, *_: Any) -> None:
    asked.append(name)
    raise ValueError(name)


def _of_days(
    asked: list[str], plain: sqlite3.Connection, name: str, before: int
) -> Callable[..., Any]:
    """SQLite's own function, where it is not asked for now."""

    def called(*arguments: Any) -> Any:
        day = arguments[before : before + 1]
        if not day or (isinstance(day[0], str) and day[0].strip().lower() == NOW):
            _refuse(asked, f"{name} of the clock")
        marks = ", ".join("?" * len(arguments))
        return plain.execute(f"SELECT {name}({marks})", arguments).fetchone()[0]

    return called


def unsteady(name: str, *, where: str) -> SourceError:
    """What is said of a relation that asked."""
    asks, step = (
        ("chance", "Choose rows by what they hold, such as WHERE id % 100 < 5.")
        if name in CHANCE
        else ("the state of the connection", "Read from the tables alone.")
        if name in STATE
        else ("the clock", f"Write the day itself, such as '{DAY}', in the query; put a query in place of a view that asks.")
    )  # fmt: skip
    return SourceError(
        f"A relation asks for {asks}: the same database would give other data in another run.",
        where=where,
        value=name,
        next_step=step,
    )
