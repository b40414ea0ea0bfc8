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

import ibis.expr.types as ir
from ibis.backends import BaseBackend
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
    """DuckDB under Ibis, with SELECTs that it need not write again; without any until `ask_again` is told of them."""

    queries: Queries | None = None

    def compile(self, expr: ir.Expr, /, **options: Any) -> str:
        """The SELECT of an expression, as `Backend.compile` writes it."""
        is_plain = all(one is None or one is False for one in options.values())
        if self.queries is None or not is_plain:
            return str(super().compile(expr, **options))
        return self.queries.sql(expr, lambda: str(super(Remembering, self).compile(expr)))


def ask_again(con: BaseBackend, queries: Queries | None) -> None:
    """From here on the engine looks for each SELECT here first. Spark writes its own."""
    if isinstance(con, Remembering):
        con.queries = queries


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
