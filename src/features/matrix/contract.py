"""The contract of the matrix, from the declarations of its features: columns, types and ranges."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandera.pandas as pa_pandas
import pyarrow as pa
from ibis.backends import BaseBackend
from pandera.errors import SchemaErrors

from contracts.errors import ContractError, GrainError
from contracts.tables.derived import KEY, MATRIX
from features.declaration import Feature
from features.engine.playing import answers
from features.engine.scratch import Held, Scratch


def arrow_schema(features: Sequence[Feature]) -> pa.Schema:
    """The schema of the matrix."""
    kinds = {"category": pa.string(), "number": pa.float64()}
    own = [pa.field(feature.name, kinds[feature.dtype]) for feature in features]
    return pa.schema([*MATRIX.arrow_schema(), *own])


def contract(features: Sequence[Feature]) -> pa_pandas.DataFrameSchema:
    """The pandera contract of the matrix, from the declarations: columns in order, types and ranges."""
    keys = {
        "customer_id": pa_pandas.Column(str, nullable=False),
        "as_of": pa_pandas.Column("datetime64[s]", nullable=False, coerce=True),
    }
    return pa_pandas.DataFrameSchema(
        keys | {feature.name: _column(feature) for feature in features},
        strict=True,
        ordered=True,
        name="matrix",
    )


def _column(feature: Feature) -> pa_pandas.Column:
    if feature.dtype == "category":
        return pa_pandas.Column(str, nullable=True)
    checks = []
    if feature.low is not None:
        checks.append(pa_pandas.Check.ge(feature.low))
    if feature.high is not None:
        checks.append(pa_pandas.Check.le(feature.high))
    return pa_pandas.Column("float64", checks, nullable=True)


def check(
    con: BaseBackend,
    matrix: ir.Table,
    features: Sequence[Feature],
    columns: Sequence[str] | None = None,
) -> None:
    """Checks a matrix against its contract and its grain.

    A column keeps its type and range if its smallest and its largest value do, so two rows made by one
    query stand for the whole, however large it is.

    Args:
        con: the engine.
        matrix: its rows, in no order.
        features: what it should hold.
        columns: those of its columns that are checked; all where none are named.

    Raises:
        ContractError: a column, type or range is broken.
        GrainError: two rows share a customer and day.
    """
    names = list(columns or matrix.columns)
    asked = answers(con, {"matrix": matrix}, ["edges", names], lambda made: _asked(made, matrix, names))  # fmt: skip
    *edges, rows = asked
    ends = [edge.cast(arrow_schema(features)) for edge in edges]
    frame = pa.concat_tables(ends).to_pandas(date_as_object=False)
    try:
        contract(features).validate(frame, lazy=True)
    except SchemaErrors as error:
        broken = error.failure_cases[["column", "check", "failure_case"]]
        raise ContractError(
            "The matrix does not keep the contract of its declarations.",
            where="data/features/matrix.parquet",
            value="; ".join(" ".join(map(str, row)) for row in broken.head(5).to_numpy()),
            next_step="A declaration in src/features/catalog promises a range that its expression leaves.",
        ) from error
    total, unique = (rows[name][0].as_py() for name in ("total", "unique"))
    if total != unique:
        raise GrainError.from_duplicates("matrix", KEY, total - unique, "the cohort repeats a row")


def _asked(made: Scratch, matrix: ir.Table, names: Sequence[str]) -> list[Held]:
    """The smallest value of every column, and the largest; how many rows there are, and how many keys."""
    ends = [
        made.fetch(matrix.agg(**{name: getattr(matrix[name], end)() for name in names}))
        for end in ("min", "max")
    ]
    keys = matrix.group_by(KEY).agg(n=matrix.count())
    return [*ends, made.fetch(keys.agg(total=ibis.coalesce(keys.n.sum(), 0), unique=keys.count()))]
