"""Copies of customers' documents as known before a day, each with other bookings on the last day that is known.

Each copy is a customer of its own to the engine, so that many are computed in one pass. A copy changes nothing but its own
customer's documents; its master record stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from contracts.booked import Booked
from contracts.config.attributes import AttributeConfig
from contracts.duck import literal, quoted
from contracts.tables.kept import kept_as, like
from contracts.tables.raw import tables_with
from contracts.tables.spec import ARROW_TYPES, Kind, Table

OF_INVOICES = ("payments", "disputes")
"""Tables whose rows name an invoice."""
MONEY = ARROW_TYPES[Kind.MONEY]


@contextmanager
def copies(
    con: Backend,
    tables: Mapping[str, ir.Table],
    asked: Sequence[Booked],
    as_of: date,
    attributes: Sequence[AttributeConfig] = (),
) -> Iterator[tuple[dict[str, ir.Table], list[str]]]:
    """The tables that hold the copies alone, and the customer_id of each copy, in the order asked; dropped afterwards.

    Args:
        con: DuckDB, which holds the tables.
        tables: raw tables by name, with the columns of their contract.
        asked: what is booked in each.
        as_of: the day of decision; what was known later is not copied.
        attributes: the columns that the portfolio declares.
    """
    ids = [f"copy {number:07d}" for number in range(len(asked))]
    made = [*_registered(con, asked, ids)]
    contracts = tables_with(attributes)
    found = {}
    for name in sorted(
        tables, key=lambda one: one in OF_INVOICES
    ):  # invoices before what names them
        rows = tables[name]
        con.raw_sql(f"CREATE TEMP VIEW {quoted(f'own {name}')} AS {con.compile(rows)}")
        made.append(f"VIEW {quoted(f'own {name}')}")
        sql = _copied(contracts[name], as_of, has_invoices="invoices" in tables)
        found[name] = kept_as(con, f"copied {name}", like(con, rows, sql))
        made.append(f"TABLE {quoted(f'copied {name}')}")
    try:
        yield found, ids
    finally:
        for one in reversed(made):
            con.raw_sql(f"DROP {one}")


def _registered(con: Backend, asked: Sequence[Booked], ids: Sequence[str]) -> Iterator[str]:
    """What is booked, as tables of the engine: `copies`, and one for each kind of booking."""
    pairs = list(zip(ids, asked, strict=True))
    text = pa.string()
    own: dict[str, tuple[list[tuple[Any, ...]], pa.Schema]] = {
        "copies": (
            [(one, change.customer_id) for one, change in pairs],
            pa.schema({"copy": text, "customer_id": text}),
        ),
        "booked payments": (
            [(one, key, amount) for one, change in pairs for key, amount in change.paid.items()],
            pa.schema({"copy": text, "invoice_id": text, "amount": MONEY}),
        ),
        "booked disputes": (
            [(one, key) for one, change in pairs for key in change.settled],
            pa.schema({"copy": text, "invoice_id": text}),
        ),
        "booked events": (
            [(one, str(change.plan_until)) for one, change in pairs if change.plan_until],
            pa.schema({"copy": text, "until": text}),
        ),
        "booked financials": (
            [(one, change.statement) for one, change in pairs if change.statement],
            pa.schema({"copy": text, "period_end": pa.date32()}),
        ),
    }
    for name, (rows, schema) in own.items():
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
        arrays = [pa.array(list(column), one.type) for column, one in zip(columns, schema, strict=True)]  # fmt: skip
        con.con.register("lent copies", pa.table(arrays, schema=schema))
        con.raw_sql(f'CREATE TEMP TABLE {quoted(name)} AS SELECT * FROM "lent copies"')  # noqa: S608 - names of ours
        con.con.unregister("lent copies")
        yield f"TABLE {quoted(name)}"


def _copied(table: Table, as_of: date, *, has_invoices: bool) -> str:
    """The rows of a table in every copy, with what is booked there."""
    name, columns = table.name, table.column_names
    known = f"t.{table.known} < DATE {literal(as_of.isoformat())}" if table.known else "true"
    if "customer_id" not in columns and name not in OF_INVOICES:
        return f"SELECT * FROM {quoted(f'own {name}')}"  # noqa: S608 - names of ours: rates belong to nobody
    own = {one: f"t.{quoted(one)}" for one in columns}
    if "customer_id" in own:
        own["customer_id"] = "c.copy"
    for one in ("invoice_id", "credits"):
        if one in own:
            own[one] = f"c.copy || ' ' || t.{one}"
    if name == "events":
        own["event_id"] = "c.copy || ' ' || t.event_id"
    if name == "disputes":
        own["closed_on"] = "CASE WHEN b.copy IS NOT NULL AND (t.closed_on IS NULL OR t.closed_on > $day) THEN greatest(t.opened_on, $day) ELSE t.closed_on END"  # fmt: skip
    day = f"DATE {literal((as_of - timedelta(days=1)).isoformat())}"
    rows = f"SELECT {_listed(own)} FROM {quoted(f'own {name}')} t {_whose(name, has_invoices)} WHERE {known}"  # noqa: S608
    return (rows + _booked(table)).replace("$day", day).replace("$known", known)


def _whose(name: str, has_invoices: bool) -> str:  # noqa: FBT001 - one caller
    if name not in OF_INVOICES:
        return "JOIN copies c ON c.customer_id = t.customer_id"
    if not has_invoices:
        return "JOIN copies c ON false"
    owner = 'LEFT JOIN "own invoices" i ON i.invoice_id = t.invoice_id'
    if name == "payments":
        return f"{owner} JOIN copies c ON c.customer_id = coalesce(i.customer_id, CASE WHEN t.invoice_id IS NULL THEN t.customer_id END)"  # fmt: skip
    booked = '"booked disputes" b ON b.copy = c.copy AND b.invoice_id = t.invoice_id'
    return f"{owner} JOIN copies c ON c.customer_id = i.customer_id LEFT JOIN {booked}"


def _booked(table: Table) -> str:
    """What is booked in the table, as rows to be added."""
    own = dict.fromkeys(table.column_names, "NULL")
    if table.name == "payments":
        own |= {
            "payment_id": "b.copy",
            "invoice_id": "b.copy || ' ' || b.invoice_id",
            "amount": "b.amount",
        }
        own |= {"paid_on": "$day", "booked_at": "$day", "kind": "'payment'"}
        return f' UNION ALL SELECT {_listed(own)} FROM "booked payments" b'  # noqa: S608
    if table.name == "events":
        own |= {
            "event_id": "b.copy",
            "customer_id": "b.copy",
            "occurred_on": "$day",
            "known_on": "$day",
        }
        own |= {"kind": "'payment_plan'", "detail": "b.until"}
        return f' UNION ALL SELECT {_listed(own)} FROM "booked events" b'  # noqa: S608
    if table.name == "financials":
        own = {one: f"t.{quoted(one)}" for one in table.column_names}
        own |= {"customer_id": "b.copy", "period_end": "b.period_end", "published_on": "$day"}
        return f"""
 UNION ALL SELECT {_listed(own)} FROM "own financials" t JOIN copies c ON c.customer_id = t.customer_id
JOIN "booked financials" b ON b.copy = c.copy WHERE $known
QUALIFY row_number() OVER (PARTITION BY b.copy ORDER BY t.period_end DESC, t.published_on DESC) = 1"""  # noqa: S608
    return ""


def _listed(own: Mapping[str, str]) -> str:
    return ", ".join(f"{value} AS {quoted(name)}" for name, value in own.items())
