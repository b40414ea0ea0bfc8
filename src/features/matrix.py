"""The matrix: one row per observation, one column per feature, each knowable before its day of decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
import pandera.ibis as pandera_ibis
import pyarrow as pa
from ibis.backends import BaseBackend
from pandera.errors import SchemaError, SchemaErrors

from contracts.config.params import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.derived import LINEAGE, MATRIX
from contracts.errors import ContractError
from contracts.store import conform
from contracts.tables import IBIS_TYPES, Kind
from features.asof import ASKED, attach
from features.catalog import STATES, select
from features.catalog.peers import INDUSTRY, ranks
from features.context import Context, prepare
from features.declaration import Feature
from features.engine import keep

KEYS = ("customer_id", "as_of")


def build(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    cohort: ir.Table,
    portfolio: PortfolioConfig,
    config: FeaturesConfig,
) -> tuple[pa.Table, pa.Table]:
    """The matrix of a cohort and the lineage of its features.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name; those that no selected feature needs are not read.
        cohort: customer_id and as_of (date), unique.
        portfolio: reporting currency and declared attributes.
        config: families and windows.

    Returns:
        The matrix (`derived.MATRIX` and a float64 or string column per feature, sorted by its grain) and
        the lineage (`derived.LINEAGE`).

    Raises:
        ConfigError: an unknown family, an illegal window or unit.
        ContractError: nothing to build, a currency without a rate, or a value outside its declared range.
    """
    features = select(config, tables, portfolio.attributes)
    needed = {name for feature in features for name in feature.tables(STATES)}
    used = {name: table for name, table in tables.items() if name in needed | {"fx_rates"}}
    context = prepare(con, used, cohort, portfolio, config.windows_days)
    wide = _joined(con, context, features)
    matrix = _columns(con, wide, features)
    check(matrix, features)
    rows = con.to_pyarrow(matrix.order_by(KEYS)).cast(_arrow_schema(features))
    return rows.replace_schema_metadata(None), lineage(features)


def _joined(con: BaseBackend, context: Context, features: Sequence[Feature]) -> ir.Table:
    """Every state the features need, side by side. Each is computed once and kept by the engine."""
    wide = context.cohort
    for name in dict.fromkeys(name for feature in features for name in feature.states):
        state = keep(con, name, STATES[name].build(context))
        fresh = [column for column in state.columns if column not in wide.columns]
        wide = attach(wide, state.select("customer_id", ASKED, *fresh), ["customer_id", ASKED])
    return wide


def _columns(con: BaseBackend, wide: ir.Table, features: Sequence[Feature]) -> ir.Table:
    base = [feature for feature in features if feature.ranked is None]
    values = {feature.name: _clean(feature.expression(wide), feature) for feature in base}
    placed = [feature for feature in features if feature.ranked is not None]
    if not placed:
        return keep(con, "matrix", wide.select(*KEYS, **values))
    first = keep(con, "values", wide.select(*KEYS, INDUSTRY, **values))
    full = attach(first, ranks(first, placed), KEYS)
    return keep(con, "matrix", full.select(*KEYS, *(feature.name for feature in features)))


def _clean(value: ir.Value, feature: Feature) -> ir.Value:
    """Numbers as float64 with neither NaN nor infinity; text stays text."""
    if feature.dtype == "category":
        return value.cast("string")
    number = value.cast("float64")
    return (number.isnan() | number.isinf()).ifelse(ibis.null("float64"), number)


def _arrow_schema(features: Sequence[Feature]) -> pa.Schema:
    kinds = {"category": pa.string(), "number": pa.float64()}
    own = [pa.field(feature.name, kinds[feature.dtype]) for feature in features]
    return pa.schema([*MATRIX.arrow_schema(), *own])


def contract(features: Sequence[Feature]) -> pandera_ibis.DataFrameSchema:
    """The pandera contract of the matrix, from the declarations: columns, types, ranges, grain."""
    columns = {
        column.name: pandera_ibis.Column(IBIS_TYPES[column.kind], nullable=False)
        for column in MATRIX.columns
    }
    for feature in features:
        kind = IBIS_TYPES[Kind.TEXT if feature.dtype == "category" else Kind.NUMBER]
        checks = []
        if feature.low is not None:
            checks.append(pandera_ibis.Check.ge(feature.low))
        if feature.high is not None:
            checks.append(pandera_ibis.Check.le(feature.high))
        columns[feature.name] = pandera_ibis.Column(kind, checks, nullable=True)
    return pandera_ibis.DataFrameSchema(
        columns, strict=True, ordered=True, unique=list(KEYS), name="matrix"
    )


def check(matrix: ir.Table, features: Sequence[Feature]) -> None:
    """Checks a matrix against its contract.

    Raises:
        ContractError: a column, type, range or the grain is broken.
    """
    try:
        contract(features).validate(matrix, lazy=True)
    except (SchemaError, SchemaErrors) as error:
        raise ContractError(
            "The matrix does not keep the contract of its declarations.",
            where="data/features/matrix.parquet",
            value=str(error)[:500],
            next_step="A declaration in src/features/catalog promises a range its expression leaves.",
        ) from error


def lineage(features: Sequence[Feature]) -> pa.Table:
    """One row per feature in the order of the matrix: its declaration."""
    rows = [
        {
            "position": position,
            "feature": one.name,
            "pillar": one.pillar,
            "family": one.family,
            "dtype": one.dtype,
            "unit": one.unit,
            "direction": one.direction,
            "window_days": one.window_days,
            "tables": ",".join(one.tables(STATES)),
            **one.texts(),
        }
        for position, one in enumerate(features)
    ]
    frame = pd.DataFrame(rows, columns=list(LINEAGE.column_names))
    return conform(frame.astype({"window_days": "Int64"}), LINEAGE)
