"""What the matrix holds of one day of decision: whole rows of some customers, and of all others what ranks among peers compare."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis.expr.types as ir
import pandas as pd
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from contracts.tables.store import reading
from features.declaration import Feature
from features.engine.backend import unused

OF_THE_DAY = "customer_industry"
"""The feature that says by whom a customer is ranked."""


@dataclass(frozen=True, slots=True)
class Day:
    """Rows of the matrix on a day, by customer_id.

    Attributes:
        as_of: the day.
        own: all columns, of the customers that are asked for.
        peers: of every customer of the matrix, the values that are ranked, and its industry of the day where the matrix holds it.
    """

    as_of: date
    own: pd.DataFrame
    peers: pd.DataFrame


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
        pq.read_schema(matrix)
    ranked = {one.ranked.name for one in features if one.ranked is not None}
    every = con.read_parquet(matrix, table_name=unused(con, "matrix of the day"))
    rows = every.filter(every.as_of == as_of)
    named = [one for one in every.columns if one in {"customer_id", OF_THE_DAY} | ranked]
    own = rows.filter(rows.customer_id.isin(sorted(ids)))
    return Day(as_of, _held(con, own), _held(con, rows.select(named)))


def _held(con: BaseBackend, rows: ir.Table) -> pd.DataFrame:
    frame: pd.DataFrame = con.to_pyarrow(rows).to_pandas(date_as_object=False)
    return frame.set_index("customer_id")
