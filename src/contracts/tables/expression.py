"""What an expression of Ibis says, as one digest: where two are equal, Ibis writes both as the same SELECT, in any process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import ibis.expr.operations as ops
from ibis.backends import BaseBackend
from ibis.common.graph import Graph
from ibis.common.grounds import Concrete

_PLAIN = (str, int, float, bytes, Decimal, date, datetime, timedelta, type(None))
"""Values that Python writes in full, each of a kind otherwise than every other."""
_OF_THIS_PROCESS = (ops.InMemoryTable, ops.ScalarParameter, ops.Impure)
"""Rows, parameters and functions (all of a user's are impure to Ibis) that no other process knows by the same name."""


class UnknownPartError(Exception):
    """A part of an expression of which nobody has said how it is read."""


def digest_of(expression: ops.Node) -> str | None:
    """The digest of an expression and of everything it stands on, down to the names, columns and types of the engine's tables.

    A table that is read beside itself has a number, which counts what a process has made before; here they are counted
    from the first of the expression, as the names that Ibis writes for them are.

    Returns:
        None where the expression holds what is of this process alone, or what nobody has thought of here.

    >>> import ibis
    >>> invoices = ibis.table({"amount": "int64"}, name="invoices")
    >>> one, same, other = (invoices.filter(invoices.amount > least).op() for least in (7, 7, 8))
    >>> digest_of(one) == digest_of(same), digest_of(one) == digest_of(other)
    (True, False)
    >>> digest_of(ibis.memtable({"amount": [7]}).op()) is None
    True
    """
    nodes, _ = Graph.from_bfs(expression).toposort()
    reader = _Reader()
    try:
        for node in nodes:
            reader.read(node)
    except UnknownPartError:
        return None
    return reader.done[expression]


class _Reader:
    """Reads the nodes of an expression, each after those it stands on."""

    def __init__(self) -> None:
        self.done: dict[ops.Node, str] = {}
        self._numbers: dict[int | None, int] = {}

    def read(self, node: ops.Node) -> None:
        """Finds the node's digest."""
        if isinstance(node, _OF_THIS_PROCESS):
            raise UnknownPartError
        parts = [self._part(one) for one in node.__args__]
        if isinstance(node, ops.SelfReference):
            number = self._numbers.setdefault(node.identifier, len(self._numbers))
            parts = [self._part(node.parent), str(number)]
        self.done[node] = _sha256([_kind(node), *parts])

    def _part(self, value: Any) -> str:
        if isinstance(value, ops.Node):
            return self.done[value]
        if isinstance(value, _PLAIN):
            return f"{_kind(value)} {value!r}"
        if isinstance(value, Enum):
            return f"{_kind(value)} {value.name}"
        if isinstance(value, BaseBackend):
            return f"engine {value.name}"
        return _sha256([_kind(value), *map(self._part, _members(value))])


def _members(value: Any) -> Iterable[Any]:
    if isinstance(value, tuple):
        return value
    if isinstance(value, Mapping):
        return (one for pair in value.items() for one in pair)
    if isinstance(value, frozenset):  # columns that are dropped, in whatever order Ibis names them
        return sorted(value)
    if isinstance(value, Concrete):  # a type, the columns of a table, the place of a name
        parts: tuple[Any, ...] = value.__args__
        return parts
    raise UnknownPartError


def _kind(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _sha256(parts: list[str]) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
