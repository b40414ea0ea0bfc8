"""Reading PostgreSQL: every relation from one read-only snapshot, streamed, with types that lose nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_manager
import pyarrow as pa
from adbc_driver_manager import dbapi as adbc
from adbc_driver_postgresql import dbapi as postgresql

from contracts.config.source import DatabaseSource, Relation
from contracts.duck import literal, quoted, too_long
from contracts.errors import SourceError
from contracts.tables.store import write_batches
from sources.databases.address import Address
from sources.databases.server_clock import refuse_unsteady
from sources.databases.servertypes import ColumnPlan, converted, plan
from sources.names import check_names, near

# The hash of a row is that of its text: these settings fix how the server writes it.
_SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
)


def _milliseconds(source: DatabaseSource) -> int:
    return int(60_000 * source.select_minutes)


def _limit(source: DatabaseSource) -> str:
    """The portfolio's time limit, unless the server or the user has a shorter one."""
    most = _milliseconds(source)
    return (
        "SELECT set_config('statement_timeout', "  # noqa: S608 - a number of ours
        f"CASE WHEN setting::bigint BETWEEN 1 AND {most} THEN setting ELSE '{most}' END, true) "
        "FROM pg_settings WHERE name = 'statement_timeout'"
    )


_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname NOT LIKE 'pg_toast%' AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An open read-only transaction: all that is read through it is of one moment."""

    connection: adbc.Connection
    address: Address
    source: DatabaseSource

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a small query."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def fact(self, key: str, where: str | None = None) -> dict[str, Any]:
        """Row count of a relation, and a hash of its rows that does not depend on their order."""
        sql = (
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text "  # noqa: S608 - quoted
            f"FROM {_relation(self.source.relations[key], where)} AS t"
        )
        with self._readable(key):
            self._refuse_unsteady(key)
            rows, digest = self.rows(sql)[0]
        return {"rows": int(rows), "hash": str(digest)}

    def write(self, key: str, path: Path, where: str | None = None) -> int:
        """Streams a relation to Parquet and returns its rows; `where` is SQL that keeps some of them."""
        relation = _relation(self.source.relations[key], where)
        shown = place(self.source, key)
        with self.connection.cursor() as cursor:
            with self._readable(key):
                self._refuse_unsteady(key)
                columns = self._plan(key, relation)
                chosen = ", ".join(one.select for one in columns)
                cursor.execute(f"SELECT {chosen} FROM {relation} AS t")  # noqa: S608 - names are quoted
                reader = cursor.fetch_record_batch()
            schema = pa.schema([pa.field(one.name, one.type) for one in columns])
            batches = (converted(one, columns, shown) for one in self._batches(reader, key))
            return write_batches(batches, path, schema)

    def _refuse_unsteady(self, key: str) -> None:
        relation = self.source.relations[key]
        sql = f"EXPLAIN (VERBOSE, FORMAT JSON) SELECT * FROM {_relation(relation, None)} AS t"  # noqa: S608 - quoted
        with self.connection.cursor() as cursor:
            cursor.adbc_statement.set_options(
                **{"adbc.postgresql.use_copy": "false"}
            )  # no plan comes by COPY
            cursor.execute(sql)
            plan = str(cursor.fetchall()[0][0])
        refuse_unsteady(plan, relation.query or "", where=place(self.source, key))

    def _plan(self, key: str, relation: str) -> list[ColumnPlan]:
        with self.connection.cursor() as cursor:
            schema = cursor.adbc_execute_schema(f"SELECT * FROM {relation} AS t")  # noqa: S608 - names are quoted
        check_names(schema.names, place(self.source, key))
        return [plan(field) for field in schema]

    def _batches(self, reader: pa.RecordBatchReader, key: str) -> Iterator[pa.RecordBatch]:
        while True:
            with self._readable(key):
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    return
            yield batch

    @contextmanager
    def _readable(self, key: str) -> Iterator[None]:
        """Errors of the server and of the connection as ones a user can act on."""
        try:
            yield
        except (adbc_driver_manager.Error, OSError, pa.ArrowException) as error:
            raise self._refused(error, key) from None  # the driver's own text may hold the URL

    def _refused(self, error: Exception, key: str) -> SourceError:
        text = self.address.without_secrets(_short(str(error)))
        state = getattr(error, "sqlstate", None)
        relation = self.source.relations[key]
        where = place(self.source, key)
        if state is None and re.search(r"(?i)connection|COPY|SSL|socket|server", text):
            return SourceError(
                "The connection to the database broke while a table was read.",
                where=f"{where} at {self.address.shown}",
                value=text,
                next_step="Nothing was kept. Run again; if it happens again, ask who runs the server "
                "whether it restarted or cancels long reads.",
            )
        if "statement timeout" in text:  # a stream of rows brings no state
            state = "57014"
        if state == "57014" and self.is_limit_ours():
            return too_long(self.source.select_minutes, where=where)
        if state == "42P01":
            step = near(relation.table or "", self._tables(), "Tables")
            return SourceError("The table is absent.", where=where, value=text, next_step=step)
        if state == "42501":
            step = f"Ask for GRANT SELECT (and USAGE on the schema) for the user of {self.address.variable}."
            return SourceError(
                "The database denies access.", where=where, value=text, next_step=step
            )
        what, step = _STATES.get(state or "", _OTHER)
        return SourceError(what, where=where, value=text, next_step=step)

    def is_limit_ours(self) -> bool:
        """Whether the time limit is the portfolio's, and not a shorter one of the server or the user."""
        with suppress(adbc_driver_manager.Error):
            self.connection.rollback()
            with self.connection.cursor() as cursor:
                cursor.execute(_limit(self.source))
            kept = self.rows("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")
            return str(kept[0][0]) == str(_milliseconds(self.source))
        return True

    def _tables(self) -> list[str]:
        with suppress(adbc_driver_manager.Error):
            self.connection.rollback()
            return [str(row[0]).replace('"', "") for row in self.rows(_TABLES)]
        return []


_STATES = {
    "42601": (
        "The query is not one SELECT the server understands.",
        "Correct the query in the portfolio's yaml; it is one SELECT in the server's own dialect.",
    ),
    "42703": ("A column of the query is absent.", "Correct the name in the query."),
    "57014": (
        "The server cancelled the read.",
        "Ask for a longer statement_timeout for this user, or read fewer rows with a query.",
    ),
    "40001": (
        "The server (a standby) cancelled the snapshot.",
        "Run again, or read from the primary server.",
    ),
}
_OTHER = (
    "The database could not read the relation.",
    "Correct the relation in the portfolio's yaml, or ask who runs the server.",
)


def place(source: DatabaseSource, key: str) -> str:
    """Where in the yaml a relation stands."""
    relation = source.relations[key]
    what = f"table {relation.table}" if relation.table else "query"
    return f"source > relations > {key} ({what})"


def _relation(relation: Relation, where: str | None) -> str:
    if relation.table is not None:
        inner = ".".join(quoted(part) for part in relation.table.split("."))
        if where is None:
            return inner
        inner = f"SELECT * FROM {inner}"  # noqa: S608 - names are quoted
    else:
        inner = str(relation.query).strip().rstrip(";")
        if where is not None:
            inner = f"SELECT * FROM (\n{inner}\n) AS q"  # noqa: S608 - the user's own SELECT
    condition = f" WHERE {where}" if where is not None else ""
    return f"(\n{inner}\n{condition})"  # a query may end in a comment: hence the line break


@contextmanager
def snapshot(source: DatabaseSource, address: Address) -> Iterator[Snapshot]:
    """Connects and opens one read-only, repeatable-read transaction.

    Raises:
        SourceError: the host cannot be reached, or the server refuses user, password or database.
    """
    try:
        connection = postgresql.connect(address.patient_url())
    except adbc_driver_manager.Error as error:
        raise _not_connected(error, address) from None  # the driver's own text may hold the URL
    opened = Snapshot(connection, address, source)
    try:
        for setting in (*_SETTINGS, _limit(source)):
            with connection.cursor() as cursor:
                cursor.execute(setting)
        yield opened
    finally:
        for end in (connection.rollback, connection.close):
            with suppress(adbc_driver_manager.Error):  # the server may be gone
                end()


def _not_connected(error: Exception, address: Address) -> SourceError:
    text = address.without_secrets(_short(str(error)))
    if "password authentication failed" in text or "no password supplied" in text:
        what = "The database refuses the user or the password."
        step = f"Correct user and password in {address.variable}; special characters percent-encoded (@ as %40)."
    elif re.search(r'database ".*" does not exist', text):
        what = "The database is absent."
        step = near(address.shown.partition("/")[2], _databases(address), "Databases")
    elif "FATAL" in str(error):
        what = "The database server refuses the connection."
        step = f"Correct {address.variable}, or ask who runs the server."
    else:
        what = "The database server cannot be reached."
        step = f"Check host and port in {address.variable}, that the server runs, and the network (VPN, firewall)."
    return SourceError(what, where=f"{address.shown} (from {address.variable})", value=text, next_step=step)  # fmt: skip


def _databases(address: Address) -> list[str]:
    """Databases the same user can see from the one that is always there."""
    name = address.shown.partition("/")[2]
    url = address.patient_url().replace(f"/{name}?", "/postgres?", 1)
    with (
        suppress(adbc_driver_manager.Error),
        postgresql.connect(url) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT datname FROM pg_database WHERE NOT datistemplate")
        return [str(row[0]) for row in cursor.fetchall()]
    return []


def _short(text: str) -> str:
    """What the server said, without the driver's words around it.

    >>> _short('NOT_FOUND: Failed to prepare query: ERROR:  relation "x" does not exist. SQLSTATE: 42P01')
    'relation "x" does not exist'
    """
    text = text.partition("Query was:")[0]
    text = re.split(r"(?:ERROR|FATAL):\s+", text)[-1]
    text = re.sub(r"^(?:[A-Z_]+: )?(?:\[libpq\] )?(?:Failed to connect: )?", "", text)
    text = re.split(r"\nLINE \d+:| SQLSTATE:", text)[0]
    return " ".join(text.split()).strip(" .")


def increment(column: str, since: str) -> str:
    """The condition that keeps rows changed on or after a day, or at no known time: nothing is lost.

    >>> print(increment("changed_at", "2025-01-31"))
    ("changed_at" >= '2025-01-31' OR "changed_at" IS NULL)
    """
    name = quoted(column)
    return f"({name} >= {literal(since)} OR {name} IS NULL)"
