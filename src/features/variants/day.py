"""What the matrix holds of one day of decision: whole rows of some customers, and of all others what ranks among peers compare."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

import pandas as pd
import pyarrow.parquet as pq
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from contracts.duck import literal, quoted
from contracts.tables.store import reading
from features.declaration import Feature

OF_THE_DAY = "customer_industry"
"""The feature that says by whom a customer is ranked."""


@dataclass(frozen=True, slots=True)
class Day:
    """Rows of the matrix on a day, by customer_id.

    Attributes:
        as_of: the day.
        own: all columns, of the customers that are asked for.
        peers: of every customer of the matrix, the values that are ranked, and its industry of the day where the matrix holds it.
        is_named: whether anybody's industry is known by the day (`catalog.peers.grouped`); None where the matrix holds none.
    """

    as_of: date
    own: pd.DataFrame
    peers: pd.DataFrame
    is_named: bool | None = None


def day_of(
    con: BaseBackend, matrix: Path, as_of: date, ids: Collection[str], features: Sequence[Feature]
) -> Day:
    """Reads a day of the matrix; of a million rows no more than is asked for is unpacked.

    Args:
        con: DuckDB, which passes over the rows of others; Arrow unpacks them all.
        matrix: the file.
        as_of: the day of decision.
        ids: customers of whom the whole row is wanted.
        features: those that are built: their ranks say which values of peers are read.

    Raises:
        ContractError: the file is absent.
    """
    with reading(matrix):
        columns = pq.read_schema(matrix).names
    ranked = {one.ranked.name for one in features if one.ranked is not None}
    named = [one for one in columns if one in {"customer_id", OF_THE_DAY} | ranked]
    file = f"read_parquet({literal(str(matrix))}) WHERE as_of = $day"
    own = f"SELECT * FROM {file} AND customer_id IN (SELECT unnest($ids))"  # noqa: S608 - quoted
    peers = f"SELECT {', '.join(map(quoted, named))} FROM {file}"  # noqa: S608 - quoted
    asked = {"day": as_of, "ids": sorted(ids)}
    held = _held(con, own, asked), _held(con, peers, {"day": as_of})
    return Day(as_of, *held, _named(con, matrix, as_of) if OF_THE_DAY in columns else None)


def _named(con: BaseBackend, matrix: Path, as_of: date) -> bool:
    file = f"read_parquet({literal(str(matrix))}) WHERE as_of <= $day"
    query = f"SELECT count({quoted(OF_THE_DAY)}) > 0 FROM {file}"  # noqa: S608 - quoted
    (found,) = cast("Backend", con).con.sql(query, params={"day": as_of}).fetchall()[0]
    return bool(found)


def _held(con: BaseBackend, query: str, asked: Mapping[str, object]) -> pd.DataFrame:
    """The rows by customer_id. In SQL of ours: Ibis takes longer to write a SELECT of all columns than DuckDB to answer it."""
    rows = cast("Backend", con).con.sql(query, params=dict(asked)).to_arrow_table()
    frame: pd.DataFrame = rows.to_pandas(date_as_object=False)
    return frame.set_index("customer_id")
