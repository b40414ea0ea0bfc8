"""SELECTs that were written in an earlier run and are asked again: Ibis takes longer to write some than DuckDB takes to answer them.

What names a SELECT is all that its expression says (`expression.digest_of`), so that no other code, setting or column can be
answered by it; what names the file, the libraries that write SQL and the code that names. The text is what Ibis writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from contracts.tables import expression
from contracts.tables.programs import Programs, libraries, sha256


class Queries:
    """SELECTs by the digests of their expressions.

    Args:
        known: what was written before.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self.known = known or {}
        self.asked: dict[str, str] = {}

    def sql(self, asked: ir.Expr, write: Callable[[], str]) -> str:
        """The SELECT of an expression; `write` writes it where it is new."""
        said = expression.digest_of(asked.op())
        if said is None:
            return write()
        found = self.asked.get(said) or self.known.get(said) or write()
        self.asked[said] = found
        return found

    @property
    def is_new(self) -> bool:
        """Whether anything was asked that was not known."""
        return not self.asked.keys() <= self.known.keys()


class Remembering(Backend):  # type: ignore[misc]  # until ibis publishes types
    """DuckDB under Ibis, with SELECTs that it need not write again."""

    queries: Queries

    def compile(self, expr: ir.Expr, /, **options: Any) -> str:
        """The SELECT of an expression, as `Backend.compile` writes it."""
        if any(value is not None and value is not False for value in options.values()):
            return str(super().compile(expr, **options))
        return self.queries.sql(expr, lambda: str(super(Remembering, self).compile(expr)))


def remembering(connection: duckdb.DuckDBPyConnection, queries: Queries | None) -> Backend:
    """Ibis on a connection: with SELECTs that are known, or without any."""
    if queries is None:
        return Backend.from_connection(connection)
    made: Remembering = Remembering.from_connection(connection)
    made.queries = queries
    return made


@contextmanager
def kept_queries(folder: Path, whose: str) -> Iterator[Queries]:
    """SELECTs that are known from the last run of the same name; at the end those of this one stay in their place.

    Args:
        folder: where they are kept. Safe to delete.
        whose: the stage and the portfolio, so that one does not drop what the other asks.
    """
    programs, key = Programs(folder), _key(whose)
    queries = Queries(_texts(programs.find(key)))
    yield queries
    if queries.is_new:
        programs.put(key, queries.asked)


def _key(whose: str) -> str:
    code = Path(expression.__file__).read_text("utf-8")
    return sha256(json.dumps([whose, libraries(), sha256(code.encode())]).encode())


def _texts(found: Any) -> dict[str, str]:
    """What was found, if it is texts by text."""
    if not isinstance(found, dict):
        return {}
    return {one: sql for one, sql in found.items() if isinstance(sql, str)}
