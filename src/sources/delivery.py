"""Raw tables to valid and quarantined rows, losing none: rows in = rows valid + rows quarantined."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.config.portfolio import PortfolioConfig
from contracts.raw import portfolio_tables
from contracts.rules.rule import REFERENCES, Book
from contracts.store import table_paths
from contracts.tables import Table
from sources.checks import RULE, VALUE, Checked, Finding, check
from sources.engine import literal, quoted
from sources.mapping import QUARANTINE_COLUMNS
from sources.parquet import relaxed_schema, write_query
from sources.rows import MONEY, ROW, beside_parent, money


@dataclass(frozen=True, slots=True)
class Count:
    """Rows of one table; `rows_in` = `rows_valid` + `rows_quarantined`, always."""

    table: str
    rows_in: int
    rows_valid: int
    rows_quarantined: int


@dataclass(frozen=True, slots=True)
class Validation:
    """What the rules found in a delivery, before anything is written."""

    counts: tuple[Count, ...]
    findings: tuple[Finding, ...]


class Delivery:
    """The raw tables of a portfolio in an engine, checked table by table: a table's parent first.

    Args:
        connection: an open DuckDB connection.
        raw: the folder ingest wrote.
        portfolio: its attributes, currency and last complete day.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, raw: Path, portfolio: PortfolioConfig
    ) -> None:
        self._connection = connection
        self._backend = ibis.duckdb.from_connection(connection)
        self._portfolio = portfolio
        self.contracts: dict[str, Table] = {}
        self._delivered: dict[str, ir.Table] = {}
        self._valid: dict[str, ir.Table] = {}
        self._set_aside: dict[str, ir.Table] = {}
        self._n_rows: dict[str, int] = {}
        self._n_set_aside: dict[str, int] = {}
        self._rates = {portfolio.reporting_currency: Decimal(1)}
        tables = portfolio_tables(portfolio)
        for name, path in table_paths(raw, tables).items():
            self.contracts[name] = tables[name]
            # Files are sorted by grain: the row number is a key even where the grain is not, and keeps the order.
            connection.execute(
                f"CREATE VIEW {quoted(name)} AS SELECT * EXCLUDE file_row_number, "  # noqa: S608 - names are quoted
                f"file_row_number AS {quoted(ROW)} "
                f"FROM read_parquet({literal(str(path))}, file_row_number = true)"
            )
            self._delivered[name] = self._backend.table(name)
            self._n_rows[name] = pq.read_metadata(path).num_rows

    def check(self) -> Validation:
        """Asks every rule of every table."""
        found: dict[str, tuple[Count, Checked]] = {}
        # Rates first: other tables are asked whether their currency has one.
        for name in sorted(self.contracts, key=lambda name: name != "fx_rates"):
            found[name] = self._check_table(name)
        return Validation(
            tuple(found[name][0] for name in self.contracts),
            tuple(one for name in self.contracts for one in found[name][1].findings),
        )

    def _check_table(self, name: str) -> tuple[Count, Checked]:
        contract, raw = self.contracts[name], self._delivered[name]
        rows = beside_parent(raw, contract, self._valid)
        rows = rows.mutate(**{MONEY: money(rows, contract, self._rates)})
        book = Book(
            contract,
            self._delivered,
            self._keys_set_aside(contract),
            self._rates,
            self._portfolio.complete_until,
        )
        n_rows = self._n_rows[name]
        checked = check(self._backend, rows, book, n_rows)
        self._set_aside[name] = checked.set_aside()
        self._n_set_aside[name] = checked.n_set_aside
        self._valid[name] = raw.anti_join(self._set_aside[name], ROW)
        if name == "fx_rates":
            self._rates |= _latest(self._valid[name])
        # Counted, not subtracted: a row that is in neither or in both would show.
        return Count(name, n_rows, count(self._valid[name]), checked.n_set_aside), checked

    def _keys_set_aside(self, contract: Table) -> ir.Column | None:
        reference = REFERENCES.get(contract.name)
        return None if reference is None else self._set_aside[reference.table][reference.column]

    def write(self, valid: Path, quarantine: Path) -> None:
        """Writes `<table>.parquet` of the valid rows, and of the quarantined ones where there are any.

        The files of valid rows are checked against the pandera contract: a rule that lets something through
        that the contract forbids is a fault of the program.
        """
        for name, contract in self.contracts.items():
            path = valid / f"{name}.parquet"
            kept = self._valid[name].order_by(ROW).select(*contract.column_names)
            schema = contract.arrow_schema()
            n_written = write_query(self._connection, ibis.to_sql(kept), path, schema)
            if n_written:  # pandera 0.35 reads "no rows" as "missing values" - until pandera > 0.35
                contract.ibis_schema().validate(self._backend.read_parquet(str(path)))
            if self._n_set_aside[name]:
                self._write_set_aside(name, contract, quarantine / path.name)

    def _write_set_aside(self, name: str, contract: Table, path: Path) -> None:
        rows = self._set_aside[name].order_by(ROW)
        own = dict(zip(QUARANTINE_COLUMNS, (rows[RULE], rows[VALUE]), strict=True))
        text = [pa.field(column, pa.string()) for column in QUARANTINE_COLUMNS]
        schema = pa.schema([*relaxed_schema(contract), *text])
        rows = rows.select(*contract.column_names, **own)
        write_query(self._connection, ibis.to_sql(rows), path, schema)


def _latest(fx: ir.Table) -> dict[str, Decimal]:
    """The latest rate of each currency."""
    latest = fx.group_by("currency").aggregate(rate=fx.rate.argmax(fx.rate_on))
    return {row["currency"]: row["rate"] for row in latest.to_pyarrow().to_pylist()}


def count(rows: ir.Table) -> int:
    """Number of rows."""
    return int(rows.count().to_pyarrow().as_py())
