"""SQL that is compiled once: hundreds of tests ask the same questions of small books, and compiling is what they cost.

Where an expression says what an earlier one said (`contracts.tables.expression`), its SQL is that one's: of this process, of
the one beside it, or of the last run. Rows of this process are equal where their values are.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
from ibis.backends.duckdb import Backend

from contracts.tables import expression
from contracts.tables.programs import digest, libraries

MOST = 4_000
"""Expressions that a process remembers."""
MOST_KEPT = 20_000
"""Expressions that are kept between runs; above it all are compiled again."""
SHELF = Path(__file__).parents[1] / ".pytest_cache" / "selects"
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
        sql = _compiled[node] = kept(expression.digest_of(node), lambda: _compile(self, expr))
        if len(_compiled) > MOST:
            _compiled.popitem(last=False)
    else:
        _compiled.move_to_end(node)
    return sql


def kept(said: str | None, write: Callable[[], str]) -> str:
    """The SQL that is kept for what an expression says, whole; written and kept where there is none."""
    if said is None:
        return write()
    file = _shelf() / said
    with suppress(
        OSError, ValueError
    ):  # as bytes: read as text, a carriage return in a pattern is a line's end
        head, _, body = file.read_bytes().partition(b"\n")
        if head == _sha256(body):
            return body.decode()
    sql = write()
    body = sql.encode()
    partial = file.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        partial.write_bytes(_sha256(body) + b"\n" + body)
        partial.replace(file)
    return sql


@cache
def _shelf() -> Path:
    """The folder of the libraries that compile, and of the code that says what an expression says; others go."""
    code = Path(expression.__file__).read_bytes()
    folder = SHELF / digest([*(one.encode() for one in libraries()), code])[:16]
    with suppress(OSError):
        for old in SHELF.glob("*"):
            if old != folder or sum(1 for _ in old.iterdir()) > MOST_KEPT:
                shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


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
