"""Questions that a process has written once: hundreds of tests ask the same rules of small books, and writing them is what they cost.

Where two tables look alike to the rules (the same columns, neighbours and settings; their rows are no part of a question), the
questions of the first are those of the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import ibis.expr.types as ir

from quality.delivery import checks
from quality.rules.rule import Book

_write = checks.questions
_written: dict[tuple[Any, ...], tuple[checks.Asked, ir.Table]] = {}


def _once(rows: ir.Table, book: Book) -> tuple[checks.Asked, ir.Table]:
    key = (rows.op(), *(_as_key(getattr(book, one.name)) for one in fields(book)))
    if key not in _written:
        _written[key] = _write(rows, book)
    return _written[key]


def _as_key(value: Any) -> Any:
    """Relations and columns as Ibis compares them, the rest as Python writes it."""
    if isinstance(value, Mapping):
        return tuple((name, _as_key(one)) for name, one in value.items())
    return value.op() if isinstance(value, ir.Expr) else repr(value)


@cache
def remember_questions() -> None:
    """From here on, in this process."""
    checks.questions = _once
