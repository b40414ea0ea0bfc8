"""SQL that a process has compiled once: hundreds of tests ask the same questions of small books, and compiling is what they cost.

Where an expression equals an earlier one, its SQL is that one's. Rows of this process are equal where their values are.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

MOST = 4_000
"""Expressions that are remembered."""
_compiled: OrderedDict[ops.Node, str] = OrderedDict()
_lent: dict[str, ir.Table] = {}
_compile, _memtable = Backend.compile, ibis.memtable


def _once(self: Backend, expr: ir.Expr, /, **options: Any) -> str:
    if any(value is not None and value is not False for value in options.values()):
        return _compile(self, expr, **options)
    node = expr.op()
    sql = _compiled.get(node)
    if sql is None:
        sql = _compiled[node] = _compile(self, expr)
        if len(_compiled) > MOST:
            _compiled.popitem(last=False)
    else:
        _compiled.move_to_end(node)
    return sql


def _equal_rows(data: Any, /, **options: Any) -> ir.Table:
    if not isinstance(data, pd.DataFrame | dict):
        return _memtable(data, **options)
    rows = pd.DataFrame(data)
    # each value as Python writes it: the day 1 January, its midnight and its text are three
    key = repr((rows.to_dict("list"), list(rows.dtypes), options))
    if key not in _lent:
        _lent[key] = _memtable(data, **options)
    return _lent[key]


def remember() -> None:
    """From here on, in this process."""
    Backend.compile = _once
    # two engines are one to an expression; each is asked by itself
    Backend.db_identity = property(lambda _self: "duckdb")
    ibis.memtable = _equal_rows
