"""Which SELECTs hang on the order in which they see rows: those run on one thread, or every run would say something else.

The first of a group, a sum of numbers with a binary point, the row that wins a tie: several threads meet rows in another order each
time. On one thread the engine keeps the source's own order, whatever the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from contracts.config.engine import EngineConfig
from contracts.files import read_text
from sources.steady import nodes_of, select_in, tree_of, views_of

EXACT = frozenset({"count", "count_star", "count_if", "min", "max", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor", "median", "quantile_cont", "quantile_disc"})  # fmt: skip
"""Aggregates that say the same of the same rows in any order, whatever their type."""
_TIED = frozenset({"LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER"})
_JOINS = frozenset({"ASOF", "POSITIONAL"})


def engine_for(config: EngineConfig, folder: Path) -> EngineConfig:
    """The engine for a portfolio's SELECTs: as configured, or on one thread where one of them needs it.

    Args:
        config: of the project.
        folder: holds the SELECTs.
    """
    texts = (read_text(path) for path in sorted(folder.glob("*.sql")))
    return config.model_copy(update={"threads": 1}) if any(map(hangs_on_order, texts)) else config


def hangs_on_order(sql: str, database: duckdb.DuckDBPyConnection | None = None) -> bool:
    """Whether a SELECT, or a view it reads, hangs on the order of rows. One that cannot be taken apart is refused elsewhere.

    Args:
        sql: one SELECT.
        database: the DuckDB file it reads from, whose views count as well; None for relations of ours.

    >>> hangs_on_order("SELECT client, max(paid), count(*) FROM items GROUP BY client")
    False
    >>> hangs_on_order("SELECT client, first(paid) FROM items GROUP BY client"), hangs_on_order("SELECT DISTINCT ON (a) a, b FROM t")
    (True, True)
    """
    return _is_bound(sql, {} if database is None else views_of(database))


def _is_bound(sql: str, views: Mapping[str, str]) -> bool:
    try:
        tree = tree_of(sql)
    except duckdb.Error:
        return False
    names = {str(one.get("table_name", "")).lower() for one in nodes_of(tree)} & set(views)
    left = {name: text for name, text in views.items() if name not in names}
    return any(map(_decides_by_order, nodes_of(tree))) or any(
        _is_bound(select_in(views[name]), left) for name in names
    )


def _decides_by_order(node: Mapping[str, Any]) -> bool:
    name = str(node.get("function_name") or "").lower()
    return (
        node.get("class") == "WINDOW"
        or (name in _aggregates() and name not in EXACT)
        or bool(node.get("distinct_on_targets"))
        or node.get("type") in _TIED
        or node.get("ref_type") in _JOINS
    )


@cache
def _aggregates() -> frozenset[str]:
    with duckdb.connect() as engine:
        rows = engine.execute("SELECT lower(function_name) FROM duckdb_functions() WHERE function_type = 'aggregate'").fetchall()  # fmt: skip
    return frozenset(str(name) for (name,) in rows)
