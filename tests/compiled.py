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
_hookless: OrderedDict[ops.Node, None] = OrderedDict()
_HOOKED = (ops.InMemoryTable, ops.ScalarUDF, ops.GeoSpatialUnOp, ops.GeoSpatialBinOp)
"""What Ibis looks for in every expression that is asked, each time through the whole of it."""
_compile, _memtable, _hooks = Backend.compile, ibis.memtable, Backend._run_pre_execute_hooks


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


def _hooked(self: Backend, expr: ir.Expr, /) -> None:
    node = expr.op()
    if node in _hookless and not self._record_batch_readers_consumed:
        return
    _hooks(self, expr)
    if not node.find(_HOOKED):
        _hookless[node] = None
        if len(_hookless) > MOST:
            _hookless.popitem(last=False)


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
    Backend._run_pre_execute_hooks = _hooked
    # two engines are one to an expression; each is asked by itself
    Backend.db_identity = property(lambda _self: "duckdb")
    ibis.memtable = _equal_rows
