"""Running the SELECTs: the source's relations in, raw tables by contract out, row group by row group."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from contracts.config.portfolio import FilesSource, PortfolioConfig
from sources.engine import quoted, readable
from sources.files import fingerprints, shut
from sources.mapping import Select, conversions, no_rows
from sources.parquet import relaxed_schema, write_query


def open_tables(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Makes Arrow tables relations under their names, then shuts every file away from the SELECTs."""
    for name, table in tables.items():
        connection.register(name, table)
    shut(connection)


def extract(
    connection: duckdb.DuckDBPyConnection, selects: Sequence[Select], folder: Path
) -> dict[str, dict[str, Any]]:
    """Writes `<table>.parquet` for every SELECT, sorted by grain, and returns the manifest's `tables`.

    Columns have the contract's names, order and types. A value may still be missing where the contract
    forbids it: saying so, and setting the row aside, is the work of the rules.

    Args:
        connection: holds the source's relations.
        selects: the portfolio's mapping.
        folder: an empty folder.

    Raises:
        SourceError: the SELECT does not run, or a value cannot be converted.
        ContractError: columns, types, or a table without rows.
    """
    facts = {}
    for select in selects:
        path = folder / f"{select.table.name}.parquet"
        rows = _write(connection, select, path)
        if rows == 0:
            raise no_rows(select)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts[select.table.name] = {
            "rows": rows,
            "sha256": digest,
            "mapping_sha256": select.sha256,
        }
    return facts


def _write(connection: duckdb.DuckDBPyConnection, select: Select, path: Path) -> int:
    columns = conversions(connection, select)
    grain = list(select.table.grain)
    rest = [name for name in select.table.column_names if name not in grain]
    # Beyond the grain too: rows that share a key come in the same order on any number of threads.
    order = ", ".join(quoted(name) for name in [*grain, *rest])
    query = f"SELECT {columns} FROM {quoted(select.view)} ORDER BY {order}"  # noqa: S608 - names are quoted
    try:
        return write_query(connection, query, path, relaxed_schema(select.table))
    except duckdb.Error as error:
        where = f"{select.table.name} in {select.path}"
        raise readable(error, where=where) from error


def manifest(name: str, portfolio: PortfolioConfig, tables: Mapping[str, Any]) -> dict[str, Any]:
    """`data/raw/manifest.json`: what was delivered, from which source, by which SELECTs. No absolute path."""
    return {
        "portfolio": name,
        "complete_until": portfolio.complete_until.isoformat(),
        "reporting_currency": portfolio.reporting_currency,
        "source": describe_source(portfolio),
        "tables": dict(tables),
    }


def describe_source(portfolio: PortfolioConfig) -> dict[str, Any]:
    """What the source is: the files with size and hash, or the world with its settings.

    Raises:
        SourceError: a file is absent.
    """
    source = portfolio.source
    if isinstance(source, FilesSource):
        return {"kind": "files", "files": [asdict(fact) for fact in fingerprints(source)]}
    return source.model_dump(mode="json")
