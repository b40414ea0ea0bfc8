"""Where relational work runs: an Ibis backend, and the portfolio's tables on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import BonitasError, ContractError
from contracts.files import RERUN
from contracts.scratch import scratch as temporary_folder
from contracts.tables.engine import IBIS_TYPES
from contracts.tables.kept import keep_rows
from contracts.tables.queries import Remembering
from contracts.tables.raw import portfolio_tables
from contracts.tables.spec import Table
from contracts.tables.store import table_paths

SPARK = "pyspark"
"""What the backend of Spark calls itself."""
_ATTRIBUTES = (
    "Deliver the column in configs/portfolios/<name>/attributes.sql, or take it out of the portfolio's "
    "yaml (attributes); then run the stages from ingest on."
)


def connect(engine: EngineConfig, spill_folder: Path) -> BaseBackend:
    """Opens the engine of the config. What does not fit into its memory goes to `spill_folder`.

    Args:
        engine: which engine, threads and memory; results depend on none of them.
        spill_folder: made where absent; emptied by the engine itself.

    Raises:
        BonitasError: Spark is asked for, and pyspark or Java is not installed.
    """
    spill_folder.mkdir(parents=True, exist_ok=True)
    return _spark(engine, spill_folder) if engine.engine == "spark" else _duckdb(engine, spill_folder)  # fmt: skip


@contextmanager
def connected(engine: EngineConfig, spill_folder: Path) -> Iterator[BaseBackend]:
    """An engine for as long as it is needed; what it kept is released at the end. See `connect`."""
    with ExitStack() as held:
        is_own = engine.engine == "duckdb"  # Spark's folder holds its log, for after a failure
        folder = held.enter_context(temporary_folder(spill_folder)) if is_own else spill_folder
        con = connect(engine, folder)
        try:
            yield con
        finally:
            con.disconnect()


def _duckdb(engine: EngineConfig, spill_folder: Path) -> BaseBackend:
    con: BaseBackend = Remembering().connect(
        threads=engine.threads,
        memory_limit=engine.memory_limit,
        temp_directory=str(spill_folder),
    )
    con.raw_sql("SET preserve_insertion_order = false")  # every result is sorted by its grain
    # in Jupyter without ipywidgets DuckDB 2.0 refuses to switch off what is off already
    if _setting(con, "enable_progress_bar"):
        con.raw_sql("SET enable_progress_bar = false")
    return con


def _spark(engine: EngineConfig, spill_folder: Path) -> BaseBackend:
    try:
        from features.engine.spark import connect_spark  # noqa: PLC0415 - pyspark is an extra
    except ModuleNotFoundError as error:
        raise BonitasError(
            "The engine is spark, but pyspark is not installed.",
            where="params.yaml: engine > engine",
            value=error.name,
            next_step="Run `pip install 'pyspark>=4,<4.1'` in .venv, or set engine to duckdb.",
        ) from error
    return connect_spark(engine, spill_folder)


def load(
    con: BaseBackend, folder: Path, portfolio: PortfolioConfig, only: Collection[str] | None = None
) -> dict[str, ir.Table]:
    """The raw tables that the folder holds, by name, with the columns and types of their contract.

    Args:
        con: the engine.
        folder: holds `<table>.parquet`; absent tables are left out.
        portfolio: declares the columns of `attributes`.
        only: tables to open; the files of all others are not touched.

    Raises:
        ContractError: no customers, or a file that is not of its contract.
    """
    contracts = portfolio_tables(portfolio)
    found = table_paths(folder, contracts)
    if "customers" not in found:
        raise ContractError(
            "There is no table of customers.",
            where=str(folder / "customers.parquet"),
            next_step="Run the stages ingest and validate, or `dvc repro`.",
        )
    return {
        name: checked(opened(con, path, name), contracts[name])
        for name, path in found.items()
        if only is None or name in only
    }


def opened(con: BaseBackend, path: Path, name: str) -> ir.Table:
    """A raw table's file as a relation. Raises ContractError where it is not Parquet, or cut."""
    try:
        return con.read_parquet(path, table_name=f"raw_{name}")
    except duckdb.Error as error:
        raise ContractError(
            "The file cannot be read.",
            where=str(path),
            value=str(error).splitlines()[0],
            next_step=RERUN,
        ) from error


def checked(table: ir.Table, contract: Table) -> ir.Table:
    """The table's contract columns. Raises ContractError where one is absent or of another type."""
    found = {name: kind.copy(nullable=True) for name, kind in table.schema().items()}
    wrong = {
        column.name: f"{found.get(column.name, 'absent')}, not {IBIS_TYPES[column.kind]}"
        for column in contract.columns
        if found.get(column.name) != IBIS_TYPES[column.kind]
    }
    if wrong:
        raise ContractError(
            "The columns are not those of the contract.",
            where=contract.name,
            value=wrong,
            next_step=_ATTRIBUTES if contract.name == "attributes" else RERUN,
        )
    return table.select(*contract.column_names)


def keep(con: BaseBackend, name: str, table: ir.Table) -> ir.Table:
    """Computes a relation now and keeps its rows on the engine, so that later steps read instead of repeating it."""
    if con.name == SPARK:
        return cast("ir.Table", con.keep(name, table))  # Spark has no temporary tables
    return keep_rows(cast("Backend", con), unused(con, name), table)


def batches(con: BaseBackend, table: ir.Table, size: int) -> Iterator[pa.RecordBatch]:
    """The rows of a relation that was kept, handed over `size` at a time.

    Nothing else may be asked of the connection between two batches.
    """
    # what Ibis itself has for this asks DuckDB by a name that is gone
    yield from con.con.sql(con.compile(table)).to_arrow_reader(size)


def unused(con: BaseBackend, name: str) -> str:
    """A name no relation of the connection has. The same in every run, so that the same SQL is asked."""
    number = getattr(con, _N_NAMED, 0) + 1
    setattr(con, _N_NAMED, number)
    return f"{name} {number}"


_N_NAMED = "_n_named"


def count(con: BaseBackend, table: ir.Table) -> int:
    """How many rows a relation has."""
    return int(con.to_pyarrow(table.count()).as_py())


def threads(con: BaseBackend) -> int:
    """How many threads DuckDB may use."""
    return int(_setting(con, "threads"))


def memory(con: BaseBackend) -> float:
    """How many bytes DuckDB may use."""
    number, unit = str(_setting(con, "memory_limit")).split()
    return float(number) * 1024.0 ** _UNITS.index(unit)


_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB")


def _setting(con: BaseBackend, name: str) -> Any:
    ((found,),) = con.raw_sql(f"SELECT current_setting('{name}')").fetchall()
    return found
