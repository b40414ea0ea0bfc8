"""The trade-credit world in one call: config and seed in, tables and their truth out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from contracts.config.portfolio import WorldSource
from world.bureau import attributes_table
from world.currencies import fx_rates_table, make_exchange
from world.documents import ledger_tables, never_paid
from world.economy import common_factors
from world.health import live
from world.hidden import Hidden
from world.incidents import events_table
from world.levels import Levels
from world.limits import credit_terms_table, make_grants
from world.months import make_months
from world.orders import make_orders
from world.population import customers_table, make_population
from world.settlement import settle
from world.statements import financials_table
from world.truth import truth_table


@dataclass(frozen=True, slots=True)
class World:
    """A simulated portfolio.

    Attributes:
        tables: every raw contract table by name, as known on the last complete day.
        truth: one row per (customer_id, month-end): the 12-month PD given all that is hidden.
    """

    tables: dict[str, pa.Table]
    truth: pa.Table


def simulate(source: WorldSource, complete_until: date, reporting_currency: str) -> World:
    """Draws a portfolio. Pure: the same arguments give the same tables, on any number of threads.

    Args:
        source: size, years, seed and downturn.
        complete_until: last day the world is seen; nothing has happened or become known after it.
        reporting_currency: ISO 4217; `fx_rates` are units of it.

    Raises:
        ConfigError: a reporting currency the world has no exchange rate for.

    >>> world = simulate(WorldSource(kind="world", customers=50, years=3), date(2024, 12, 31), "EUR")
    >>> world.tables["customers"].num_rows
    50
    """
    levels = Levels()
    hidden = draw_hidden(source, complete_until, levels)
    exchange = make_exchange(
        source.seed, hidden.population, hidden.months, reporting_currency, levels
    )
    grants = make_grants(source.seed, hidden.population, hidden.lives, hidden.months, levels)
    orders, cutoffs = make_orders(hidden, grants, exchange)
    settlement = settle(hidden, orders, cutoffs)
    lost = never_paid(orders, settlement, exchange, hidden.months.until, source.customers)
    tables = {
        "customers": customers_table(source.seed, hidden.population, levels),
        "credit_terms": credit_terms_table(
            source.seed, hidden.population, grants, hidden.lives, exchange
        ),
        **ledger_tables(hidden, orders, settlement, exchange),
        "financials": financials_table(hidden, cutoffs, exchange),
        "events": events_table(hidden, cutoffs, grants, lost, exchange),
        "attributes": attributes_table(hidden),
        "fx_rates": fx_rates_table(exchange),
    }
    truth = truth_table(hidden.population, hidden.lives, hidden.common, hidden.months, levels)
    return World(tables, truth)


def draw_hidden(source: WorldSource, complete_until: date, levels: Levels) -> Hidden:
    """The hidden part of `simulate` alone: customers and their lives, before any document (for tests and benchmarks)."""
    months = make_months(complete_until, source.years)
    population = make_population(source.seed, source.customers, months, levels)
    common = common_factors(source.seed, months, source.downturn, levels)
    lives = live(source.seed, population, common, months, levels)
    return Hidden(source.seed, source.downturn, months, levels, population, common, lives)
