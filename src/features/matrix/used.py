"""Which columns of the states the expressions of features read, so that nothing else is computed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir

from contracts.config.attributes import AttributeConfig
from contracts.config.settlement import SettlementConfig
from contracts.tables.engine import IBIS_TYPES
from contracts.tables.raw import tables_with
from features.catalog import STATES
from features.context import Context
from features.declaration import Feature
from features.ledger.bookings import Ledger
from features.ledger.settlement import Clock
from features.time.asof import ASKED, ByWindows, Calendar

_COHORT = {"customer_id": "string", "as_of": "date", ASKED: "int64"}
_RATES = {"currency": "string", ASKED: "int64", "units": "int64"}


def used(
    features: Sequence[Feature], attributes: Sequence[AttributeConfig], windows: Sequence[int]
) -> dict[str, tuple[str, ...]]:
    """The columns that the features read, by state, in the order of the state.

    Found by writing each expression over tables without rows: nothing is computed.

    Args:
        features: with what they rank (`Feature.ranked`) among them.
        attributes: the columns that the portfolio declares on `attributes`.
        windows: trailing windows in days.
    """
    ordered = tuple(sorted(set(windows)))
    names = dict.fromkeys(name for feature in features for name in feature.states)
    columns = {name: _columns(name, tuple(attributes), ordered) for name in names}
    fields = _COHORT | {key: kind for schema in columns.values() for key, kind in schema.items()}
    wide = ibis.table(fields, name="wide")
    read: set[str] = set()
    for feature in features:
        read |= _read(feature.expression(wide), wide)
    return {
        name: tuple(column for column in schema if column in read and column not in _COHORT)
        for name, schema in columns.items()
    }


def _read(value: ir.Value, wide: ir.Table) -> set[str]:
    fields = value.op().find(ops.Field)
    return {field.name for field in fields if field.rel == wide.op()}


@lru_cache(maxsize=256)
def _columns(
    state: str, attributes: tuple[AttributeConfig, ...], windows: tuple[int, ...]
) -> dict[str, str]:
    """The columns of a state and their types."""
    contracts = tables_with(attributes)
    tables = {
        name: ibis.table(
            {column.name: IBIS_TYPES[column.kind] for column in contracts[name].columns}, name=name
        )
        for name in STATES[state].tables
    }
    context = Context(
        tables,
        ibis.table(_COHORT, name="cohort"),
        ByWindows(Calendar.of([0])),
        windows,
        ibis.table(_RATES, name="rates"),
        attributes,
        Ledger(tables, Clock.KNOWN, SettlementConfig())
        if {"invoices", "payments"} <= set(tables)
        else None,
    )
    schema = STATES[state].build(context).schema()
    return {name: str(kind) for name, kind in schema.items()}
