"""The valid tables as they were known before the day of decision. The one place of the knowledge bound in this room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from contracts.config.engine import EngineConfig
from contracts.duck import connect
from contracts.errors import ContractError
from contracts.tables.raw import RAW_TABLES

ENGINE = EngineConfig()
"""Where a caller has no settings of its own; no result depends on them."""


@contextmanager
def known_before(
    as_of: date, tables: Mapping[str, Path], currency: str, engine: EngineConfig = ENGINE
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection in which every raw table is a view of what was known before `as_of`.

    A table that the portfolio does not deliver is an empty view, so every query runs on every
    portfolio. `rates` holds the last rate of each currency; the reporting currency's is 1.

    Args:
        as_of: the day of decision.
        tables: Parquet file by table name; absent tables may be left out.
        currency: reporting currency, ISO 4217.
        engine: threads and memory; what exceeds it spills to a folder that is removed afterwards.

    Raises:
        ContractError: an invoice is in a currency for which no rate was known.
    """
    with connect(engine) as connection:
        for name in RAW_TABLES:
            _view(connection, name, tables.get(name), as_of)
        connection.execute(_RATES, {"currency": currency})
        _check_rates(connection)
        yield connection


def by_customer(
    connection: duckdb.DuckDBPyConnection, query: str, **values: object
) -> pd.DataFrame:
    """The rows of a query with `customer_id` as index; money comes as Decimal."""
    found = connection.sql(query, params=values) if values else connection.sql(query)
    frame: pd.DataFrame = found.to_arrow_table().to_pandas()
    return frame.set_index("customer_id")


def _view(connection: duckdb.DuckDBPyConnection, name: str, path: Path | None, as_of: date) -> None:
    contract = RAW_TABLES[name]
    if path is None:
        connection.register(name, contract.arrow_schema().empty_table())
        return
    rows = connection.read_parquet(str(path))
    if contract.known is not None:
        # strict, because bookings of the day of decision post overnight
        rows = rows.filter(f"{contract.known} < DATE '{as_of.isoformat()}'")
    rows.create_view(name)


# 38 digits: DuckDB keeps a product of two 18-digit decimals in 18 digits, too few for 100 million at 8 places
_RATES = """
CREATE TEMP TABLE rates AS
SELECT currency, CAST(arg_max(rate, rate_on) AS DECIMAL(38, 8)) AS rate
FROM fx_rates WHERE currency <> $currency GROUP BY currency
UNION ALL SELECT $currency, CAST(1 AS DECIMAL(38, 8))
"""


def _check_rates(connection: duckdb.DuckDBPyConnection) -> None:
    unrated = connection.execute(
        "SELECT currency, count(*) FROM invoices ANTI JOIN rates USING (currency) GROUP BY currency ORDER BY currency"
    ).fetchall()
    if unrated:
        codes = ", ".join(f"{code} ({rows} invoices)" for code, rows in unrated)
        raise ContractError(
            "Invoices are in a currency for which no exchange rate was known.",
            where="fx_rates",
            value=codes,
            next_step="Deliver rates of this currency in fx_rates, dated before the day of decision.",
        )
