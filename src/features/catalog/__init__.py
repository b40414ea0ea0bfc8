"""The catalogue: every feature there is, declared once. Contract, directions, wording and documents derive from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from contracts.config.params import FeaturesConfig
from contracts.config.portfolio import AttributeConfig
from contracts.errors import ConfigError, ContractError
from features.catalog import (
    ageing,
    attributes,
    billing,
    customers,
    disputes,
    events,
    limits,
    payments,
    peers,
    statements,
)
from features.declaration import Feature, State
from features.state import ledger as ledger_state
from features.state import records
from features.state import statements as statement_state

_BOOKS = ("invoices", "payments")
STATES: Mapping[str, State] = MappingProxyType(
    {
        state.name: state
        for state in (
            State("billing", _BOOKS, ledger_state.billing),
            State("payments", _BOOKS, ledger_state.payments),
            State("balance", _BOOKS, ledger_state.balance),
            State("ageing", _BOOKS, ledger_state.ageing),
            State("disputed", (*_BOOKS, "disputes"), ledger_state.disputed),
            State("terms", ("credit_terms", "customers"), records.terms),
            State("breaches", (*_BOOKS, "credit_terms", "customers"), records.breaches),
            State("events", ("events",), records.events),
            State("broken_plans", (*_BOOKS, "events"), records.broken_plans),
            State("customers", ("customers",), records.customers),
            State("attributes", ("attributes",), records.attributes),
            State("statements", ("financials",), statement_state.statements),
        )
    }
)
"""What features are computed from, by name."""

Declare = Callable[[Sequence[int]], list[Feature]]
FAMILIES: Mapping[str, Declare] = MappingProxyType(
    {
        "payments": payments.declare,
        "ageing": ageing.declare,
        "disputes": disputes.declare,
        "limits": limits.declare,
        "billing": billing.declare,
        "exposure": statements.declare_exposure,
        "events": events.declare,
        "statements": statements.declare,
        "customers": customers.declare,
    }
)
"""Families by name, in the order of the matrix; `peers` and `attributes` follow."""
DERIVED_FAMILIES = ("peers", "attributes")


def catalogue(
    windows: Sequence[int], declared: Sequence[AttributeConfig] = ()
) -> tuple[Feature, ...]:
    """Every feature, whatever tables there are, in the order of the matrix."""
    ordered = sorted(set(windows))
    if not ordered or ordered[0] < 1:
        raise ConfigError(
            "A trailing window needs at least one day.",
            where="params.yaml: features > windows_days",
            value=list(windows),
            next_step="Give whole numbers of days, such as [90, 365].",
        )
    base = [feature for declare in FAMILIES.values() for feature in declare(ordered)]
    return (*base, *peers.declare(base), *attributes.declare(declared))


def select(
    config: FeaturesConfig, tables: Collection[str], declared: Sequence[AttributeConfig] = ()
) -> tuple[Feature, ...]:
    """The features to build: of the families selected, those whose tables are delivered.

    A rank among peers is built only with the feature it ranks.

    Raises:
        ConfigError: an unknown family (with the nearest name), or a window of zero.
        ContractError: no feature at all can be built from the tables.
    """
    families = (*FAMILIES, *DERIVED_FAMILIES)
    where = "params.yaml: features > families"
    for name in config.families:
        if name not in families:
            raise ConfigError.from_unknown("family", name, families, where=where)
    wanted = set(config.families or families)
    chosen = [
        feature
        for feature in catalogue(config.windows_days, declared)
        if feature.family in wanted and set(feature.tables(STATES)) <= set(tables)
    ]
    names = {feature.name for feature in chosen}
    found = tuple(one for one in chosen if one.ranked is None or one.ranked in names)
    if not found:
        raise ContractError(
            "No feature can be built from the tables there are.",
            where=where,
            value=f"families: {', '.join(sorted(wanted))}; tables: {', '.join(sorted(tables))}",
            next_step="Select more families, or deliver the tables that they need (docs/features.md).",
        )
    return found
