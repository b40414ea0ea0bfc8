"""Striking faults: a folder of raw tables in, a soiled copy out, with a record of every value that was changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from contracts.errors import ConfigError
from contracts.files import whole_folder
from contracts.tables.raw import RAW_TABLES
from contracts.tables.spec import SQL_TYPES, Table
from contracts.tables.store import table_paths, write_arrow
from quality.faults.book import contracts_of, opened, write
from quality.faults.fault import Claim, Deed, DirtError, Fault, Sheet, Strike
from quality.faults.mojibake import misread
from quality.faults.sql import DRAWN, LOT, PREFERRED, ROW, WHOLE, key_text, literal, quoted

RECORD = "struck.parquet"
"""Name of the file beside the soiled tables that says what was done."""


@dataclass(frozen=True, slots=True)
class Order:
    """One fault to strike: at which table, and which share of its rows, (0, 1]."""

    fault: Fault
    table: str
    share: float


@dataclass(frozen=True, slots=True)
class Struck:
    """What a fault has done.

    Attributes:
        fault: its name.
        table: the table it struck.
        claim: who should catch it.
        deed: whether rows were changed, added or removed.
        rows: the struck rows as they are delivered now, in key order; the rows that are gone where removed.
        record: one row per value changed, or per row added or removed: fault, table, deed, key, column, was,
            now, rule, shown_on. `key` is the row's key now; all values are text.
        origins: keys of the rows that were struck, as they were.
    """

    fault: str
    table: str
    claim: Claim
    deed: Deed
    rows: pa.Table
    record: pa.Table
    origins: pa.ChunkedArray

    @property
    def n_rows(self) -> int:
        """How many rows it struck."""
        return int(self.rows.num_rows)


def apply(fault: Fault, table: str, share: float, seed: int, raw: Path, out: Path) -> Struck:
    """Strikes one fault at one table. See `soil`."""
    return soil(raw, out, [Order(fault, table, share)], seed)[0]


def soil(raw: Path, out: Path, orders: Sequence[Order], seed: int) -> tuple[Struck, ...]:
    """Strikes faults one after the other at a copy of the raw tables; no row is struck twice.

    Rows are chosen by the hash of seed, fault and key: the same on any engine and number of threads.
    The number struck is share x rows of the table, rounded, and at least one.

    Args:
        raw: `<table>.parquet` by contract, left as they are.
        out: the folder of the soiled copy, replaced whole. Tables not struck are linked, not copied.
            `struck.parquet` there says what was done.
        orders: what to strike.
        seed: another seed strikes other rows.

    Raises:
        ConfigError: a fault does not strike that table, the table is not delivered, or the share is not in (0, 1].
        DirtError: there are no raw tables, or fewer rows that the fault can strike.
    """
    for order in orders:
        _check(order, raw)
    with whole_folder(out) as folder:
        for path in table_paths(raw, RAW_TABLES).values():
            _link(path, folder / path.name)
        struck: list[Struck] = []
        for order in orders:
            before = [one for one in struck if one.table == order.table]
            struck.append(_strike(order, seed, folder, before))
        write_arrow(pa.concat_tables(one.record for one in struck), folder / RECORD)
    return tuple(struck)


def _check(order: Order, raw: Path) -> None:
    fault, place = order.fault, f"fault {order.fault.name}"
    if order.table not in fault.claims:
        raise ConfigError.from_unknown("table", order.table, fault.claims, where=place)
    if not (raw / f"{order.table}.parquet").is_file():
        raise ConfigError(
            f"The portfolio delivers no {order.table}.",
            where=place,
            next_step=f"Choose another table: {', '.join(fault.claims)}.",
        )
    if not 0 < order.share <= 1:
        raise ConfigError(
            "A fault strikes a share of rows above 0 and at most 1.",
            where=place,
            value=order.share,
            next_step="Give a share such as 0.01 for one row in a hundred.",
        )


def _link(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy)
    except OSError:  # another file system, or one without links
        shutil.copyfile(path, copy)


def _strike(order: Order, seed: int, folder: Path, before: Iterable[Struck]) -> Struck:
    contracts = contracts_of(folder)
    contract = contracts[order.table]
    with opened(folder) as connection:
        connection.create_function("misread", misread, ["VARCHAR"], "VARCHAR")
        strike = order.fault.strike(Sheet(contract, frozenset(contracts)))
        _lots(connection, order, seed, folder, before, contract)
        _choose(connection, order, strike, contract)
        _spread(connection, strike, contract)
        claim = order.fault.claims[order.table]
        struck = Struck(
            order.fault.name,
            order.table,
            claim,
            strike.deed,
            connection.table("soiled rows").to_arrow_table().select(contract.column_names),
            _record(connection, order, strike, contract),
            connection.sql(f"SELECT {key_text(contract, 's')} AS key FROM struck AS s")  # noqa: S608 - names are quoted
            .to_arrow_table()
            .column("key"),
        )
        write(connection, "soiled", contract, folder / f"{order.table}.parquet")
    return struck


def _lots(
    connection: duckdb.DuckDBPyConnection,
    order: Order,
    seed: int,
    folder: Path,
    before: Iterable[Struck],
    contract: Table,
) -> None:
    """`rows`: the table with its rows' numbers, lots and dice; `spared`: keys struck before."""
    lot = f"md5({literal(f'{seed}/{order.fault.name}/')} || {key_text(contract, 'r')})"
    path = literal(str(folder / f"{order.table}.parquet"))
    # The die comes from other digits than those that order the lots, or small dice would be struck.
    connection.execute(
        f"CREATE TABLE rows AS SELECT r.* EXCLUDE file_row_number, file_row_number AS {ROW}, {lot} AS {LOT}, "  # noqa: S608 - names are quoted
        f"CAST('0x' || substr({LOT}, 17, 7) AS BIGINT) AS \".die\" "
        f"FROM read_parquet({path}, file_row_number = true) AS r"
    )
    connection.execute("CREATE TABLE spared (key VARCHAR)")
    # A copy under a new key spares its original too: it would no longer be a copy.
    for one in before:
        for key in (one.record["key"], one.origins):
            connection.register("struck keys", pa.table({"key": key}))
            connection.execute('INSERT INTO spared SELECT DISTINCT key FROM "struck keys"')
            connection.unregister("struck keys")


def _choose(
    connection: duckdb.DuckDBPyConnection, order: Order, strike: Strike, contract: Table
) -> None:
    """`struck`: number and new values of the rows struck.

    Raises:
        DirtError: there are not enough rows.
    """
    values = {
        column.name: f"CAST({strike.values[column.name]} AS {SQL_TYPES[column.kind]})"
        for column in contract.columns
        if column.name in strike.values
    }
    new = "".join(f", {value} AS {quoted(f'new {name}')}" for name, value in values.items())
    changed = " OR ".join(
        f"{quoted(f'new {name}')} IS DISTINCT FROM {quoted(name)}" for name in values
    )
    connection.execute(
        f"CREATE TABLE candidates AS SELECT r.{ROW}, r.{LOT}, ({strike.prefers}) AS {PREFERRED}, "  # noqa: S608 - written in this package
        f"{strike.whole or f'r.{ROW}'} AS {WHOLE}, {', '.join(f'r.{quoted(n)}' for n in contract.column_names)}{new} "
        f"FROM rows AS r {strike.joins} WHERE ({strike.where}) "
        f"AND {key_text(contract, 'r')} NOT IN (FROM spared)"
    )
    if changed:
        connection.execute(f"DELETE FROM candidates WHERE NOT ({changed})")  # noqa: S608 - names are quoted
    n_struck, n_can = _number(connection, order, strike)
    if n_can < n_struck:
        raise _too_few(order, n_struck, n_can)
    connection.execute(
        f"CREATE TABLE struck AS SELECT * EXCLUDE ({PREFERRED}, {WHOLE}, {DRAWN}) FROM candidates "  # noqa: S608 - a number
        f"JOIN (SELECT {WHOLE} AS {DRAWN} FROM candidates GROUP BY {WHOLE} "
        f"ORDER BY bool_or({PREFERRED}) DESC, min({LOT}), min({ROW}) LIMIT {n_struck}) ON {WHOLE} = {DRAWN}"
    )


def _number(connection: duckdb.DuckDBPyConnection, order: Order, strike: Strike) -> tuple[int, int]:
    """How many rows (or months ...) are to be struck, and how many can be."""
    unit = strike.whole or f"r.{ROW}"
    counts = f"(SELECT count(DISTINCT {unit}) FROM rows AS r), (SELECT count(DISTINCT {WHOLE}) FROM candidates)"  # noqa: S608 - written in this package
    n_units, n_can = connection.execute(f"SELECT {counts}").fetchall()[0]
    return max(1, round(order.share * n_units)), n_can


def _too_few(order: Order, n_struck: int, n_can: int) -> DirtError:
    return DirtError(
        f"{order.fault.name} is to strike {n_struck} times, and can {n_can} times.",
        where=f"{order.table} (share {order.share:g})",
        value=order.fault.note or None,
        next_step="Give a smaller share." if n_can else "Choose another fault or table.",
    )


def _spread(connection: duckdb.DuckDBPyConnection, strike: Strike, contract: Table) -> None:
    """`soiled rows`: the rows struck as they are now; `soiled`: the whole table."""
    names = [quoted(name) for name in contract.column_names]
    now = [
        f"{quoted(f'new {name}') if name in strike.values else quoted(name)} AS {quoted(name)}"
        for name in contract.column_names
    ]
    order = ", ".join([quoted(name) for name in contract.grain] + [ROW])
    connection.execute(
        f'CREATE TABLE "soiled rows" AS SELECT {", ".join(now)}, {ROW} FROM struck ORDER BY {order}'  # noqa: S608 - names are quoted
    )
    listed = ", ".join(names)
    kept = f"SELECT {listed} FROM rows"  # noqa: S608 - names are quoted
    if strike.deed is not Deed.ADDED:
        kept += f" ANTI JOIN struck USING ({ROW})"
    added = "" if strike.deed is Deed.REMOVED else f' UNION ALL SELECT {listed} FROM "soiled rows"'  # noqa: S608 - names are quoted
    connection.execute(f"CREATE VIEW soiled AS {kept}{added}")


def _record(
    connection: duckdb.DuckDBPyConnection, order: Order, strike: Strike, contract: Table
) -> pa.Table:
    """One row per value changed, in the order of keys and columns."""
    claim = order.fault.claims[order.table]
    own = {"fault": order.fault.name, "table": order.table, "deed": strike.deed.value}
    facts = ", ".join(f"{literal(value)} AS {quoted(name)}" for name, value in own.items())
    changes = [
        f"SELECT {ROW}, {position} AS position, {literal(name)} AS column_name, "  # noqa: S608 - names are quoted
        f"CAST({quoted(name)} AS VARCHAR) AS was, CAST({quoted(f'new {name}')} AS VARCHAR) AS now "
        f"FROM struck WHERE {quoted(name)} IS DISTINCT FROM {quoted(f'new {name}')}"
        for position, name in enumerate(contract.column_names)
        if name in strike.values
    ]
    text = ", ".join(f"NULL::VARCHAR AS {name}" for name in ("column_name", "was", "now"))
    changes = changes or [f"SELECT {ROW}, 0 AS position, {text} FROM struck"]  # noqa: S608 - no outside text
    return connection.sql(
        f"SELECT {facts}, {key_text(contract, 'k')} AS key, "  # noqa: S608 - names are quoted
        f'column_name AS "column", was, now, {literal(claim.rule)} AS rule, {literal(claim.table)} AS shown_on '
        f'FROM ({" UNION ALL ".join(changes)}) JOIN "soiled rows" AS k USING ({ROW}) '
        f"ORDER BY key, {ROW}, position"
    ).to_arrow_table()
