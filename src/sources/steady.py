"""What of a SELECT would say something else tomorrow: the clock, chance, and the engine's own state.

Raw data have to come out the same from the same source, or no run could be repeated and no version explained. So a
mapping may ask for nothing but the source. What the engine calls volatile is taken from its own catalogue, so that
functions of a later version are known too; the syntax tree, not the text, says what a SELECT calls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

from contracts.errors import SourceError

CLOCK, CHANCE, ENGINE = "the clock", "chance", "the engine itself"
WORDS = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp"})  # fmt: skip
"""Called without brackets, unless a column is called so."""
_OF_CLOCK = WORDS | {
    "now", "today", "ago", "get_current_time", "get_current_timestamp", "transaction_timestamp", "current_localtime",
    "current_localtimestamp", "pg_conf_load_time", "pg_postmaster_start_time", "pg_timezone_names",
}  # fmt: skip
_OF_CHANCE = {
    "random", "setseed", "uuid", "uuidv4", "uuidv7", "gen_random_uuid", "reservoir_quantile", "approx_quantile", "approx_top_k",
}  # fmt: skip
_UNSEEN = {"query", "json_execute_serialized_sql"}
"""They run a text that no tree shows."""
_SPARED = {"error", "histogram", "histogram_values"}
"""The first ends the query, always; the others bear the name of an aggregate that is exact."""
SAMPLE = "a sample of rows"
DAY = "2024-12-31"
"""An example of a day, where the portfolio's own is not known."""

_ADVICE = {
    CLOCK: "Write the day itself, such as DATE '{day}': the last one the extract is complete for; a column that is called so is written with "
    "its relation, as t.current_date.",
    CHANCE: "Choose rows by what they hold, which is the same in every run: WHERE md5_number_lower(customer_id) % 100 < 5; a key is "
    "made of columns: md5(concat_ws('/', a, b)); approximate quantiles have exact ones: quantile_cont.",
    ENGINE: "Read from the relations of the source alone, by SQL that stands in the SELECT.",
}


@dataclass(frozen=True, slots=True)
class Call:
    """What a SELECT asks for beside its source, and on which line."""

    name: str
    of: str
    line: int

    def __str__(self) -> str:
        """As it is told; where a sample stands, the tree does not say."""
        return self.name if self.name.startswith(SAMPLE) else f"{self.name} (line {self.line})"


def refuse_unsteady(
    sql: str, *, where: str, day: str, database: duckdb.DuckDBPyConnection | None = None
) -> None:
    """Refuses a SELECT that another run would answer otherwise.

    Args:
        sql: one SELECT.
        where: the file or relation, for the message.
        day: what to write in place of today.
        database: the DuckDB file it reads from, whose views and macros count as well; None for relations of ours.

    Raises:
        SourceError: it asks for the clock, for chance, or for the engine's own state: all of it is named.

    >>> refuse_unsteady("SELECT 1 AS a -- now()", where="a.sql", day="2025-12-31")
    >>> refuse_unsteady("SELECT now()", where="a.sql", day="2025-12-31")
    Traceback (most recent call last):
    contracts.errors.SourceError: A SELECT asks for the clock: the same source would give other data in another run.
      where: a.sql
      value: now (line 1)
      do:    Write the day itself, such as DATE '2025-12-31': the last one the extract is complete for; a column that is called so is written with its relation, as t.current_date.
    """
    views, unsteady = dict[str, str](), dict(_of_the_engine())
    if database is not None:
        views = views_of(database)
        _add_macros(unsteady, database.execute(_MACROS).fetchall())
    calls = _calls(sql, views, unsteady)
    if calls:
        kinds = list(dict.fromkeys(call.of for call in calls))
        raise SourceError(
            f"A SELECT asks for {' and '.join(kinds)}: the same source would give other data in another run.",
            where=where,
            value=", ".join(dict.fromkeys(map(str, calls))),
            next_step=" ".join(_ADVICE[kind].format(day=day) for kind in kinds),
        )


def views_of(database: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The views of a DuckDB file by name, each as it was created."""
    return {str(name).lower(): str(text) for name, text in database.execute(_VIEWS).fetchall()}


_VIEWS = "SELECT view_name, sql FROM duckdb_views() WHERE NOT internal"
_MACROS = "SELECT lower(function_name), macro_definition FROM duckdb_functions() WHERE NOT internal AND macro_definition IS NOT NULL"
_BUILT_IN = """SELECT DISTINCT lower(function_name), stability NOT IN ('CONSISTENT'), function_type LIKE 'table%', macro_definition
    FROM duckdb_functions() WHERE internal"""


def _calls(sql: str, views: dict[str, str], unsteady: Mapping[str, str]) -> list[Call]:
    tree = tree_of(sql)
    calls = list(_found(tree, sql, unsteady))
    for name in {str(one.get("table_name", "")).lower() for one in nodes_of(tree)} & set(views):
        text = select_in(views.pop(name))
        calls += [Call(f"{one.name} in the view {name}", one.of, one.line) for one in _calls(text, views, unsteady)]  # fmt: skip
    return calls


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """An engine without data, which only reads SQL: to open one takes longer than to ask it."""
    return duckdb.connect()


@cache
def _of_the_engine() -> Mapping[str, str]:
    """By name of a function of the engine, what it asks for."""
    with _engine().cursor() as engine:
        rows = engine.execute(_BUILT_IN).fetchall()
    names = {name for name, is_volatile, _, _ in rows if is_volatile}
    names |= {name for name, _, is_table, _ in rows if is_table and name.startswith(("duckdb_", "pragma_"))}  # fmt: skip
    found = {name: _kind(name) for name in (names | _OF_CLOCK | _OF_CHANCE | _UNSEEN) - _SPARED}
    _add_macros(found, [(name, text) for name, _, _, text in rows if text])
    return found


def _add_macros(unsteady: dict[str, str], macros: Sequence[tuple[str, str]]) -> None:
    """A macro that calls what is unsteady is unsteady itself, and so is one that calls that macro."""
    left = {name: text for name, text in macros if name not in unsteady and name not in _SPARED}
    while True:
        asks = {name: _asked(text, unsteady) for name, text in left.items()}
        new = {name: of for name, of in asks.items() if of}
        if not new:
            return
        unsteady |= new
        left = {name: text for name, text in left.items() if name not in new}


def _asked(macro: str, unsteady: Mapping[str, str]) -> str | None:
    names = set(re.findall(r"[a-z_0-9]+", macro.lower()))
    if not names & {*unsteady, "age", "sample", "tablesample"}:
        return None  # most ask for none: a tree takes its time
    is_whole = re.match(r"(?i)[\s(]*(?:select|from|with|values)\b", macro)
    select = macro if is_whole else f"SELECT {macro}"
    try:
        return next((call.of for call in _found(tree_of(select), select, unsteady)), None)
    except duckdb.Error:
        return ENGINE  # what cannot be taken apart is not known to be steady


def select_in(view: str) -> str:
    """The SELECT of a CREATE VIEW, whose name and columns may hold an AS of their own."""
    for found in re.finditer(r"(?i)\bAS\b", view):
        with suppress(duckdb.Error):
            if [one.type for one in duckdb.extract_statements(view[found.end() :])] == [duckdb.StatementType.SELECT]:  # fmt: skip
                return view[found.end() :]
    return view


def _kind(name: str) -> str:
    return CLOCK if name in _OF_CLOCK else CHANCE if name in _OF_CHANCE else ENGINE


def tree_of(sql: str) -> Any:
    """The syntax tree of a SELECT. Raises duckdb.Error where it is none."""
    with _engine().cursor() as engine:
        text = engine.execute("SELECT json_serialize_sql($sql)", {"sql": sql}).fetchall()[0][0]
    try:
        tree = json.loads(text)
    except RecursionError as error:
        raise duckdb.ParserException("The SELECT is nested too deeply.") from error
    if tree.get("error"):
        raise duckdb.NotImplementedException(str(tree.get("error_message")))
    return tree


def nodes_of(tree: Any) -> Iterator[dict[str, Any]]:
    """Every part of a syntax tree; without recursion, for a SELECT may be nested deeply."""
    left = [tree]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield one
            left += one.values()
        elif isinstance(one, list):
            left += one


def _found(tree: Any, sql: str, unsteady: Mapping[str, str]) -> Iterator[Call]:
    for node in nodes_of(tree):
        line = sql.encode()[: int(node.get("query_location") or 0)].count(b"\n") + 1
        name = str(node.get("function_name") or "").lower()
        columns = node.get("column_names") if node.get("class") == "COLUMN_REF" else None
        if name in unsteady:
            yield Call(name, unsteady[name], line)
        elif name == "age" and len(node.get("arguments") or ()) == 1:
            yield Call("age of one day, which is until today", CLOCK, line)
        elif columns and len(columns) == 1 and str(columns[0]).lower() in WORDS:
            yield Call(str(columns[0]).lower(), CLOCK, line)
        if isinstance(node.get("sample"), dict):
            yield Call(SAMPLE, CHANCE, line)
