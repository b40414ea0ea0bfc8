"""Which column of the source a column of a SELECT comes from, so that a message can name it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb


def origins(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, str]:
    """By column of a SELECT, the one column of the source that its expression reads; others are left out.

    >>> with duckdb.connect() as engine:
    ...     origins(engine, "SELECT trim(Konto) AS customer_id, a + b AS amount, 'x' AS kind, paid FROM items")
    {'customer_id': 'Konto', 'paid': 'paid'}
    """
    try:
        text = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0][0]
    except duckdb.Error:
        return {}
    statements = json.loads(text).get("statements", [])
    found: dict[str, str] = {}
    for expression in statements[0]["node"].get("select_list", ()) if statements else ():
        columns = sorted(set(_columns(expression)))
        alias = expression.get("alias") or (columns[0] if columns else "")
        if len(columns) == 1:
            found[alias] = columns[0]
    return found


def _columns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"][-1]
        else:
            for child in node.values():
                yield from _columns(child)
    elif isinstance(node, list):
        for child in node:
            yield from _columns(child)
