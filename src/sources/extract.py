"""Running the SELECTs: the source's relations in, raw tables by contract out, row group by row group."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from contracts.config.portfolio import PortfolioConfig
from contracts.config.source import SELECT_MINUTES
from contracts.duck import limited, literal, quoted, readable, shut
from contracts.parquet import TiedError, relaxed_schema, write_query
from sources.mapping.conversions import offer_conversions
from sources.mapping.selects import Select, conversions, no_rows


def open_parts(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Makes each sub-folder of Parquet parts a relation of its name, then shuts other files away from the SELECTs."""
    for parts in sorted(path for path in folder.iterdir() if path.is_dir()):
        connection.execute(
            f"CREATE VIEW {quoted(parts.name)} AS FROM read_parquet({literal(f'{parts}/*.parquet')})"
        )
    connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
    shut(connection)


def extract(
    connection: duckdb.DuckDBPyConnection,
    selects: Sequence[Select],
    folder: Path,
    *,
    minutes: float = SELECT_MINUTES,
) -> dict[str, dict[str, Any]]:
    """Writes `<table>.parquet` for every SELECT, sorted by grain, and returns the manifest's `tables`.

    Columns have the contract's names, order and types. A value may still be missing where the contract
    forbids it: saying so, and setting the row aside, is the work of the rules.

    Args:
        connection: holds the source's relations.
        selects: the portfolio's mapping.
        folder: an empty folder.
        minutes: how long each SELECT may run.

    Raises:
        SourceError: the SELECT does not run, does not end in time, or a value cannot be converted.
        ContractError: columns, types, or a table without rows.
    """
    offer_conversions(connection)
    facts = {}
    with limited(connection, minutes, where="the SELECTs, while their columns were looked at"):
        columns = conversions(connection, selects)
    for select in selects:
        path = folder / f"{select.table.name}.parquet"
        with limited(connection, minutes, where=f"{select.table.name} in {select.path}"):
            rows = _write(connection, select, columns[select.table.name], path)
        if rows == 0 and not select.may_be_empty:
            raise no_rows(select)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        facts[select.table.name] = {
            "rows": rows,
            "sha256": digest,
            "mapping_sha256": select.sha256,
        }
    return facts


def _write(connection: duckdb.DuckDBPyConnection, select: Select, columns: str, path: Path) -> int:
    grain = list(select.table.grain)
    rest = [name for name in select.table.column_names if name not in grain]
    schema, query = relaxed_schema(select.table), f"SELECT {columns} FROM {quoted(select.view)}"  # noqa: S608 - names are quoted
    try:
        with suppress(TiedError):  # a sort by the key alone costs four fifths
            return write_query(
                connection, f"{query} ORDER BY {_listed(grain)}", path, schema, grain
            )
        # Beyond the grain too: rows that share a key come in the same order on any number of threads.
        return write_query(connection, f"{query} ORDER BY {_listed([*grain, *rest])}", path, schema)
    except duckdb.Error as error:
        where = f"{select.table.name} in {select.path}"
        raise readable(error, where=where) from error


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))


def manifest(
    name: str, portfolio: PortfolioConfig, facts: Mapping[str, Any], tables: Mapping[str, Any]
) -> dict[str, Any]:
    """`data/raw/manifest.json`: what was delivered, from which source, by which SELECTs. No absolute path, no secret.

    Args:
        name: of the portfolio.
        portfolio: its last complete day and currency.
        facts: of the source (see `describe_source`), of the moment it was read.
        tables: what `extract` wrote.
    """
    return {
        "portfolio": name,
        "complete_until": portfolio.complete_until.isoformat(),
        "reporting_currency": portfolio.reporting_currency,
        "source": dict(facts),
        "tables": dict(tables),
    }
