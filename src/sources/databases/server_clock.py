"""What a relation of PostgreSQL asks of the clock and of chance, told by the server's own plan, so that views count too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from contracts.errors import SourceError
from sources.steady import DAY

_CLOCK = {
    "now", "transaction_timestamp", "statement_timestamp", "clock_timestamp", "timeofday", "current_date", "current_time",
    "current_timestamp", "localtime", "localtimestamp", "pg_postmaster_start_time", "pg_conf_load_time",
}  # fmt: skip
_CHANCE = {
    "random", "random_normal", "setseed", "gen_random_uuid", "uuidv4", "uuidv7", "uuid_generate_v1", "uuid_generate_v1mc",
    "uuid_generate_v4", "gen_random_bytes", "gen_salt",
}  # fmt: skip
_STATE = {
    "nextval", "currval", "lastval", "setval", "txid_current", "pg_current_xact_id", "pg_backend_pid",
    "inet_client_port", "pg_current_wal_lsn", "txid_current_snapshot", "pg_current_snapshot",
}  # fmt: skip
_CALL = re.compile(
    r"(?i)\b([a-z_][a-z_0-9]*)\s*\(|\b(current_date|current_time|current_timestamp|localtime|localtimestamp)\b"
)
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_NAMES = re.compile(r'"(?:[^"]|"")*"')
"""A column may be called "now (old)"."""
_WORD = r"'\s*(?:now|today|tomorrow|yesterday)\s*'"
_KIND = r"(?:date|timestamptz|timestamp|timetz|time)\b"
_LITERAL = re.compile(
    rf"(?i){_WORD}\s*::\s*{_KIND}|\b{_KIND}\s*{_WORD}|\bcast\s*\(\s*{_WORD}\s+as\s+{_KIND}"
)
"""The server reads such a text as the day of the run before it plans: of this the plan shows only the day."""


def refuse_unsteady(plan: str, query: str, *, where: str) -> None:
    r"""Refuses a relation that another run would answer otherwise.

    Args:
        plan: what EXPLAIN (VERBOSE, FORMAT JSON) says of it.
        query: as the yaml has it; empty for a table or view.
        where: the relation, for the message.

    Raises:
        SourceError: it asks for the clock, for chance or for the server's own state.

    >>> refuse_unsteady('{"Output": ["id", "\'now()\'::text"]}', "", where="r")
    >>> refuse_unsteady('{"Filter": "(due_on < CURRENT_DATE)"}', "", where="r")
    Traceback (most recent call last):
    contracts.errors.SourceError: A relation asks for the clock: the same database would give other data in another run.
      where: r
      value: current_date
      do:    Write the day itself, such as DATE '2024-12-31', in the query; put a query in place of a view that asks.
    """
    said = "\n".join(_texts(json.loads(plan)))
    shown = _NAMES.sub("", _QUOTED.sub("''", said))
    called = {(one or word).lower() for one, word in _CALL.findall(shown)}
    called |= {"a literal such as 'now'"} if _LITERAL.search(query) else set()
    called |= {"TABLESAMPLE"} if "Sample Scan" in said.splitlines() else set()
    kinds = (
        ("chance", _CHANCE | {"TABLESAMPLE"}, "Choose rows by what they hold, such as WHERE hashtext(id::text) % 100 < 5."),
        (
            "the clock",
            _CLOCK | {"a literal such as 'now'"},
            f"Write the day itself, such as DATE '{DAY}', in the query; put a query in place of a view that asks.",
        ),
        ("the state of the server", _STATE, "Read from the tables alone."),
    )  # fmt: skip
    for kind, names, step in kinds:
        if found := sorted(called & names):
            raise SourceError(
                f"A relation asks for {kind}: the same database would give other data in another run.",
                where=where,
                value=", ".join(found),
                next_step=step,
            )


def _texts(plan: Any) -> Iterator[str]:
    """Every text in a plan."""
    for inner in plan.values() if isinstance(plan, dict) else plan:
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict | list):
            yield from _texts(inner)
