"""The catalogue: every feature there is, declared once. Contract, directions, wording and documents derive from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from contracts.config.attributes import AttributeConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import DirectionConfig, PortfolioConfig
from contracts.errors import ConfigError, ContractError
from features.catalog import (
    ageing,
    attributes,
    billing,
    customers,
    disputes,
    earlier,
    events,
    limits,
    payments,
    peers,
    statements,
)
from features.declaration import Family, Feature, State
from features.state import ledger as ledger_state
from features.state import payments as payment_state
from features.state import records
from features.state import statements as statement_state
from features.state.masters import HISTORY
from features.state.set_off import set_off

_BOOKS = ("invoices", "payments")
_HOLDS = ("disputes", "events")
STATES: Mapping[str, State] = MappingProxyType(
    {
        state.name: state
        for state in (
            State("billing", _BOOKS, ledger_state.billing),
            State("last_billed", _BOOKS, ledger_state.last_billed),
            State("payments", _BOOKS, payment_state.payments),
            State("slowest", _BOOKS, payment_state.slowest),
            State("streak", _BOOKS, payment_state.streak),
            State("returned", _BOOKS, payment_state.returned),
            State("balance", _BOOKS, ledger_state.balance),
            State("ageing", _BOOKS, ledger_state.ageing, _HOLDS),
            State("fallen_due", _BOOKS, ledger_state.fallen_due),
            State("overdue_items", _BOOKS, ledger_state.overdue_items),
            State("set_off", _BOOKS, set_off, _HOLDS),
            State("disputed", (*_BOOKS, "disputes"), ledger_state.disputed),
            State("terms", ("credit_terms", "customers"), records.terms),
            State("breaches", (*_BOOKS, "credit_terms", "customers"), records.breaches),
            State("events", ("events",), records.events),
            State("broken_plans", (*_BOOKS, "events"), records.broken_plans, ("disputes",)),
            State("customers", ("customers",), records.customers, (HISTORY,)),
            State("attributes", ("attributes",), records.attributes),
            State("statements", ("financials",), statement_state.statements),
        )
    }
)
"""What features are computed from, by name."""

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        family.name: family
        for family in (
            payments.FAMILY,
            ageing.FAMILY,
            disputes.FAMILY,
            limits.FAMILY,
            billing.FAMILY,
            statements.EXPOSURE,
            events.FAMILY,
            statements.FAMILY,
            customers.FAMILY,
            earlier.FAMILY,
        )
    }
)
"""Families by name, in the order of the matrix; `peers` and `attributes` follow."""
DERIVED_FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.name: family for family in (peers.FAMILY, attributes.FAMILY)}
)

LONGEST_WINDOW = 3650
"""Ten years: no ledger that is kept by law is longer, so a longer window is a typing error."""
_WHERE = "params.yaml: features"
_WHERE_DIRECTIONS = "portfolio: directions"


def catalogue(
    windows: Sequence[int], declared: Sequence[AttributeConfig] = ()
) -> tuple[Feature, ...]:
    """Every feature, whatever tables there are, in the order of the matrix.

    Args:
        windows: lengths in days, in any order; one that is given twice counts once.
        declared: the attributes of a portfolio.

    Raises:
        ConfigError: no window, or one below a day or above ten years.
    """
    ordered = sorted(set(windows))
    if not ordered or ordered[0] < 1 or ordered[-1] > LONGEST_WINDOW:
        raise ConfigError(
            f"A trailing window needs at least one day and at most {LONGEST_WINDOW}.",
            where=f"{_WHERE} > windows_days",
            value=list(windows),
            next_step="Give whole numbers of days, such as [90, 365].",
        )
    base = [feature for family in FAMILIES.values() for feature in family.declare(ordered)]
    ranks = DERIVED_FAMILIES["peers"].declare(base)
    return (*base, *ranks, *DERIVED_FAMILIES["attributes"].declare(declared))


def select(
    config: FeaturesConfig, tables: Collection[str], declared: Sequence[AttributeConfig] = ()
) -> tuple[Feature, ...]:
    """The features to build, in the order of the matrix.

    Of the families selected: those whose tables are delivered; a rank among peers only with the feature it
    ranks, unless `peers` is all that is selected. Of the names selected: each of them, a rank bringing what it
    ranks along (computed, not put out). Without families and names: all. Less what is left out.

    Args:
        config: families, names, what to leave out, windows.
        tables: the raw tables that are delivered.
        declared: the attributes of the portfolio.

    Raises:
        ConfigError: an unknown family or feature (with the nearest name), or an illegal window.
        ContractError: a table that a named feature needs is not delivered, or no feature at all can be built.
    """
    everything = catalogue(config.windows_days, declared)
    _refuse_unknown(config, [feature.name for feature in everything])
    by_family = _of_families(config, everything, set(tables))
    by_name = [
        feature
        for feature in everything
        if feature.name in config.names and not _is_left_out(feature, config)
    ]
    for feature in by_name:
        _refuse_undelivered(feature, tables)
    chosen = {feature.name for feature in (*by_family, *by_name)}
    found = tuple(feature for feature in everything if feature.name in chosen)
    if not found:
        raise ContractError(
            "No feature can be built from the tables there are.",
            where=_WHERE,
            value=f"selected: {_said(config)}; tables: {', '.join(sorted(tables))}",
            next_step="Select more, or deliver the tables that are needed (docs/features.md).",
        )
    return found


def chosen(
    config: FeaturesConfig, tables: Collection[str], portfolio: PortfolioConfig
) -> tuple[Feature, ...]:
    """The features to build for a portfolio: those that `select` gives, with the portfolio's own directions of risk.

    Raises:
        As `select`, and ConfigError: a direction for a feature there is none of, or for a category.
    """
    features = select(config, tables, portfolio.attributes)
    return redirected(features, portfolio.directions, config.windows_days, portfolio.attributes)


def redirected(
    features: Sequence[Feature],
    directions: Mapping[str, DirectionConfig],
    windows: Sequence[int],
    declared: Sequence[AttributeConfig] = (),
) -> tuple[Feature, ...]:
    """The features with other directions where a portfolio gives them; a rank follows what it ranks unless named itself.

    Args:
        features: those to build.
        directions: by feature name; features that are not built are passed over.
        windows: lengths in days, to know all names there are.
        declared: the attributes of the portfolio.

    Raises:
        ConfigError: a name that no feature has, or a direction for a category.
    """
    known = {feature.name: feature for feature in catalogue(windows, declared)}
    for name, given in directions.items():
        if name not in known:
            raise ConfigError.from_unknown("feature", name, known, where=_WHERE_DIRECTIONS)
        if known[name].dtype == "category" and given.direction:
            raise ConfigError(
                "A category has no order, so it has no direction.",
                where=f"{_WHERE_DIRECTIONS} > {name}",
                value=f"direction={given.direction}",
                next_step="Take the line out.",
            )
    own = {name: given.direction for name, given in directions.items()}
    # a sentence holds on the side it was written for, whatever direction a portfolio gives the model
    return tuple(replace(one, direction=_direction(one, own), side=one.speaks) for one in features)


def _direction(feature: Feature, own: Mapping[str, int]) -> int:
    if feature.name in own or feature.ranked is None:
        return own.get(feature.name, feature.direction)
    return own.get(feature.ranked.name, feature.direction)


def read_for(features: Collection[Feature]) -> frozenset[str]:
    """The raw tables that these features are computed from, with the exchange rates of their money."""
    needed = {table for feature in features for table in feature.tables(STATES)}
    has_money = needed & {"invoices", "customers", "financials"}
    # agreed discounts say what settles an invoice, and master records which currency money on account is in
    settling = {"credit_terms", "customers"} if "payments" in needed else set()
    optional = {
        table for feature in features for name in feature.states for table in STATES[name].optional
    }
    return frozenset(needed | settling | optional | ({"fx_rates"} if has_money else set()))


def _refuse_unknown(config: FeaturesConfig, names: Sequence[str]) -> None:
    families = (*FAMILIES, *DERIVED_FAMILIES)
    legal = {"families": families, "names": names, "without": (*families, *names)}
    kinds = {"families": "family", "names": "feature", "without": "feature or family"}
    for key, known in legal.items():
        for name in getattr(config, key):
            if name not in known:
                place = f"{_WHERE} > {key}"
                raise ConfigError.from_unknown(kinds[key], name, known, where=place)


def _of_families(
    config: FeaturesConfig, everything: Sequence[Feature], tables: set[str]
) -> list[Feature]:
    """The features of the selected families less those left out, whose tables are delivered."""
    is_all = not config.families and not config.names
    wanted = {*FAMILIES, *DERIVED_FAMILIES} if is_all else set(config.families)
    found = [
        feature
        for feature in everything
        if feature.family in wanted
        and not _is_left_out(feature, config)
        and set(feature.tables(STATES)) <= tables
    ]
    built = {feature.name for feature in found} | set(config.names)
    is_alone = wanted == {"peers"} and not config.names
    return [one for one in found if one.ranked is None or is_alone or one.ranked.name in built]


def _is_left_out(feature: Feature, config: FeaturesConfig) -> bool:
    return bool({feature.name, feature.family} & set(config.without))


def _refuse_undelivered(feature: Feature, tables: Collection[str]) -> None:
    absent = sorted(set(feature.tables(STATES)) - set(tables))
    if absent:
        raise ContractError(
            f"The feature {feature.name} needs a table that is not delivered.",
            where=f"{_WHERE} > names",
            value=", ".join(absent),
            next_step="Deliver the table, or take the name out.",
        )


def _said(config: FeaturesConfig) -> str:
    chosen = (*config.families, *config.names)
    left_out = f" without {', '.join(config.without)}" if config.without else ""
    return f"{', '.join(chosen) or 'everything'}{left_out}"
