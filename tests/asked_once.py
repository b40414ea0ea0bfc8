"""Questions that a process has written once: hundreds of tests ask the same rules of small books, and writing them is what they cost.

Where two tables look alike to the rules (the same columns, neighbours and settings; their rows are no part of a question), the
questions of the first are those of the second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache, wraps
from types import ModuleType
from typing import Any

import ibis.expr.types as ir

from quality.delivery import checks, computed, delivery, suspects, tolerated
from quality.rules.rule import Book

ASKED: Mapping[ModuleType, tuple[str, ...]] = {
    checks: ("questions",),
    computed: ("ledger", "rescaled", "steps"),
    delivery: ("repeated_rows",),
    suspects: ("credits_redated", "of_another_magnitude", "paid_by_group", "redated", "undated"),
    tolerated: ("tolerated",),
}
"""What writes a question of the relations and the plain values it is given, and of nothing else, and asks nothing itself; the
engine of the delivery is handed the answer to keep, so that it may be of the engine of an earlier one."""


def _once(write: Callable[..., Any]) -> Callable[..., Any]:
    written: dict[Any, Any] = {}

    @wraps(write)
    def asked(*given: Any) -> Any:
        key = _as_key(given)
        if key not in written:
            written[key] = write(*given)
        return written[key]

    return asked


def _as_key(value: Any) -> Any:
    """Relations and columns as Ibis compares them, the rest as Python writes it."""
    if isinstance(value, ir.Expr):
        return value.op()
    if isinstance(value, Book):
        return tuple(_as_key(getattr(value, one.name)) for one in fields(value))
    if isinstance(value, Mapping):
        return tuple((name, _as_key(one)) for name, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return (type(value), *map(_as_key, value))
    assert not callable(value) or is_dataclass(value), value
    return repr(value)


@cache
def remember_questions() -> None:
    """From here on, in this process."""
    for module, names in ASKED.items():
        for name in names:
            setattr(module, name, _once(getattr(module, name)))
